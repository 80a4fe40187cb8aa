/* The chains of the audit trails, checked from the server. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/bytes.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "db/db.h"

struct wish {
	const char *account; /* NULL: all */
	const char *user;    /* NULL: all */
};

/* One line a trail.  A fault is printed as the line and returned. */
static enum cli_exit
check_one(struct db *db, const char *account, const char *name)
{
	struct audit_verdict v;
	enum status st = audit_verify(db, account, &v);

	if (st != ST_OK) {
		cli_say_failure("a trail cannot be read", st,
		    &(struct op_error){ .message = "" }, db);
		return CLI_FAILED;
	}
	printf("%s%s%s: ", name, account == NULL ? "" : " ",
	    account == NULL ? "" : account);
	if (v.bad >= 0)
		printf("BROKEN: entry %lld %s\n", (long long)v.bad, v.fault);
	else
		printf("%lld entries, chain intact, newest %lld %s\n",
		    (long long)v.entries, (long long)v.newest, v.hash);
	return v.bad >= 0 ? CLI_FAILED : CLI_OK;
}

static enum cli_exit
check_accounts(struct db *db, const struct wish *wish)
{
	own_res PGresult *res = NULL;
	enum cli_exit result = CLI_OK;
	enum status st;

	db_bind_text(db, wish->account);
	db_bind_text(db, wish->user);
	st = db_once(db, DB_READ, STMT_AUDIT_ACCOUNTS, &res);
	if (st != ST_OK) {
		cli_say_failure("the accounts cannot be read", st,
		    &(struct op_error){ .message = "" }, db);
		return CLI_FAILED;
	}
	if (db_rows(res) == 0 &&
	    (wish->account != NULL || wish->user != NULL)) {
		say_error("there is no such account");
		say_hint("see moltis user list");
		return CLI_FAILED;
	}
	for (int i = 0; i < db_rows(res); i++) {
		if (check_one(db, db_text(res, i, "account_id"),
			db_text(res, i, "name")) != CLI_OK)
			result = CLI_FAILED;
	}
	return result;
}

static enum cli_exit
verify(const struct conf *conf, void *arg)
{
	const struct wish *wish = arg;
	struct db *db = db_open(conf->db_owner);
	enum cli_exit result = CLI_OK, more;

	if (wish->account == NULL && wish->user == NULL)
		result = check_one(db, NULL, "deployment");
	more = check_accounts(db, wish);
	db_close(db);
	return result == CLI_OK ? more : result;
}

enum cli_exit
cmd_audit_verify(const struct cli_args *args)
{
	struct wish wish = { .account = args->account, .user = args->user };

	if (wish.account != NULL && wish.user != NULL) {
		say_error("give --account or --user, not both");
		return CLI_USAGE;
	}
	if (wish.account != NULL && !uuid_check(wish.account)) {
		say_error("--account must be the id of an account");
		return CLI_USAGE;
	}
	return cli_with_owner(args, verify, &wish);
}
