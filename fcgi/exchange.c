/*
 * The order in which a request is judged (S156): form, path, host, method,
 * credential, origin, and only then the body and the operation.
 *
 * Called by loop.c with a request that libfcgi has accepted.  Decides no
 * rights: the operation table and enter() in the database do.  A caller
 * without a valid credential learns the same for every path: 401.
 */
#include "config.h"

#include "fcgi/exchange.h"

#include <string.h>

#include "audit/audit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "http/bearer.h"
#include "http/cookie.h"
#include "http/media.h"
#include "http/origin.h"
#include "op/op_enter.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"

/* Requests of one address without a valid credential, a minute (S223). */
#define STRANGER_WINDOW_SECS 60
#define STRANGER_MAX_AUTH 120
#define STRANGER_MAX_API 180

enum status
exchange_fail(struct exchange *x, enum status st, const char *message)
{
	(void)mem_copy_str(x->error.message, sizeof(x->error.message), message);
	return st;
}

enum status
exchange_identify(struct exchange *x, struct op_principal *ret_who)
{
	const struct op_entry entry = { .cred = &x->cred, .peer = x->req.peer };
	struct op_principal who;
	enum status st = x->cred.kind == CRED_NONE ? exchange_shut(x) : ST_OK;

	if (st != ST_OK)
		return st;
	st = op_identify(x->db, &entry, &who, &x->error);
	if (st != ST_OK)
		return st;
	if (x->cred.kind == CRED_NONE)
		return ST_UNAUTH;
	x->rotate = who.rotate;
	if (ret_who != NULL)
		*ret_who = who;
	return ST_OK;
}

enum status
exchange_refuse(struct exchange *x, enum status st)
{
	struct op_error error = x->error;
	enum status known = exchange_identify(x, NULL);

	if (known != ST_OK)
		return known;
	x->error = error;
	return st;
}

/* The limit of strangers on this path; SUBJECT is the caller's address. */
static struct auth_limit
stranger_limit(const struct exchange *x, char subject[AUTH_PEER_KEY])
{
	bool auth = strncmp(x->req.path.text, "/api/auth/", 10) == 0;

	auth_peer_key(x->req.peer, subject);
	return (struct auth_limit){
		.class_name = auth ? "rest.auth" : "rest.api",
		.subject = subject,
		.max = auth ? STRANGER_MAX_AUTH : STRANGER_MAX_API,
		.window_secs = STRANGER_WINDOW_SECS,
	};
}

enum status
exchange_shut(struct exchange *x)
{
	char subject[AUTH_PEER_KEY];
	const struct auth_limit limit = stranger_limit(x, subject);
	int secs = auth_shut_secs(limit.class_name, subject);

	if (secs == 0)
		return ST_OK;
	x->error.retry_after_secs = secs;
	return exchange_fail(x, ST_LIMIT,
	    "too many requests from this address, try again later");
}

enum status
exchange_stranger(struct exchange *x, enum status st)
{
	char subject[AUTH_PEER_KEY];
	const struct auth_limit limit = stranger_limit(x, subject);
	struct op_error error;
	enum status verdict;

	verdict = auth_throttle(x->db, &limit, &error);
	if (verdict == ST_OK)
		return st;
	x->error = error;
	return verdict;
}

static enum status
check_host(struct exchange *x)
{
	if (x->req.host == NULL || x->req.host[0] == '\0')
		return exchange_fail(x, ST_INVALID,
		    "a Host header is required");
	if (!conf_host_allowed(x->conf, x->req.host))
		return ST_MISDIRECTED;
	return ST_OK;
}

/* Bearer decides over cookie, and a bad one never falls back (S139). */
static enum status
read_credential(struct exchange *x)
{
	char token[AUTH_TOKEN_TEXT];
	const char *key;
	enum status st;

	switch (http_bearer_parse(x->req.authorization, &key)) {
	case HTTP_BEARER_OK:
		if (!auth_cred_from_key(key, &x->cred))
			x->cred.kind = CRED_NONE;
		return ST_OK;
	case HTTP_BEARER_BAD:
		return ST_OK;
	case HTTP_BEARER_ABSENT:
		break;
	}
	st = http_cookie_find(x->req.cookie, EXCHANGE_COOKIE, token,
	    sizeof(token));
	if (st == ST_INVALID)
		return exchange_fail(x, st,
		    "the Cookie header is too long or given twice");
	x->by_cookie = x->req.cookie != NULL &&
	    strstr(x->req.cookie, EXCHANGE_COOKIE "=") != NULL;
	if (st == ST_OK && !auth_cred_from_token(token, &x->cred))
		x->cred.kind = CRED_NONE;
	bytes_wipe(token, sizeof(token));
	return ST_OK;
}

