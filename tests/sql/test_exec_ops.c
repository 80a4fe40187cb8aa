/*
 * The operations of approval through the gate: what a client may say, what it
 * is told, and that a changed command is judged anew (S2, S8, S11-S14, S27).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/txt.h"
#include "js/js.h"
#include "tests/sql/exec_case.h"

/* The reply of METHOD, or "SYMBOL sentence [field]"; the caller frees. */
static char *
answer(struct exec_case *c, const struct op_cred *cred, const char *method,
    const char *params)
{
	own_json struct json_object *o = NULL;
	own_txt struct txt out = { 0 };
	struct js_error bad;
	struct op_call call = { .method = method,
		.cred = *cred,
		.via = VIA_REST,
		.peer = "192.0.2.9",
		.conf = test_conf(),
		.db = c->api };
	enum status st;

	if (js_parse(params, strlen(params), &o, &bad) != ST_OK) {
		fprintf(stderr, "sqltest: broken test: %s\n", params);
		exit(2);
	}
	call.params = o;
	st = op_run(&call);
	if (st == ST_OK)
		txt_append(&out, js_str(call.reply));
	else
		txt_format(&out, "%s %s [%s]", status_get(st)->code,
		    call.error.message, call.error.field);
	op_call_done(&call);
	return txt_take(&out);
}

/* Resolves ID with MORE of the parameters; the answer begins with WANT. */
static void
resolves(struct exec_case *c, const char *id, const char *more,
    const char *want, const char *sentence)
{
	own_txt struct txt params = { 0 };
	char *got;

	txt_format(&params, "{\"requestId\":\"%s\"%s}", id, more);
	got =
	    answer(c, &c->p.session, "exec.approval.resolve", txt_str(&params));
	check(strncmp(got, want, strlen(want)) == 0, "%s (%s)", sentence, got);
	free(got);
}

#define GONE "NOT_FOUND no such request: it is unknown, expired or cancelled []"
#define APPROVED ",\"decision\":\"approved\""
#define DENIED ",\"decision\":\"denied\""
#define MODIFIED ",\"decision\":\"modified\""

static void
params_strict(struct exec_case *c)
{
	char id[UUID_TEXT];

	exec_asked(c, "strict", "rm a", id);
	resolves(c, id, "", "INVALID_REQUEST", "a decision must be named");
	resolves(c, id, ",\"decision\":\"yes\"",
	    "INVALID_REQUEST invalid decision: yes [decision]",
	    "another word is no decision");
	resolves(c, id, APPROVED ",\"cwd\":\"/\"", "INVALID_REQUEST",
	    "a decision has no folder");
	resolves(c, id, APPROVED ",\"image\":\"x\"", "INVALID_REQUEST",
	    "nor an image");
	resolves(c, id, APPROVED ",\"timeout\":0", "INVALID_REQUEST",
	    "nor no time at all");
	resolves(c, id, MODIFIED, "INVALID_REQUEST", "a change needs its text");
	resolves(c, id, MODIFIED ",\"command\":\"  \"", "INVALID_REQUEST",
	    "and not an empty one");
	check(exec_state_of(c, id) == EXEC_PENDING, "it still waits");
	check_trail(id, "requested | requested", "nothing was told or noted");
}

static void
unknown_alike(struct exec_case *c, struct exec_case *other)
{
	char id[UUID_TEXT], theirs[UUID_TEXT], nobody[UUID_TEXT];

	exec_asked(c, "expired", "rm a", id);
	exec_asked(other, "theirs", "rm a", theirs);
	owner_do("UPDATE moltis.exec_requests SET expires_at = now() -"
		 " interval '1 second' WHERE id = '%s'",
	    id);
	uuid_new(nobody);
	resolves(c, "x", APPROVED, GONE, "what is no id is unknown");
	resolves(c, nobody, APPROVED, GONE, "what nobody has is unknown");
	resolves(c, theirs, APPROVED, GONE, "so is another account's");
	resolves(c, theirs, MODIFIED ",\"command\":\"mkfs /dev/sda\"", GONE,
	    "also for a dangerous change");
	resolves(c, theirs, APPROVED ",\"command\":\"rm a\"", GONE,
	    "and for the very text");
	resolves(c, id, APPROVED, GONE, "and what expired");
	check(exec_state_of(other, theirs) == EXEC_PENDING,
	    "another account's still waits");
}

