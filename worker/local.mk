# moltis-worker: WebSocket, turns, clock.  All but main.c is a library, so that
# unit tests and fuzz targets can link it.

bin_PROGRAMS += moltis-worker
noinst_LIBRARIES += libmoltisworker.a

# sources libmoltisworker_a_SOURCES: worker/*.c worker/*.h ! worker/main.c
libmoltisworker_a_SOURCES = \
	worker/curlev.c \
	worker/curlev.h \
	worker/hub.h \
	worker/pool.c \
	worker/pool.h \
	worker/provider_http.c \
	worker/provider_http.h \
	worker/ws_conn.h \
	worker/ws_listen.h \
	worker/ws_out.c \
	worker/ws_out.h \
	worker/ws_tally.c \
	worker/ws_tally.h
# end

moltis_worker_SOURCES = worker/main.c
moltis_worker_LDADD = libmoltisworker.a libmoltis.a $(WSLAY_LIBS) $(EV_LIBS) \
	$(CURL_LIBS) $(MOLTIS_LIBS)

$(libmoltisworker_a_OBJECTS) $(moltis_worker_OBJECTS): | src/db/stmt_gen.h
