/*
 * People from the server's shell: inviting, disabling, a way back in.
 *
 * Runs the operations of the page as a person: who administers the deployment
 * longest, the owner of the account that is named, or who --user says.  A link
 * is printed once, to standard output.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "js/js.h"

#define NAME_BYTES 65

/* What is to be done, and as whom. */
struct wish {
	const char *method;
	struct json_object *params; /* borrowed */
	const char *user;           /* as him; NULL: */
	const char *account;        /* as its owner; NULL: */
	bool administers;           /* as an administrator, else the only one */
	const char *target;         /* user whose id becomes "id", or NULL */
	const char *failed;         /* what did not happen */
	void (*print)(const struct op_call *call);
};

static enum cli_exit
one_name(struct db *db, enum db_stmt stmt, const char *none, char *ret)
{
	own_res PGresult *res = NULL;
	enum status st = db_once(db, DB_READ, stmt, &res);

	if (st != ST_OK) {
		cli_say_failure("nobody was found to speak for", st,
		    &(struct op_error){ .message = "" }, db);
		return CLI_FAILED;
	}
	if (db_rows(res) == 1 &&
	    mem_copy_str(ret, NAME_BYTES, db_text(res, 0, "username")))
		return CLI_OK;
	say_error("%s", none);
	return CLI_FAILED;
}

/* The name the operation runs as, "" for the only person. */
static enum cli_exit
speaker(struct db *db, const struct wish *wish, char ret[NAME_BYTES])
{
	ret[0] = '\0';
	if (wish->user != NULL) {
		if (mem_copy_str(ret, NAME_BYTES, wish->user))
			return CLI_OK;
		say_error("--user: no name is longer than 64 characters");
		return CLI_USAGE;
	}
	if (wish->account != NULL) {
		db_bind_text(db, wish->account);
		return one_name(db, STMT_PEOPLE_CLI_ACCOUNT_OWNER,
		    "not exactly one account has this name: say whose with "
		    "--user",
		    ret);
	}
	if (wish->administers)
		return one_name(db, STMT_PEOPLE_CLI_ADMINISTRATOR,
		    "there is no administrator yet: set up the deployment in "
		    "the browser first",
		    ret);
	return CLI_OK;
}

static enum status
run_as(struct op_call *call, const char *name, const char *method,
    struct json_object *params)
{
	op_call_done(call);
	call->method = method;
	call->params = params;
	call->cred = (struct op_cred){ .kind = CRED_CLI };
	(void)mem_copy_str(call->cred.user, sizeof(call->cred.user), name);
	return op_run(call);
}

/* Puts the id of the user wish->target into the parameters. */
static enum status
find_target(struct op_call *call, const char *name, const struct wish *wish)
{
	own_json struct json_object *query = js_new();
	struct json_object *users;
	enum status st;

	js_set_text(query, "username", wish->target);
	st = run_as(call, name, "admin.users.list", query);
	if (st != ST_OK)
		return st;
	users = js_get(call->reply, "users");
	if (json_object_array_length(users) != 1)
		return op_fail(call, ST_NOT_FOUND,
		    "no such user; see moltis user list");
	js_set_text(wish->params, "id",
	    js_text(json_object_array_get_idx(users, 0), "id"));
	return ST_OK;
}

static enum cli_exit
grant(const struct conf *conf, void *arg)
{
	const struct wish *wish = arg;
	struct op_call call = { .via = VIA_CLI, .peer = "", .conf = conf };
	char name[NAME_BYTES];
	enum status st = ST_OK;
	enum cli_exit ret;

	call.db = db_open(conf->db_owner);
	ret = speaker(call.db, wish, name);
	if (ret == CLI_OK && wish->target != NULL)
		st = find_target(&call, name, wish);
	if (ret == CLI_OK && st == ST_OK)
		st = run_as(&call, name, wish->method, wish->params);
	if (st != ST_OK) {
		cli_say_failure(wish->failed, st, &call.error, call.db);
		ret = st == ST_INVALID && call.error.field[0] != '\0'
		    ? CLI_USAGE
		    : CLI_FAILED;
	}
	if (ret == CLI_OK)
		wish->print(&call);
	op_call_done(&call);
	db_close(call.db);
	return ret;
}

