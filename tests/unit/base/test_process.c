/*
 * What a server process does to itself.  It cannot be undone, so each test
 * runs in a child whose exit status is the verdict.
 */
#include "config.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "tests/unit/unit.h"

static bool
in_child(bool (*work)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(work() ? 0 : 1);
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
protect(void)
{
	struct rlimit core = { 1, 1 };

	if (!process_protect_memory() || getrlimit(RLIMIT_CORE, &core) != 0)
		return false;
#ifndef PROCESS_UNDER_ASAN
	if (prctl(PR_GET_DUMPABLE) != 0)
		return false;
#endif
	return core.rlim_cur == 0 && core.rlim_max == 0;
}

static void
memory(void)
{
	CU_ASSERT_TRUE(in_child(protect));
}

static bool
raise_files(void)
{
	struct rlimit files = { 64, 128 };

	if (setrlimit(RLIMIT_NOFILE, &files) != 0 ||
	    process_raise_files() != 128 ||
	    getrlimit(RLIMIT_NOFILE, &files) != 0)
		return false;
	return files.rlim_cur == 128 && files.rlim_max == 128;
}

static void
open_files(void)
{
	CU_ASSERT_TRUE(in_child(raise_files));
}

static bool
clean(void)
{
	static const char *const gone[] = { "HTTP_PROXY", "http_proxy",
		"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
		"NO_PROXY", "no_proxy", "FCGI_WEB_SERVER_ADDRS" };
	size_t count = sizeof(gone) / sizeof(gone[0]);

	for (size_t i = 0; i < count; i++)
		(void)setenv(gone[i], "http://127.0.0.1:1", 1);
	(void)setenv("MOLTIS_CONF", "/x", 1);
	process_clean_environment();
	for (size_t i = 0; i < count; i++) {
		if (getenv(gone[i]) != NULL)
			return false;
	}
	return getenv("MOLTIS_CONF") != NULL;
}

static void
environment(void)
{
	CU_ASSERT_TRUE(in_child(clean));
}

void
suite_base_process(void)
{
	static const struct unit_test tests[] = {
		{ "no core dump, and nobody traces it", memory },
		{ "as many open files as the system allows", open_files },
		{ "proxies are forgotten, other variables are not",
		    environment },
		{ NULL, NULL },
	};

	unit_add("src/base/process.c", tests);
}
