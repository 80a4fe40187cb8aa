/*
 * Commands about people and credentials: setup-code, user list,
 * auth create-api-key.
 *
 * They connect with database.owner, which only the operator may use, and run
 * the same operations as everybody else's calls.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "js/js.h"

/* There is one code for both reasons to refuse; find out which it was. */
static enum cli_exit
setup_code_refused(struct auth_call *call)
{
	struct op_error err = call->error;
	struct auth_state state;

	if (auth_state_read(call, &state) == ST_OK && !state.configured) {
		say_error("database.owner must connect as moltis_owner to "
			  "make a setup code");
		return CLI_FAILED;
	}
	say_error("%s: sign in instead", err.message);
	return CLI_CONFIGURED;
}

static enum cli_exit
setup_code(const struct conf *conf, void *arg)
{
	struct auth_call call = { .db = db_open(conf->db_owner) };
	char code[AUTH_CODE_TEXT];
	enum status st = auth_setup_code(&call, code);
	enum cli_exit ret = CLI_OK;

	(void)arg;
	if (st == ST_CONFLICT)
		ret = setup_code_refused(&call);
	else if (st != ST_OK) {
		cli_say_failure("no setup code was made", st, &call.error,
		    call.db);
		ret = CLI_FAILED;
	} else {
		printf("%s\n", code);
		fprintf(stderr, "Enter it at %s within 30 minutes.\n",
		    conf->external_url);
	}
	db_close(call.db);
	return ret;
}

enum cli_exit
cmd_setup_code(const struct cli_args *args)
{
	return cli_with_owner(args, setup_code, NULL);
}

static void
print_users(const PGresult *res)
{
	printf("%-32s %-14s %-9s %s\n", "name", "role", "state", "since");
	for (int i = 0; i < db_rows(res); i++) {
		own_txt struct txt name = { 0 };

		say_escape(&name, db_text(res, i, "username"));
		printf("%-32s %-14s %-9s %s\n", txt_str(&name),
		    db_bool(res, i, "administrator") ? "administrator"
						     : "member",
		    db_bool(res, i, "disabled") ? "disabled" : "active",
		    db_text(res, i, "created_at"));
	}
}

static enum cli_exit
user_list(const struct conf *conf, void *arg)
{
	own_res PGresult *res = NULL;
	struct db *db = db_open(conf->db_owner);
	enum status st = db_once(db, DB_READ, STMT_AUTH_USER_LIST, &res);

	(void)arg;
	if (st != ST_OK)
		cli_say_failure("cannot list the people", st,
		    &(struct op_error){ .message = "" }, db);
	else if (db_rows(res) > 0)
		print_users(res);
	else
		fprintf(stderr,
		    "Nobody yet: make the administrator in the "
		    "browser with the code of \"moltis setup-code\".\n");
	db_close(db);
	return st == ST_OK ? CLI_OK : CLI_FAILED;
}

enum cli_exit
cmd_user_list(const struct cli_args *args)
{
	return cli_with_owner(args, user_list, NULL);
}

enum cli_exit
cli_scopes_parse(const char *text, struct json_object **ret)
{
	struct json_object *list = json_object_new_array();

	for (;;) {
		size_t n = strcspn(text, ",");
		own_txt struct txt name = { 0 };
		enum scope scope;

		txt_append_n(&name, text, n);
		if (!scope_parse(txt_str(&name), &scope)) {
			say_error("--scopes: \"%s\" is no scope",
			    txt_str(&name));
			say_hint("known: operator.read, operator.write, "
				 "operator.approvals, operator.pairing, "
				 "operator.admin");
			js_put(&list);
			return CLI_USAGE;
		}
		js_push(list, json_object_new_string(txt_str(&name)));
		if (text[n] == '\0')
			break;
		text += n + 1;
	}
	*ret = list;
	return CLI_OK;
}

static enum cli_exit
print_key(const struct op_call *call)
{
	own_txt struct txt label = { 0 };

	say_escape(&label, js_text(call->reply, "label"));
	printf("%s\n", js_text(call->reply, "key"));
	fprintf(stderr,
	    "This is the key \"%s\" of %s.  Keep it now: it is "
	    "stored as a hash and cannot be shown again.\n",
	    txt_str(&label), call->who.username);
	return CLI_OK;
}

/* The key that is asked for. */
struct wish {
	const char *user; /* NULL: the only one */
	struct json_object *params;
};

static enum cli_exit
create_key(const struct conf *conf, void *arg)
{
	const struct wish *wish = arg;
	struct op_call call = {
		.method = "auth.keys.create",
		.params = wish->params,
		.cred = { .kind = CRED_CLI },
		.via = VIA_CLI,
		.peer = "",
		.conf = conf,
	};
	const char *user = wish->user == NULL ? "" : wish->user;
	enum cli_exit ret;
	enum status st;

	if (strlen(user) >= sizeof(call.cred.user)) {
		say_error("--user: no name is longer than 64 characters");
		return CLI_USAGE;
	}
	memcpy(call.cred.user, user, strlen(user) + 1);
	call.db = db_open(conf->db_owner);
	st = op_run(&call);
	if (st == ST_OK)
		ret = print_key(&call);
	else {
		cli_say_failure("no key was made", st, &call.error, call.db);
		ret = st == ST_INVALID && call.error.field[0] != '\0'
		    ? CLI_USAGE
		    : CLI_FAILED;
	}
	op_call_done(&call);
	db_close(call.db);
	return ret;
}

/* --expires: days from now, as the moment of the operation. */
static enum cli_exit
add_expiry(struct json_object *params, const char *days)
{
	char *end;
	long n;

	if (days == NULL)
		return CLI_OK;
	errno = 0;
	n = strtol(days, &end, 10);
	if (errno != 0 || end == days || *end != '\0' || n < 1 || n > 3650) {
		say_error("--expires must be 1 to 3650 days, not \"%s\"", days);
		return CLI_USAGE;
	}
	js_set_int(params, "expires_at", clock_wall_ms() + n * 86400000LL);
	return CLI_OK;
}

/* --network: what each must look like is said by the operation. */
static void
add_networks(struct json_object *params, const char *text)
{
	struct json_object *list;

	if (text == NULL)
		return;
	list = json_object_new_array();
	for (;; text++) {
		size_t n = strcspn(text, ",");

		js_push(list, json_object_new_string_len(text, (int)n));
		text += n;
		if (*text == '\0')
			break;
	}
	js_set(params, "networks", list);
}

enum cli_exit
cmd_auth_create_api_key(const struct cli_args *args)
{
	own_json struct json_object *params = js_new();
	struct wish wish = { args->user, params };
	struct json_object *scopes = NULL;
	enum cli_exit ret = cli_scopes_parse(args->scopes, &scopes);

	if (ret != CLI_OK)
		return ret;
	js_set(params, "scopes", scopes);
	if (!utf8_check(args->label, strlen(args->label))) {
		say_error("--label must be valid UTF-8");
		return CLI_USAGE;
	}
	js_set_text(params, "label", args->label);
	add_networks(params, args->network);
	ret = add_expiry(params, args->expires);
	if (ret != CLI_OK)
		return ret;
	return cli_with_owner(args, create_key, &wish);
}
