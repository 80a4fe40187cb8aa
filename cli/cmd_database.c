/*
 * Commands about configuration and schema: migrate, db check, config check.
 */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/say.h"
#include "db/migrate.h"

static enum cli_exit
migrate(const struct conf *conf, void *arg)
{
	own_txt struct txt report = { 0 };

	(void)arg;
	if (db_migrate(conf->db_owner, &report) != ST_OK) {
		say_error("the migration failed:");
		say_lines(stderr, txt_str(&report));
		return CLI_FAILED;
	}
	say_lines(stdout,
	    report.len > 0 ? txt_str(&report) : "the database is up to date\n");
	return CLI_OK;
}

enum cli_exit
cmd_migrate(const struct cli_args *args)
{
	return cli_with_owner(args, migrate, NULL);
}

static enum cli_exit
check(const struct conf *conf, void *arg)
{
	own_txt struct txt report = { 0 };
	int bad = db_check_statements(conf->db_owner, &report);

	(void)arg;
	if (bad == 0) {
		printf("%d statements fit the schema\n", STMT_COUNT);
		return CLI_OK;
	}
	say_lines(stderr, txt_str(&report));
	say_error("%d differences between the statements of this program and "
		  "the schema",
	    bad);
	say_hint("has \"moltis migrate\" been run with this version?");
	return CLI_FAILED;
}

enum cli_exit
cmd_db_check(const struct cli_args *args)
{
	return cli_with_owner(args, check, NULL);
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