static enum http_origin
origin_of(const struct exchange *x)
{
	if (x->req.origin == NULL)
		return HTTP_ORIGIN_ABSENT;
	return conf_origin_allowed(x->conf, x->req.origin)
	    ? HTTP_ORIGIN_OURS
	    : HTTP_ORIGIN_FOREIGN;
}

/* The origin of the page in Referer: scheme://host[:port] before its path. */
static bool
has_other_referer(const struct exchange *x)
{
	const char *page = x->req.referer;
	const char *host = page != NULL ? strstr(page, "://") : NULL;
	char origin[300];
	size_t n;

	if (page == NULL)
		return false;
	if (host == NULL)
		return true;
	n = (size_t)(host - page) + 3;
	n += strcspn(page + n, "/?#");
	if (n >= sizeof(origin))
		return true;
	memcpy(origin, page, n);
	origin[n] = '\0';
	return !conf_origin_allowed(x->conf, origin);
}

/* Told to the owner of the cookie, once the answer is out. */
static void
keep_origin(struct exchange *x)
{
	const char *origin = x->req.origin != NULL ? x->req.origin : "";
	size_t n = strlen(origin);

	if (!utf8_check(origin, n))
		n = 0;
	n = utf8_cut(origin, n, sizeof(x->foreign_origin) - 1);
	memcpy(x->foreign_origin, origin, n);
	if (n == 0)
		memcpy(x->foreign_origin, "unknown", sizeof("unknown"));
}

static enum status
check_origin(struct exchange *x)
{
	const struct route *route = x->match.route;
	struct http_origin_facts facts = {
		.origin = origin_of(x),
		.site = http_site_parse(x->req.fetch_site),
		.changes_state = http_method_changes(x->req.method),
		.other_referer = has_other_referer(x),
		.is_post = x->req.method == HTTP_POST,
		.by_cookie =
		    x->by_cookie && (route == NULL || !route->ignores_cookie),
		.has_body = x->req.length > 0,
		.is_json = route != NULL && route->takes_bytes
		    ? http_media_is_bytes(x->req.content_type)
		    : http_media_is_json(x->req.content_type),
	};

	switch (http_origin_decide(&facts)) {
	case HTTP_ORIGIN_PASS:
		break;
	case HTTP_ORIGIN_REFUSE_FOREIGN:
		keep_origin(x);
		return exchange_fail(x, ST_FORBIDDEN,
		    "cross-origin requests are not allowed");
	case HTTP_ORIGIN_REFUSE_UNKNOWN:
		return exchange_fail(x, ST_FORBIDDEN,
		    "a request that changes something by cookie needs an "
		    "Origin header");
	case HTTP_ORIGIN_REFUSE_MEDIA:
		if (route != NULL && route->takes_bytes)
			return exchange_fail(x, ST_MEDIA_TYPE,
			    "send the file as application/octet-stream");
		return ST_MEDIA_TYPE;
	}
	if (!facts.changes_state && facts.has_body)
		return exchange_fail(x, ST_INVALID,
		    "a GET request takes no body");
	return ST_OK;
}

static enum status
fail_js(struct exchange *x, const struct js_error *err)
{
	(void)mem_copy_str(x->error.field, sizeof(x->error.field), err->field);
	return exchange_fail(x, ST_INVALID, err->why);
}

