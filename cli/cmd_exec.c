/* The operator's kill switch of commands (S50). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/say.h"
#include "db/db.h"

struct wish {
	const char *user; /* "" = everybody */
	bool off;
};

static enum cli_exit
exec_switch(const struct conf *conf, void *arg)
{
	const struct wish *wish = arg;
	own_res PGresult *res = NULL;
	struct db *db = db_open(conf->db_owner);
	enum cli_exit result = CLI_FAILED;
	enum status st;

	db_bind_text(db, wish->user);
	db_bind_bool(db, wish->off);
	st = db_once(db, DB_WRITE, STMT_APPROVAL_EXEC_SWITCH, &res);
	if (st != ST_OK) {
		cli_say_failure("the switch was not turned", st,
		    &(struct op_error){ .message = "" }, db);
	} else if (strcmp(db_text(res, 0, "verdict"), "ok") != 0) {
		say_error("no account belongs to \"%s\"", wish->user);
		say_hint("see moltis user list");
	} else {
		printf("Commands are %s for %s.\n", wish->off ? "off" : "on",
		    wish->user[0] == '\0' ? "everybody" : wish->user);
		result = CLI_OK;
	}
	db_close(db);
	return result;
}

static enum cli_exit
turn(const struct cli_args *args, bool off)
{
	struct wish wish = { .user = args->user == NULL ? "" : args->user,
		.off = off };

	return cli_with_owner(args, exec_switch, &wish);
}

enum cli_exit
cmd_exec_off(const struct cli_args *args)
{
	return turn(args, true);
}

enum cli_exit
cmd_exec_on(const struct cli_args *args)
{
	return turn(args, false);
}
