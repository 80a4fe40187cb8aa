# moltis-sandboxd: starts, limits and ends sandboxes.  All but main.c is a
# library, so that unit tests can link it.

bin_PROGRAMS += moltis-sandboxd moltis-canary
noinst_LIBRARIES += libmoltissandboxd.a

# sources libmoltissandboxd_a_SOURCES: sandboxd/*.c sandboxd/*.h ! sandboxd/main.c sandboxd/canary.c
libmoltissandboxd_a_SOURCES = \
	sandboxd/backend.h \
	sandboxd/be_bwrap.c \
	sandboxd/be_podman.c \
	sandboxd/cell.c \
	sandboxd/cell.h \
	sandboxd/cgroup.c \
	sandboxd/cgroup.h \
	sandboxd/cgroup_find.c \
	sandboxd/cgroup_int.h \
	sandboxd/choice.c \
	sandboxd/choice.h \
	sandboxd/etc.c \
	sandboxd/etc.h \
	sandboxd/fileop.c \
	sandboxd/fileop.h \
	sandboxd/guard.c \
	sandboxd/guard.h \
	sandboxd/helper.c \
	sandboxd/helper.h \
	sandboxd/ident.c \
	sandboxd/ident.h \
	sandboxd/job.c \
	sandboxd/job_int.h \
	sandboxd/job_spawn.c \
	sandboxd/job_watch.c \
	sandboxd/jobs.c \
	sandboxd/jobs.h \
	sandboxd/net.c \
	sandboxd/net_host.c \
	sandboxd/net_host.h \
	sandboxd/net_rules.c \
	sandboxd/net_rules.h \
	sandboxd/netpool.c \
	sandboxd/netpool.h \
	sandboxd/parts.h \
	sandboxd/peer.c \
	sandboxd/peer_file.c \
	sandboxd/program.c \
	sandboxd/program.h \
	sandboxd/seccomp.c \
	sandboxd/seccomp.h \
	sandboxd/server.c \
	sandboxd/server.h \
	sandboxd/server_int.h \
	sandboxd/space.c \
	sandboxd/space.h \
	sandboxd/stream.c \
	sandboxd/stream.h \
	sandboxd/walk.c \
	sandboxd/walk.h
# end

moltis_sandboxd_SOURCES = sandboxd/main.c
moltis_sandboxd_LDADD = libmoltissandboxd.a libmoltis.a $(EV_LIBS) \
	$(SECCOMP_LIBS) $(MOLTIS_LIBS)

# Runs in any image, so static, and without the sanitizers.
moltis_canary_SOURCES = sandboxd/canary.c
moltis_canary_CFLAGS = $(BASE_CFLAGS) $(WARN_CFLAGS) -fno-pie
moltis_canary_LDFLAGS = -static -no-pie