static void
print_link(const struct op_call *call)
{
	printf("%s\n", js_text(call->reply, "url"));
	fprintf(stderr,
	    "Give this link to one person: it works once.  It is stored as a "
	    "hash and cannot be shown again.\n");
}

static void
print_done(const struct op_call *call)
{
	own_txt struct txt name = { 0 };

	say_escape(&name, js_text(call->reply, "username"));
	printf("%s is %s.\n", txt_str(&name),
	    js_bool(call->params, "disabled", false) ? "disabled" : "enabled");
}

/* Which options of "invite" go together. */
static enum cli_exit
check_invite(const struct cli_args *args)
{
	bool new_account = (args->given & OPT_NEW_ACCOUNT) != 0;

	if (new_account && (args->given & (OPT_SCOPES | OPT_ACCOUNT)) != 0) {
		say_error("--new-account makes an owner: it goes neither with "
			  "--scopes nor with --account");
		return CLI_USAGE;
	}
	if (!new_account && (args->given & OPT_SCOPES) == 0) {
		say_error("--scopes is missing: what may the new member do?  "
			  "Or --new-account, for somebody with an account of "
			  "his own");
		return CLI_USAGE;
	}
	if (!new_account && (args->given & OPT_ADMINISTRATOR) != 0) {
		say_error("--administrator goes with --new-account only");
		return CLI_USAGE;
	}
	if ((args->given & OPT_USER) != 0 && (args->given & OPT_ACCOUNT) != 0) {
		say_error("--account speaks for its owner: leave --user out");
		return CLI_USAGE;
	}
	return CLI_OK;
}

enum cli_exit
cmd_invite(const struct cli_args *args)
{
	own_json struct json_object *params = js_new();
	bool new_account = (args->given & OPT_NEW_ACCOUNT) != 0;
	struct wish wish = { .params = params,
		.user = args->user,
		.account = args->account,
		.administers = new_account,
		.failed = "nobody was invited",
		.print = print_link };
	struct json_object *scopes = NULL;
	enum cli_exit ret = check_invite(args);

	if (ret == CLI_OK && !new_account)
		ret = cli_scopes_parse(args->scopes, &scopes);
	if (ret != CLI_OK)
		return ret;
	if (new_account) {
		wish.method = "admin.invites.create";
		js_set_text(params, "kind", "account");
		js_set_bool(params, "administrator",
		    (args->given & OPT_ADMINISTRATOR) != 0);
	} else {
		wish.method = "invites.create";
		js_set(params, "scopes", scopes);
	}
	return cli_with_owner(args, grant, &wish);
}

/* The one word behind the command's two. */
static enum cli_exit
user_word(const struct cli_args *args, const char **ret)
{
	if (args->word_count != 3) {
		say_error("say which user, and only one");
		say_hint("see moltis user list");
		return CLI_USAGE;
	}
	*ret = args->words[2];
	if (utf8_check(*ret, strlen(*ret)))
		return CLI_OK;
	say_error("the name must be valid UTF-8");
	return CLI_USAGE;
}

static enum cli_exit
user_switch(const struct cli_args *args, bool disabled)
{
	own_json struct json_object *params = js_new();
	struct wish wish = { .method = "admin.users.update",
		.params = params,
		.administers = true,
		.failed = "nothing was changed",
		.print = print_done };
	enum cli_exit ret = user_word(args, &wish.target);

	js_set_bool(params, "disabled", disabled);
	return ret == CLI_OK ? cli_with_owner(args, grant, &wish) : ret;
}

enum cli_exit
cmd_user_disable(const struct cli_args *args)
{
	return user_switch(args, true);
}

enum cli_exit
cmd_user_enable(const struct cli_args *args)
{
	return user_switch(args, false);
}

enum cli_exit
cmd_user_reset(const struct cli_args *args)
{
	own_json struct json_object *params = js_new();
	const char *name = NULL;
	struct wish wish = { .method = "admin.invites.create",
		.params = params,
		.administers = true,
		.failed = "no link was made",
		.print = print_link };
	enum cli_exit ret = user_word(args, &name);

	js_set_text(params, "kind", "reset");
	js_set_text(params, "username", name);
	return ret == CLI_OK ? cli_with_owner(args, grant, &wish) : ret;
}