static void
decided(struct exec_case *c)
{
	char id[UUID_TEXT];

	exec_asked(c, "same", "rm a", id);
	resolves(c, id, APPROVED ",\"command\":\"rm a\"",
	    "{\"ok\":true,\"decision\":\"approved\",\"command\":\"rm a\"}",
	    "approved with the very text is approved");
	resolves(c, id, DENIED, "CONFLICT already decided: approved []",
	    "the second decision hears of the first");
	exec_asked(c, "other", "rm a", id);
	resolves(c, id, APPROVED ",\"command\":\"ls a\",\"remember\":true",
	    "{\"ok\":true,\"decision\":\"modified\",\"command\":\"ls a\"}",
	    "approved with another text is a change");
	check(owner_count("SELECT count(*) FROM moltis.exec_rules WHERE"
			  " account_id = '%s' AND command_hash <>"
			  " sha256('ls a')",
		  c->p.account_id) == 0,
	    "and remembers no more than what was changed");
	exec_asked(c, "no", "rm a", id);
	resolves(c, id, DENIED ",\"note\":\"never\"",
	    "{\"ok\":true,\"decision\":\"denied\"", "a denial with a note");
	resolves(c, id, APPROVED, "CONFLICT already decided: denied []",
	    "cannot be taken back");
}

static void
dangerous(struct exec_case *c)
{
	char id[UUID_TEXT];

	exec_asked(c, "danger", "ls", id);
	resolves(c, id, MODIFIED ",\"command\":\"mkfs.ext4 /dev/sda\"",
	    "CONFLICT", "a change to something dangerous is asked again");
	check(exec_state_of(c, id) == EXEC_PENDING, "meanwhile it waits");
	resolves(c, id,
	    APPROVED ",\"command\":\"mkfs.ext4 /dev/sda\","
		     "\"confirm_dangerous\":false",
	    "CONFLICT", "also when it is called approved");
	resolves(c, id,
	    MODIFIED ",\"command\":\"mkfs.ext4 /dev/sda\","
		     "\"confirm_dangerous\":true",
	    "{\"ok\":true,\"decision\":\"modified\","
	    "\"command\":\"mkfs.ext4 /dev/sda\"}",
	    "confirmed, it is taken");
}

/* A call that fails before any statement: the caller is proved all the same,
 * and the connection is as good as before. */
static void
strangers(struct exec_case *c)
{
	struct op_cred stranger = c->p.key;
	char *got;

	stranger.hash[0] ^= 1;
	got = answer(c, &stranger, "exec.approval.resolve",
	    "{\"requestId\":\"x\",\"decision\":\"approved\"}");
	check(strncmp(got, "AUTH_NOT_AUTHENTICATED", 22) == 0,
	    "a stranger is told nothing about an id (%s)", got);
	free(got);
	check_status(
	    call_op(c->api, &c->p.key, "exec.approval.request", "{}", NULL),
	    ST_OK, "whoever comes next on the connection is served");
}

