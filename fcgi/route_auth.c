/*
 * /api/auth: status, setup, login, logout, password change, second proof.
 *
 * The routes that make or end a credential, and so cannot be operations.
 * Each takes its passwords out of the parsed body as struct secret and wipes
 * what the parser kept.  Throttling and the rules are src/auth.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "auth/local.h"
#include "auth/passkey.h"
#include "base/utf8.h"
#include "fcgi/exchange.h"
#include "fcgi/route_auth.h"
#include "http/cookie.h"
#include "js/js.h"

#define CODE_MAX 64
#define NAME_MAX_CHARS 64

static const struct op_field setup_fields[] = {
	{ .name = "setup_code",
	    .type = F_TEXT,
	    .nullable = true,
	    .max = CODE_MAX },
	{ .name = "username",
	    .type = F_TEXT,
	    .nullable = true,
	    .max = NAME_MAX_CHARS },
	{ .name = "password",
	    .type = F_TEXT,
	    .required = true,
	    .max = AUTH_PASSWORD_MAX },
	{ .name = NULL },
};

static const struct op_field login_fields[] = {
	{ .name = "username",
	    .type = F_TEXT,
	    .nullable = true,
	    .max = NAME_MAX_CHARS },
	{ .name = "password",
	    .type = F_TEXT,
	    .required = true,
	    .max = AUTH_PASSWORD_MAX },
	{ .name = NULL },
};

static const struct op_field reauth_fields[] = {
	{ .name = "password",
	    .type = F_TEXT,
	    .required = true,
	    .max = AUTH_PASSWORD_MAX },
	{ .name = NULL },
};

static const struct op_field password_fields[] = {
	/* Somebody who signs in by passkey has none; he must have proved
	 * himself lately instead. */
	{ .name = "current_password",
	    .type = F_TEXT,
	    .nullable = true,
	    .max = AUTH_PASSWORD_MAX },
	{ .name = "new_password",
	    .type = F_TEXT,
	    .required = true,
	    .max = AUTH_PASSWORD_MAX },
	{ .name = NULL },
};

const char *
route_auth_agent(const struct exchange *x, char room[ROUTE_AUTH_AGENT])
{
	const char *agent = x->req.user_agent;
	size_t n = agent != NULL ? strlen(agent) : 0;

	if (n == 0 || !utf8_check(agent, n) || utf8_has_control(agent, n, ""))
		return NULL;
	n = utf8_cut(agent, n, ROUTE_AUTH_AGENT - 1);
	memcpy(room, agent, n);
	room[n] = '\0';
	return room;
}

enum status
route_auth_answer(struct exchange *x, enum status st, struct auth_call *call)
{
	if (st != ST_OK) {
		x->error = call->error;
		return st;
	}
	memcpy(x->token, call->token, sizeof(x->token));
	bytes_wipe(call->token, sizeof(call->token));
	memcpy(x->device, call->device_token, sizeof(x->device));
	x->reply = js_new();
	js_set_bool(x->reply, "ok", true);
	return ST_OK;
}

enum status
route_auth_fields(struct exchange *x, const struct op_field *fields)
{
	enum status st = exchange_body(x);

	if (st != ST_OK)
		return st;
	return op_params_check(fields, x->params, &x->error);
}

void
route_auth_secret(struct exchange *x, const char *name, struct secret *ret)
{
	const char *text = js_text(x->params, name);
	size_t n = js_text_len(x->params, name);

	if (text == NULL)
		return;
	secret_set(ret, text, n);
	/* The parser's copy: ours alone, and about to be freed. */
	bytes_wipe((void *)(uintptr_t)text, n);
	json_object_object_del(x->params, name);
}

enum status
route_auth_https(struct exchange *x)
{
	if (x->req.https || auth_host_is_loopback(x->conf->external_host))
		return ST_OK;
	return exchange_fail(x, ST_INVALID, "https required");
}

/* Is the caller signed in?  Only a clear answer of the database counts. */
static enum status
signed_in(struct exchange *x, bool *ret_yes)
{
	enum status st = ST_UNAUTH;

	if (x->cred.kind != CRED_NONE)
		st = exchange_identify(x, NULL);
	if (st == ST_DB || st == ST_INTERNAL || st == ST_UNAVAILABLE)
		return st;
	*ret_yes = st == ST_OK;
	return ST_OK;
}

/* Whether browsers make passkeys for us, and on which of our pages. */
static void
set_passkeys(struct exchange *x)
{
	struct json_object *origins = json_object_new_array();
	struct passkey_rp rp = { .origin_count = 0 };
	bool available = passkey_rp_find(x->conf, &rp);

	for (size_t i = 0; i < rp.origin_count; i++)
		js_push(origins, json_object_new_string(rp.origins[i]));
	js_set_bool(x->reply, "webauthn_available", available);
	js_set(x->reply, "passkey_origins", origins);
}

