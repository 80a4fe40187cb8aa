/*
 * Commands about configuration and schema: migrate, db check, config check.
 */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/say.h"
#include "db/migrate.h"

enum cli_exit
cmd_migrate(const struct cli_args *args)
{
	own_txt struct txt report = { 0 };
	struct conf *conf = cli_conf(args);
	enum cli_exit ret = CLI_FAILED;

	if (conf == NULL)
		return CLI_FAILED;
	if (cli_database(conf->db_owner, "owner") != NULL) {
		if (db_migrate(conf->db_owner, &report) == ST_OK) {
			ret = CLI_OK;
			say_lines(stdout,
			    report.len > 0 ? txt_str(&report)
					   : "the database is up to date\n");
		} else {
			say_error("the migration failed:");
			say_lines(stderr, txt_str(&report));
		}
	}
	conf_free(conf);
	return ret;
}

enum cli_exit
cmd_db_check(const struct cli_args *args)
{
	own_txt struct txt report = { 0 };
	struct conf *conf = cli_conf(args);
	enum cli_exit ret = CLI_FAILED;

	if (conf == NULL)
		return CLI_FAILED;
	if (cli_database(conf->db_owner, "owner") != NULL) {
		int bad = db_check_statements(conf->db_owner, &report);

		if (bad == 0) {
			ret = CLI_OK;
			printf("%d statements fit the schema\n", STMT_COUNT);
		} else {
			say_lines(stderr, txt_str(&report));
			say_error("%d differences between the statements of "
				  "this program and the schema",
			    bad);
			say_hint("has \"moltis migrate\" been run with this "
				 "version?");
		}
	}
	conf_free(conf);
	return ret;
}

enum cli_exit
cmd_config_check(const struct cli_args *args)
{
	struct conf *conf = cli_conf(args);

	if (conf == NULL)
		return CLI_FAILED;
	printf("configuration is fine\n");
	conf_free(conf);
	return CLI_OK;
}
