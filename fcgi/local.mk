# moltis-fcgi: REST over FastCGI.  All but main.c is a library, so that unit
# tests and fuzz targets can link it.

bin_PROGRAMS += moltis-fcgi
noinst_LIBRARIES += libmoltisfcgi.a

# sources libmoltisfcgi_a_SOURCES: fcgi/*.c fcgi/*.h ! fcgi/main.c
libmoltisfcgi_a_SOURCES = \
	fcgi/exchange.c \
	fcgi/exchange.h \
	fcgi/listen.c \
	fcgi/listen.h \
	fcgi/loop.c \
	fcgi/loop.h \
	fcgi/master.c \
	fcgi/master.h \
	fcgi/reply.c \
	fcgi/reply.h \
	fcgi/request.c \
	fcgi/request.h \
	fcgi/route_audit.c \
	fcgi/route_auth.c \
	fcgi/route_auth.h \
	fcgi/route_health.c \
	fcgi/route_invite.c \
	fcgi/route_passkey.c \
	fcgi/route_rpc.c \
	fcgi/route_workspace.c \
	fcgi/routes.c \
	fcgi/routes.h
# end

moltis_fcgi_SOURCES = fcgi/main.c
moltis_fcgi_LDADD = libmoltisfcgi.a libmoltis.a $(FCGI_LIBS) $(MOLTIS_LIBS)

$(libmoltisfcgi_a_OBJECTS) $(moltis_fcgi_OBJECTS): | src/db/stmt_gen.h