enum status
exchange_body(struct exchange *x)
{
	struct js_error err = { "", "" };
	const char *why = "";
	enum status st;

	st = request_body(x->fcgi, &x->req, &x->body, &why);
	if (st != ST_OK)
		return exchange_fail(x, st, why);
	if (x->body.len == 0) {
		x->params = js_new();
		return ST_OK;
	}
	if (js_parse(secret_reveal(&x->body), x->body.len, &x->params, &err) !=
	    ST_OK)
		return fail_js(x, &err);
	if (json_object_is_type(x->params, json_type_object))
		return ST_OK;
	js_put(&x->params);
	return exchange_fail(x, ST_INVALID, "the body must be a JSON object");
}

enum status
exchange_call_raw(struct exchange *x, const char *method,
    struct json_object *params, struct op_raw *raw)
{
	struct op_call call = {
		.method = method,
		.params = params,
		.cred = x->cred,
		.via = VIA_REST,
		.peer = x->req.peer,
		.conf = x->conf,
		.db = x->db,
		.raw = raw,
	};
	enum status st = op_run(&call);

	if (st == ST_OK) {
		x->reply = call.reply;
		call.reply = NULL;
		x->rotate = call.who.rotate;
	} else {
		x->error = call.error;
	}
	op_miss_done(&x->miss);
	op_miss_take(&call, st, &x->miss);
	op_call_done(&call);
	return st;
}

enum status
exchange_call(struct exchange *x, const char *method,
    struct json_object *params)
{
	return exchange_call_raw(x, method, params, NULL);
}

/* Body, path and query become one object; no name may come twice. */
enum status
exchange_gather(struct exchange *x)
{
	const struct route_match *match = &x->match;
	struct js_error err = { "", "" };
	enum status st = ST_OK;
	int i;

	if (http_method_changes(x->req.method) && !match->route->takes_bytes)
		st = exchange_body(x);
	else
		x->params = js_new();
	if (st != ST_OK)
		return st;
	for (i = 0; i < match->arg_count; i++) {
		const struct route_arg *arg = &match->args[i];

		if (json_object_object_get_ex(x->params, arg->name, NULL)) {
			(void)mem_copy_str(err.field, sizeof(err.field),
			    arg->name);
			(void)mem_copy_str(err.why, sizeof(err.why),
			    "the path gives this already");
			return fail_js(x, &err);
		}
		js_set_text(x->params, arg->name, arg->value);
	}
	st = http_query_params(x->req.path.query, match->route->query,
	    x->params, &err);
	if (st != ST_OK)
		return fail_js(x, &err);
	if (match->route->set_true != NULL)
		js_set_bool(x->params, match->route->set_true, true);
	return ST_OK;
}

/* Without a credential nothing of the body is read. */
static enum status
run_operation(struct exchange *x)
{
	const struct route *route = x->match.route;
	enum status st;

	if (x->cred.kind == CRED_NONE)
		return exchange_identify(x, NULL);
	if (route->handle != NULL)
		return route->handle(x);
	st = exchange_gather(x);
	if (st != ST_OK)
		return exchange_refuse(x, st);
	st = exchange_call(x, route->op, x->params);
	if (st == ST_OK && route->says_ok && x->reply == NULL)
		x->reply = js_new();
	if (st == ST_OK && route->says_ok)
		js_set_bool(x->reply, "ok", true);
	return st;
}

/* Nothing at this path, or not with this method. */
static enum status
no_route(struct exchange *x)
{
	enum status st = ST_OK;

	if (strncmp(x->req.path.text, "/api/", 5) == 0 && !x->match.is_open)
		st = exchange_identify(x, NULL);
	if (st != ST_OK)
		return st;
	return x->match.methods != 0 ? ST_METHOD : ST_NOT_FOUND;
}

static enum status
judge(struct exchange *x)
{
	const struct route *route = x->match.route;
	enum status st;

	if (route == NULL || !route->any_host) {
		st = check_host(x);
		if (st != ST_OK)
			return st;
	}
	if (x->req.method == HTTP_OPTIONS) {
		x->no_content = true;
		return ST_OK;
	}
	if (x->req.method == HTTP_OTHER)
		return ST_METHOD;
	st = read_credential(x);
	if (st != ST_OK)
		return st;
	if (route == NULL || !route->any_host) {
		st = check_origin(x);
		if (st != ST_OK)
			return st;
	}
	if (route == NULL)
		return no_route(x);
	return route->op != NULL ? run_operation(x) : route->handle(x);
}

