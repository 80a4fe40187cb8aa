/*
 * moltis-fcgi: REST over FastCGI.
 *
 * Reads the arguments and the configuration, gives up what a server process
 * should not have, checks that the routes and the operations fit together,
 * and hands over to the master.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/process.h"
#include "conf/conf_args.h"
#include "fcgi/master.h"
#include "fcgi/routes.h"
#include "op/op.h"
#include "op_table.h"

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
	if (!process_protect_memory()) {
		fputs("cannot switch core dumps off\n", stderr);
		return EXIT_FAILURE;
	}
	return master_run(conf);
}

int
main(int argc, char **argv)
{
	struct conf *conf = NULL;
	int status;

	log_open("moltis-fcgi");
	process_clean_environment();
	status = conf_args_load(argc, argv, "moltis-fcgi",
	    "Serves the REST interface on the FastCGI socket fcgi.socket.",
	    &conf);
	if (status >= 0)
		return status;
	status = run(conf);
	conf_free(conf);
	return status;
}
