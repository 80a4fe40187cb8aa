/*
 * /api/auth: everything that takes a challenge or an answer to one.
 *
 * Begin and finish for each way (S178-S190): signing in, proving oneself
 * again, registering as a signed-in person, as the first administrator, by
 * invitation.  What is checked is src/auth/passkey.h.
 */
#include "config.h"

#include "auth/passkey.h"
#include "fcgi/exchange.h"
#include "fcgi/route_auth.h"
#include "js/js.h"

#define RIGHT_MAX 128
#define CREDENTIAL_MEMBERS 16

/* One row a parameter. */
/* clang-format off */
#define USERNAME \
	{ .name = "username", .type = F_TEXT, .nullable = true, .max = 64 }
#define CODE \
	{ .name = "setup_code", .type = F_TEXT, .nullable = true, \
	  .max = RIGHT_MAX }
#define TOKEN \
	{ .name = "token", .type = F_TEXT, .required = true, .min = 1, \
	  .max = RIGHT_MAX }
#define ANSWER \
	{ .name = "challenge_id", .type = F_TEXT, .required = true, \
	  .min = 36, .max = 36 }, \
	{ .name = "credential", .type = F_OBJECT, .required = true, \
	  .max = CREDENTIAL_MEMBERS }
#define NAME \
	{ .name = "name", .type = F_TEXT, .nullable = true, .max = 64 }

static const struct op_field login_begin[] = { USERNAME, { .name = NULL } };
static const struct op_field proof_finish[] = { ANSWER, { .name = NULL } };
static const struct op_field register_finish[] = { ANSWER, NAME,
	{ .name = NULL } };
static const struct op_field setup_begin[] = { CODE, USERNAME,
	{ .name = NULL } };
static const struct op_field setup_finish[] = { CODE, USERNAME, ANSWER, NAME,
	{ .name = NULL } };
static const struct op_field invite_begin[] = { TOKEN, USERNAME,
	{ .name = NULL } };
static const struct op_field invite_finish[] = { TOKEN, USERNAME, ANSWER,
	NAME, { .name = NULL } };
/* clang-format on */

/* A call, once the fields are good. */
static enum status
begin(struct exchange *x, const struct op_field *fields,
    struct passkey_call *ret)
{
	enum status st = route_auth_https(x);

	if (st == ST_OK)
		st = route_auth_fields(x, fields);
	*ret = (struct passkey_call){
		.auth = { .db = x->db, .peer = x->req.peer },
		.conf = x->conf,
	};
	return st;
}

/* The same for a signed-in person. */
static enum status
begin_own(struct exchange *x, const struct op_field *fields,
    struct passkey_call *ret)
{
	enum status st = exchange_identify(x, NULL);

	if (st == ST_OK && x->cred.kind != CRED_SESSION)
		st = exchange_fail(x, ST_FORBIDDEN,
		    "this needs a signed-in person: an API key cannot do it");
	return st == ST_OK ? begin(x, fields, ret) : st;
}

static struct passkey_answer
answer_of(const struct exchange *x)
{
	return (struct passkey_answer){
		.challenge_id = js_text(x->params, "challenge_id"),
		.credential = js_get(x->params, "credential"),
		.name = js_text(x->params, "name"),
	};
}

/* What came of CALL: its own reply, or {"ok":true} and the cookie. */
static enum status
end(struct exchange *x, enum status st, struct passkey_call *call)
{
	if (st != ST_OK || call->reply == NULL)
		return route_auth_answer(x, st, &call->auth);
	x->reply = call->reply;
	return ST_OK;
}

enum status
route_passkey_register_begin(struct exchange *x)
{
	struct passkey_call call;
	enum status st = begin_own(x, op_no_params, &call);

	if (st != ST_OK)
		return st;
	return end(x, passkey_register_begin(&call, &x->cred), &call);
}

enum status
route_passkey_register_finish(struct exchange *x)
{
	struct passkey_answer answer;
	struct passkey_call call;
	enum status st = begin_own(x, register_finish, &call);

	if (st != ST_OK)
		return st;
	answer = answer_of(x);
	return end(x, passkey_register_finish(&call, &x->cred, &answer), &call);
}

enum status
route_passkey_login_begin(struct exchange *x)
{
	struct passkey_call call;
	enum status st = begin(x, login_begin, &call);

	if (st != ST_OK)
		return st;
	return end(x,
	    passkey_login_begin(&call, js_text(x->params, "username")), &call);
}

enum status
route_passkey_login_finish(struct exchange *x)
{
	char agent[ROUTE_AUTH_AGENT];
	struct passkey_answer answer;
	struct passkey_call call;
	enum status st = begin(x, proof_finish, &call);

	if (st != ST_OK)
		return st;
	answer = answer_of(x);
	call.auth.user_agent = route_auth_agent(x, agent);
	return end(x, passkey_login_finish(&call, &answer), &call);
}

enum status
route_passkey_reauth_begin(struct exchange *x)
{
	struct passkey_call call;
	enum status st = begin_own(x, op_no_params, &call);

	if (st != ST_OK)
		return st;
	return end(x, passkey_reauth_begin(&call, &x->cred), &call);
}

enum status
route_passkey_reauth_finish(struct exchange *x)
{
	struct passkey_answer answer;
	struct passkey_call call;
	enum status st = begin_own(x, proof_finish, &call);

	if (st != ST_OK)
		return st;
	answer = answer_of(x);
	return end(x, passkey_reauth_finish(&call, &x->cred, &answer), &call);
}

enum status
route_passkey_setup_begin(struct exchange *x)
{
	own_secret struct secret code = { NULL, 0 };
	struct passkey_call call;
	enum status st = begin(x, setup_begin, &call);

	if (st != ST_OK)
		return st;
	route_auth_secret(x, "setup_code", &code);
	st = passkey_setup_begin(&call, secret_reveal(&code),
	    js_text(x->params, "username"));
	return end(x, st, &call);
}

enum status
route_passkey_setup_finish(struct exchange *x)
{
	own_secret struct secret code = { NULL, 0 };
	char agent[ROUTE_AUTH_AGENT];
	struct passkey_answer answer;
	struct passkey_call call;
	enum status st = begin(x, setup_finish, &call);

	if (st != ST_OK)
		return st;
	route_auth_secret(x, "setup_code", &code);
	answer = answer_of(x);
	call.auth.user_agent = route_auth_agent(x, agent);
	st = passkey_setup_finish(&call, secret_reveal(&code),
	    js_text(x->params, "username"), &answer);
	return end(x, st, &call);
}

enum status
route_passkey_invite_begin(struct exchange *x)
{
	own_secret struct secret token = { NULL, 0 };
	struct passkey_call call;
	enum status st = begin(x, invite_begin, &call);

	if (st != ST_OK)
		return st;
	route_auth_secret(x, "token", &token);
	st = passkey_invite_begin(&call, secret_reveal(&token),
	    js_text(x->params, "username"));
	return end(x, st, &call);
}

enum status
route_passkey_invite_finish(struct exchange *x)
{
	own_secret struct secret token = { NULL, 0 };
	char agent[ROUTE_AUTH_AGENT];
	struct passkey_answer answer;
	struct passkey_call call;
	enum status st = begin(x, invite_finish, &call);

	if (st != ST_OK)
		return st;
	route_auth_secret(x, "token", &token);
	answer = answer_of(x);
	call.auth.user_agent = route_auth_agent(x, agent);
	st = passkey_invite_finish(&call, secret_reveal(&token),
	    js_text(x->params, "username"), &answer);
	return end(x, st, &call);
}