static void
lists(struct exec_case *c, struct exec_case *other)
{
	own_json struct json_object *mine = NULL, *theirs = NULL, *past = NULL;
	struct json_object *first;
	char id[UUID_TEXT];

	exec_asked(c, "listed", "make x", id);
	check(call_op(c->api, &c->p.key, "exec.approval.request", "{}",
		  &mine) == ST_OK &&
		json_object_array_length(js_get(mine, "pending")) ==
		    json_object_array_length(js_get(mine, "requests")) &&
		strstr(js_str(mine), id) != NULL &&
		strstr(js_str(mine), "make x") != NULL,
	    "who connects later finds what waits");
	check(call_op(other->api, &other->p.key, "exec.approval.request", "{}",
		  &theirs) == ST_OK &&
		strstr(js_str(theirs), id) == NULL,
	    "another account does not");
	exec_decided(c, id, "denied");
	check(call_op(c->api, &c->p.key, "exec.approval.history",
		  "{\"limit\":1}", &past) == ST_OK,
	    "past commands can be read");
	first = json_object_array_get_idx(js_get(past, "requests"), 0);
	check_text(js_text(first, "requestId"), id, "the newest is first");
	check_text(js_text(first, "decision"), "denied", "with its decision");
	check_text(js_text(first, "decidedBy"), c->p.username,
	    "and who took it");
}

static void
scopes(struct exec_case *c)
{
	static const char *const methods[] = { "exec.approval.request",
		"exec.approval.history", "exec.approvals.get" };
	struct op_cred weak, fit;
	char key_id[UUID_TEXT];
	char *got;

	person_key(&c->p, "3", &weak, key_id);
	person_key(&c->p, "8", &fit, key_id);
	for (size_t i = 0; i < 3; i++)
		check_status(call_op(c->api, &weak, methods[i], "{}", NULL),
		    ST_FORBIDDEN, methods[i]);
	got = answer(c, &weak, "exec.approval.resolve",
	    "{\"requestId\":\"00000000-0000-4000-8000-000000000000\","
	    "\"decision\":\"approved\"}");
	check_text(got, "FORBIDDEN missing scope: operator.approvals []",
	    "a key that may read and write is told what it lacks");
	free(got);
	check_status(call_op(c->api, &fit, "exec.approval.request", "{}", NULL),
	    ST_OK, "a key for approvals may list");
	check_status(call_op(c->api, &fit, "exec.approvals.set",
			 "{\"mode\":\"always\"}", NULL),
	    ST_FORBIDDEN, "it may not change the mode");
}

/* Sets MODE; what holds afterwards begins with WANT. */
static void
sets(struct exec_case *c, const char *mode, const char *set_want,
    const char *get_want)
{
	own_txt struct txt params = { 0 };
	char *set, *get;

	txt_format(&params, "{\"mode\":\"%s\"}", mode);
	set = answer(c, &c->p.session, "exec.approvals.set", txt_str(&params));
	get = answer(c, &c->p.session, "exec.approvals.get", "{}");
	check(strncmp(set, set_want, strlen(set_want)) == 0 &&
		strstr(get, get_want) != NULL,
	    "mode \"%s\": %s, then %s", mode, set, get);
	free(set);
	free(get);
}

static void
modes(struct exec_case *c)
{
	long before = owner_count("SELECT count(*) FROM moltis.audit WHERE"
				  " account_id = '%s'",
	    c->p.account_id);

	sets(c, "always", "{\"ok\":true}", "\"mode\":\"always\"");
	sets(c, "never", "FORBIDDEN", "\"mode\":\"always\"");
	sets(c, "sometimes", "INVALID_REQUEST", "\"mode\":\"always\"");
	sets(c, "smart", "{\"ok\":true}", "\"mode\":\"smart\"");
	sets(c, "always", "{\"ok\":true}", "\"mode\":\"always\"");
	sets(c, "", "{\"ok\":true}", "\"mode\":\"smart\"");
	sets(c, "", "{\"ok\":true}", "\"deploymentMode\":\"smart\"");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s'",
		  c->p.account_id) == before + 5,
	    "every change is noted, no refusal is");
}

void
test_exec_ops(void)
{
	struct exec_case c, other;

	exec_quiet();
	exec_case_make("operator", &c);
	exec_case_make("operator2", &other);
	params_strict(&c);
	unknown_alike(&c, &other);
	decided(&c);
	dangerous(&c);
	strangers(&c);
	lists(&c, &other);
	scopes(&c);
	modes(&c);
	exec_case_done(&c);
	exec_case_done(&other);
}
