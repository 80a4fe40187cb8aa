# The parts of the sandbox against a world of their own, and the escape suite.
# All need root; each says what is missing and leaves with 77.

check_PROGRAMS += tests/sandbox/net_test tests/sandbox/escape_test \
	tests/sandbox/probe tests/bench/sandbox/start
EXTRA_DIST += tests/sandbox/image tests/sandbox/with-image tests/sandbox/v2/run tests/bench/sandbox/run

tests_sandbox_net_test_SOURCES = tests/sandbox/net_test.c \
	tests/sandbox/world.c tests/sandbox/world.h
tests_sandbox_net_test_LDADD = libmoltissandboxd.a libmoltis.a $(EV_LIBS) \
	$(SECCOMP_LIBS) $(MOLTIS_LIBS)

tests_sandbox_escape_test_SOURCES = tests/sandbox/escape_test.c \
	tests/sandbox/test_sandboxd.h tests/sandbox/test_sandboxd_world.c \
	tests/sandbox/world.c tests/sandbox/world.h
tests_sandbox_escape_test_LDADD = libmoltisworker.a libmoltissandboxd.a \
	libmoltis.a $(EV_LIBS) $(SECCOMP_LIBS) $(MOLTIS_LIBS)

tests_bench_sandbox_start_SOURCES = tests/bench/sandbox/start.c \
	tests/sandbox/test_sandboxd.h tests/sandbox/test_sandboxd_world.c
tests_bench_sandbox_start_LDADD = libmoltisworker.a libmoltissandboxd.a \
	libmoltis.a $(EV_LIBS) $(SECCOMP_LIBS) $(MOLTIS_LIBS)

# Runs in any root, so static, and without the sanitizers.
tests_sandbox_probe_SOURCES = tests/sandbox/probe.c tests/sandbox/probe.h \
	tests/sandbox/probe_net.c
tests_sandbox_probe_CFLAGS = $(BASE_CFLAGS) $(WARN_CFLAGS) -fno-pie
tests_sandbox_probe_LDFLAGS = -static -no-pie

$(tests_sandbox_net_test_OBJECTS) $(tests_sandbox_escape_test_OBJECTS) \
	$(tests_bench_sandbox_start_OBJECTS): | src/db/stmt_gen.h

check-sandbox: moltis-sandboxd$(EXEEXT) tests/sandbox/net_test$(EXEEXT) \
	tests/sandbox/escape_test$(EXEEXT) tests/sandbox/probe$(EXEEXT)
	srcdir='$(srcdir)' tests/sandbox/net_test
	$(srcdir)/tests/sandbox/with-image \
	  tests/sandbox/escape_test ./moltis-sandboxd tests/sandbox/probe

.PHONY: check-sandbox
