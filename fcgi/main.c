/*
 * moltis-fcgi: REST over FastCGI.
 *
 * Reads the arguments and the configuration, gives up what a server process
 * should not have, checks that the routes and the operations fit together,
 * and hands over to the master.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "fcgi/master.h"
#include "fcgi/routes.h"
#include "op/op.h"
#include "op_table.h"

#define DEFAULT_CONF "/etc/moltis/moltis.conf"
#define EXIT_USAGE 2

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define UNDER_ASAN 1
#endif

static void
usage(void)
{
	fputs("usage: moltis-fcgi [--conf FILE]...\n"
	      "Serves the REST interface on the FastCGI socket fcgi.socket.\n"
	      "Without --conf: $MOLTIS_CONF, then " DEFAULT_CONF ".\n"
	      "Later files override earlier ones key by key.\n",
	    stderr);
}

/* Fills FILES; returns -1, or the status to exit with. */
static int
read_arguments(int argc, char **argv, struct txt *files)
{
	const char *file, *from_env = getenv("MOLTIS_CONF");
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage();
			return EXIT_SUCCESS;
		}
		if (strcmp(argv[i], "--version") == 0) {
			fputs("moltis-fcgi " PACKAGE_VERSION "\n", stderr);
			return EXIT_SUCCESS;
		}
		file = NULL;
		if (strncmp(argv[i], "--conf=", 7) == 0)
			file = argv[i] + 7;
		else if (strcmp(argv[i], "--conf") == 0 && i + 1 < argc)
			file = argv[++i];
		if (file == NULL || file[0] == '\0') {
			usage();
			return EXIT_USAGE;
		}
		txt_format(files, "%s%s", files->len > 0 ? ":" : "", file);
	}
	if (files->len == 0)
		txt_append(files,
		    from_env != NULL && from_env[0] != '\0' ? from_env
							    : DEFAULT_CONF);
	return -1;
}

/* A client's Proxy header becomes HTTP_PROXY in CGI programs (A79); nothing
 * here wants a proxy, nor what libfcgi reads from the environment. */
static void
clean_environment(void)
{
	static const char *const names[] = { "HTTP_PROXY", "http_proxy",
		"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
		"NO_PROXY", "no_proxy", "FCGI_WEB_SERVER_ADDRS",
		"LIBFCGI_OS_CLOSE_POLL_TIMEOUT",
		"LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

/* Memory holds keys and passwords for moments: no core dumps, no tracing by
 * the same user (S250).  LeakSanitizer traces itself. */
static bool
protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return false;
#ifndef UNDER_ASAN
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return false;
#endif
	return true;
}

static int
run(const struct conf *conf)
{
	own_txt struct txt why;
	enum log_level level;

	if (log_level_parse(conf->log_level, &level))
		log_set_level(level);
	if (conf->fcgi_socket == NULL || conf->db_api == NULL) {
		fputs("fcgi.socket and database.api must be set\n", stderr);
		return EXIT_FAILURE;
	}
	op_init(op_table);
	txt_init(&why, 0);
	if (!routes_check(routes_table, &why)) {
		fputs(txt_str(&why), stderr);
		abort();
	}
	if (!protect_memory()) {
		fputs("cannot switch core dumps off\n", stderr);
		return EXIT_FAILURE;
	}
	return master_run(conf);
}

int
main(int argc, char **argv)
{
	own_txt struct txt files, why;
	struct conf *conf = NULL;
	int status;

	txt_init(&files, 0);
	txt_init(&why, 0);
	log_open("moltis-fcgi");
	clean_environment();
	status = read_arguments(argc, argv, &files);
	if (status >= 0)
		return status;
	if (conf_load(txt_str(&files), &conf, &why) != ST_OK) {
		fputs(txt_str(&why), stderr);
		return EXIT_FAILURE;
	}
	status = run(conf);
	conf_free(conf);
	return status;
}
