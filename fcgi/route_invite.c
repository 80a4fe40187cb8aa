/*
 * /api/auth/invite: what an invitation is for, and accepting it.
 *
 * Open, because who comes with one is nobody yet: its token is the right.  The
 * rules and the counting of tries are src/auth/invite.c.
 */
#include "config.h"

#include "fcgi/exchange.h"
#include "fcgi/route_auth.h"
#include "js/js.h"

#define TOKEN_MAX 100
#define NAME_MAX_CHARS 64

static const struct op_field lookup_fields[] = {
	{ .name = "token", .type = F_TEXT, .required = true, .max = TOKEN_MAX },
	{ .name = NULL },
};

static const struct op_field accept_fields[] = {
	{ .name = "token", .type = F_TEXT, .required = true, .max = TOKEN_MAX },
	{ .name = "username",
	    .type = F_TEXT,
	    .nullable = true,
	    .max = NAME_MAX_CHARS },
	{ .name = "password",
	    .type = F_TEXT,
	    .nullable = true,
	    .max = AUTH_PASSWORD_MAX },
	{ .name = NULL },
};

/* Is a person here, by cookie?  Only a clear answer of the database counts. */
static enum status
person_here(struct exchange *x, bool *ret_yes)
{
	enum status st = ST_UNAUTH;

	if (x->cred.kind == CRED_SESSION)
		st = exchange_identify(x, NULL);
	if (st == ST_DB || st == ST_INTERNAL || st == ST_UNAVAILABLE)
		return st;
	*ret_yes = st == ST_OK;
	return ST_OK;
}

enum status
route_invite_lookup(struct exchange *x)
{
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	struct auth_invite invite = { .about = NULL };
	bool here = false;
	enum status st = route_auth_https(x);

	if (st == ST_OK)
		st = route_auth_fields(x, lookup_fields);
	if (st == ST_OK)
		st = person_here(x, &here);
	if (st != ST_OK)
		return st;
	st = auth_invite_try(&call, js_text(x->params, "token"), &invite);
	if (st == ST_OK) {
		x->reply = invite.about;
		js_set_bool(x->reply, "signed_in", here);
		invite.about = NULL;
	} else {
		x->error = call.error;
	}
	auth_invite_done(&invite);
	return st;
}

enum status
route_invite_accept(struct exchange *x)
{
	own_secret struct secret password = { NULL, 0 };
	own_secret struct secret token = { NULL, 0 };
	char agent[ROUTE_AUTH_AGENT];
	struct auth_call call = { .db = x->db, .peer = x->req.peer };
	bool here = false;
	enum status st = route_auth_https(x);

	if (st == ST_OK)
		st = route_auth_fields(x, accept_fields);
	if (st == ST_OK)
		st = person_here(x, &here);
	if (st != ST_OK)
		return st;
	call.user_agent = route_auth_agent(x, agent);
	route_auth_secret(x, "password", &password);
	route_auth_secret(x, "token", &token);
	/* Who gives neither name nor password joins as who he is. */
	if (here && password.len == 0 && js_text(x->params, "username") == NULL)
		st = auth_invite_join(&call, &x->cred, secret_reveal(&token));
	else
		st = auth_invite_accept(&call, secret_reveal(&token),
		    js_text(x->params, "username"), &password);
	return route_auth_answer(x, st, &call);
}