/* A cookie is good for a day, its session goes on with another one.  Failing
 * costs nothing: the next request tries again. */
static void
rotate_cookie(struct exchange *x)
{
	struct auth_call call = { .db = x->db, .peer = x->req.peer };

	if (!x->rotate || !x->by_cookie || x->clear_cookie ||
	    x->token[0] != '\0' || auth_rotate(&call, &x->cred) != ST_OK)
		return;
	memcpy(x->token, call.token, sizeof(x->token));
	bytes_wipe(call.token, sizeof(call.token));
}

static enum status
answer(struct exchange *x)
{
	const char *why = "";
	enum status st;

	/* libfcgi takes a connection that ends among the parameters for a
	 * complete request: headers may be missing from it. */
	if (FCGX_GetError(x->fcgi->in) != 0)
		return exchange_fail(x, ST_INVALID,
		    "the request did not arrive whole");
	st = http_request_read(x->fcgi->envp, &x->req, &why);
	if (st != ST_OK)
		return exchange_fail(x, st, why);
	if (x->req.request_id != NULL)
		(void)mem_copy_str(x->request_id, sizeof(x->request_id),
		    x->req.request_id);
	routes_match(routes_table, x->req.path.text, x->req.method, &x->match);
	if (x->req.length > HTTP_BODY_MAX &&
	    (x->match.route == NULL || !x->match.route->takes_bytes))
		return exchange_fail(x, ST_TOO_LARGE,
		    "the body must not exceed 2 MiB");
	st = judge(x);
	if (st == ST_UNAUTH || st == ST_SETUP_REQUIRED)
		st = exchange_stranger(x, st);
	if (st == ST_OK)
		rotate_cookie(x);
	return st;
}

/* What libpq itself says of a connection; the server's text may quote
 * values, so of that only the code is logged. */
static const char *
db_detail(const struct db_error *db)
{
	if (db->sqlstate[0] == '\0' || strncmp(db->sqlstate, "08", 2) == 0)
		return db->detail;
	return "";
}

/* One line for what the operator has to look at.  The route's pattern, not
 * the path: paths hold names that people chose. */
static void
log_failure(const struct exchange *x, enum status st)
{
	const struct db_error *db = db_last_error(x->db);
	struct log_ctx ctx = { .component = "fcgi" };
	const struct route *route = x->match.route;

	/* Told to come again for lack of room: a flood must not fill the log. */
	if (status_get(st)->http < 500 || st == ST_UNAVAILABLE)
		return;
	(void)mem_copy_str(ctx.id, sizeof(ctx.id), x->request_id);
	log_info(&ctx, "request failed",
	    "status=%d method=%s route=%s sqlstate=%s detail=\"%s\"",
	    status_get(st)->http, http_method_name(x->req.method),
	    route != NULL ? route->pattern : "-",
	    st == ST_DB ? db->sqlstate : "", st == ST_DB ? db_detail(db) : "");
}

/* What would take longer for some requests than for others.  The edge has the
 * whole answer now. */
static void
afterwards(struct exchange *x, const char *peer)
{
	if (x->miss.ids != NULL)
		op_miss_note(x->db, &x->miss);
	if (x->foreign_origin[0] != '\0')
		audit_origin_rejected(x->db, &x->cred, x->foreign_origin,
		    "rest", peer);
	op_miss_done(&x->miss);
}

void
exchange_serve(const struct conf *conf, struct db *db, FCGX_Request *fcgi)
{
	struct exchange x = { .conf = conf, .db = db, .fcgi = fcgi };
	char peer[64];
	enum status st;

	x.req.method = HTTP_OTHER;
	uuid_new(x.request_id);
	st = answer(&x);
	if (!x.is_sent)
		reply_send(&x, st);
	log_failure(&x, st);
	(void)mem_copy_str(peer, sizeof(peer),
	    x.req.peer != NULL ? x.req.peer : "");
	FCGX_Finish_r(fcgi); /* x.req points into it: not used any more */
	afterwards(&x, peer);
	bytes_wipe(x.token, sizeof(x.token));
	bytes_wipe(&x.cred, sizeof(x.cred));
	secret_done(&x.body);
	js_put(&x.params);
	js_put(&x.reply);
}
