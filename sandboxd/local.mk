# moltis-sandboxd: starts, limits and ends sandboxes.  All but main.c is a
# library, so that unit tests can link it.

bin_PROGRAMS += moltis-sandboxd
noinst_LIBRARIES += libmoltissandboxd.a

# sources libmoltissandboxd_a_SOURCES: sandboxd/*.c sandboxd/*.h ! sandboxd/main.c
libmoltissandboxd_a_SOURCES = \
	sandboxd/backend.h \
	sandboxd/parts.h
# end

moltis_sandboxd_SOURCES = sandboxd/main.c
moltis_sandboxd_LDADD = libmoltissandboxd.a libmoltis.a $(EV_LIBS) \
	$(SECCOMP_LIBS) $(MOLTIS_LIBS)