enum status
route_auth_status(struct exchange *x)
{
	struct auth_call call = { .db = x->db };
	struct auth_state state;
	bool yes = false;
	enum status st = x->cred.kind == CRED_NONE ? exchange_shut(x) : ST_OK;

	if (st != ST_OK)
		return st;
	st = auth_state_read(&call, &state);
	x->error = call.error;
	if (st == ST_OK)
		st = signed_in(x, &yes);
	if (st == ST_OK && !yes)
		st = exchange_stranger(x, ST_OK);
	if (st != ST_OK)
		return st;
	x->reply = js_new();
	js_set_bool(x->reply, "setup_required", !state.configured);
	js_set_bool(x->reply, "setup_code_required", !state.configured);
	js_set_bool(x->reply, "authenticated", yes);
	js_set_bool(x->reply, "has_password", state.has_password);
	js_set_bool(x->reply, "has_passkeys", state.has_passkeys);
	js_set_bool(x->reply, "auth_disabled", false);
	js_set_bool(x->reply, "localhost_only", false);
	set_passkeys(x);
	return ST_OK;
}

enum status
route_auth_setup(struct exchange *x)
{
	own_secret struct secret password = { NULL, 0 };
	own_secret struct secret code = { NULL, 0 };
	char agent[ROUTE_AUTH_AGENT];
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	enum status st;

	st = route_auth_https(x);
	if (st == ST_OK)
		st = route_auth_fields(x, setup_fields);
	if (st != ST_OK)
		return st;
	call.user_agent = route_auth_agent(x, agent);
	route_auth_secret(x, "password", &password);
	route_auth_secret(x, "setup_code", &code);
	st = auth_setup(&call, secret_reveal(&code),
	    js_text(x->params, "username"), &password);
	return route_auth_answer(x, st, &call);
}

enum status
route_auth_login(struct exchange *x)
{
	own_secret struct secret password = { NULL, 0 };
	char agent[ROUTE_AUTH_AGENT], device[AUTH_TOKEN_TEXT];
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	enum status st;

	st = route_auth_https(x);
	if (st == ST_OK)
		st = route_auth_fields(x, login_fields);
	if (st != ST_OK)
		return st;
	call.user_agent = route_auth_agent(x, agent);
	if (http_cookie_find(x->req.cookie, EXCHANGE_DEVICE, device,
		sizeof(device)) == ST_OK)
		call.device = device;
	call.names_device = true;
	route_auth_secret(x, "password", &password);
	st = auth_login(&call, js_text(x->params, "username"), &password);
	return route_auth_answer(x, st, &call);
}

enum status
route_auth_logout(struct exchange *x)
{
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	enum status st = route_auth_fields(x, op_no_params);

	if (st == ST_OK && x->cred.kind != CRED_SESSION)
		st = exchange_stranger(x, ST_OK);
	if (st != ST_OK)
		return st;
	st = auth_logout(&call, &x->cred);
	x->clear_cookie = st == ST_OK;
	return route_auth_answer(x, st, &call);
}

/* What a person does with his own password: a login session and fields. */
static enum status
begin_own(struct exchange *x, const struct op_field *fields)
{
	enum status st = route_auth_https(x);

	if (st == ST_OK)
		st = exchange_identify(x, NULL);
	if (st == ST_OK && x->cred.kind != CRED_SESSION)
		st = exchange_fail(x, ST_FORBIDDEN,
		    "this needs a login session, not an API key");
	if (st == ST_OK)
		st = route_auth_fields(x, fields);
	return st;
}

enum status
route_auth_password(struct exchange *x)
{
	own_secret struct secret current = { NULL, 0 };
	own_secret struct secret fresh = { NULL, 0 };
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	enum status st = begin_own(x, password_fields);

	if (st != ST_OK)
		return st;
	route_auth_secret(x, "current_password", &current);
	route_auth_secret(x, "new_password", &fresh);
	st = auth_password_change(&call, &x->cred, &current, &fresh);
	return route_auth_answer(x, st, &call);
}

enum status
route_auth_reauth(struct exchange *x)
{
	own_secret struct secret password = { NULL, 0 };
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	enum status st = begin_own(x, reauth_fields);

	if (st != ST_OK)
		return st;
	route_auth_secret(x, "password", &password);
	st = auth_prove(&call, &x->cred, &password);
	return route_auth_answer(x, st, &call);
}
