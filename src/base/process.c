/* Hardening of a server process at its start: called by fcgi and worker. */
#include "config.h"

#include "base/process.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

bool
process_protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return false;
#ifndef PROCESS_UNDER_ASAN
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return false;
#endif
	return true;
}

long
process_raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	return (long)files.rlim_cur;
}

void
process_clean_environment(void)
{
	static const char *const names[] = { "HTTP_PROXY", "http_proxy",
		"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
		"NO_PROXY", "no_proxy", "FCGI_WEB_SERVER_ADDRS",
		"LIBFCGI_OS_CLOSE_POLL_TIMEOUT",
		"LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}
