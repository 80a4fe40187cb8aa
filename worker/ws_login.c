/*
 * `connect`: from an admitted socket to one with an identity.
 *
 * One credential decides: the bearer of the upgrade when there was one, even
 * a bad one; else the cookie; else auth.api_key or auth.token; else a
 * password, which makes a login session that ends with the socket.  The pool
 * asks the database; what it answers is told in hello-ok.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/mem.h"
#include "event/feed.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "worker/hub_int.h"
#include "worker/ws_server.h"
#include "ws/connect.h"
#include "ws/frame.h"
#include "ws/wire.h"

#define EARLY_MAX 64 /* messages; one read holds no more useful ones */

/* A message that came while connect was being answered. */
struct ws_early {
	STAILQ_ENTRY(ws_early) next;
	size_t len;
	char text[];
};

struct login_job {
	struct pool_job job; /* first */
	struct ws_conn *conn;
	/* in */
	char *id;            /* of the request */
	struct op_cred cred; /* CRED_NONE: by password */
	char *username;      /* or NULL */
	struct secret password;
	char peer[WS_PEER_BYTES];
	char *user_agent;
	unsigned scope_mask;
	char *role;
	int64_t last_seq;
	bool v4;
	int protocol;
	unsigned auth_serial;
	/* out */
	enum status status;
	struct op_error error;
	struct op_principal who;
	bool made_login;
	int64_t head, oldest;
};

/* A login to end when its socket has ended. */
struct logout_job {
	struct pool_job job;
	struct op_cred cred;
};

static bool choose_credential(const struct ws_conn *c,
    const struct ws_connect *in, struct login_job *j);
static void refuse(struct ws_conn *c, const char *id, enum status st,
    const char *why);
static void job_run(struct pool_job *job, struct db *db);
static void by_password(struct login_job *j, struct db *db);
static void read_head(struct login_job *j, struct db *db);
static void job_done(struct pool_job *job);
static void job_free(struct login_job *j);
static void finish(struct ws_conn *c, struct login_job *j);
static void fail(struct ws_conn *c, struct login_job *j);
static void open_conn(struct ws_conn *c, struct login_job *j);
static bool resumes(const struct login_job *j);
static void hello(struct ws_conn *c, const struct login_job *j, bool resumed);
static struct json_object *hello_events(const struct ws_conn *c);
static void take_early(struct ws_conn *c);
static void logout(struct ws_conn *c, const struct op_cred *cred);
static void logout_run(struct pool_job *job, struct db *db);
static void logout_done(struct pool_job *job);

void
ws_login_start(struct ws_conn *c, const char *text, size_t n)
{
	char why[WS_CONNECT_WHY_BYTES];
	struct ws_request req;
	struct ws_connect in;
	struct login_job *j;

	if (ws_request_parse(text, n, true, &req) != WS_FRAME_REQUEST ||
	    strcmp(req.method, "connect") != 0) {
		/* No word about what is here before connect. */
		ws_request_done(&req);
		ws_close(c, WSLAY_CODE_PROTOCOL_ERROR, "");
		return;
	}
	if (ws_connect_parse(req.params, &in, why) != ST_OK ||
	    ws_connect_agree(&in, why) != ST_OK) {
		refuse(c, req.id, ST_INVALID, why);
		ws_close(c, WSLAY_CODE_PROTOCOL_ERROR, "");
		ws_request_done(&req);
		return;
	}
	log_debug(&c->log, "connect", "client=\"%s\" version=\"%s\"",
	    in.client_id, in.client_version);
	j = mem_zalloc(sizeof(*j));
	j->job.run = job_run;
	j->job.done = job_done;
	j->conn = c;
	j->status = ST_UNAVAILABLE;
	j->id = mem_strdup(req.id);
	j->scope_mask = in.scope_mask;
	j->role = mem_strdup(in.role);
	j->last_seq = in.last_seq;
	j->v4 = in.v4;
	j->protocol = in.protocol;
	j->auth_serial = hub_serial(c->server->hub);
	ws_enter(c, WS_IDENTIFY);
	if (!choose_credential(c, &in, j)) {
		j->status = ST_UNAUTH;
		fail(c, j);
		job_free(j);
	} else if (!ws_job_start(c, &j->job)) {
		fail(c, j);
		job_free(j);
	}
	ws_request_done(&req);
}

void
ws_early_keep(struct ws_conn *c, const char *text, size_t n)
{
	struct ws_early *e;
	size_t count = 0;

	STAILQ_FOREACH(e, &c->early, next) count++;
	if (count >= EARLY_MAX) {
		ws_close(c, WSLAY_CODE_POLICY_VIOLATION,
		    "too many requests before the answer to connect");
		return;
	}
	e = mem_zalloc(sizeof(*e) + n);
	e->len = n;
	memcpy(e->text, text, n);
	STAILQ_INSERT_TAIL(&c->early, e, next);
}

void
ws_login_forget(struct ws_conn *c)
{
	struct ws_early *e;

	while ((e = STAILQ_FIRST(&c->early)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->early, next);
		free(e);
	}
	if (c->owns_login)
		logout(c, &c->cred);
	c->owns_login = false;
}

/* False: nothing that could be a credential. */
static bool
choose_credential(const struct ws_conn *c, const struct ws_connect *in,
    struct login_job *j)
{
	const char *key = in->api_key != NULL ? in->api_key : in->token;

	(void)mem_copy_str(j->peer, sizeof(j->peer), c->peer);
	if (c->bearer_given || c->cred.kind != CRED_NONE) {
		j->cred = c->cred;
		return c->cred.kind != CRED_NONE;
	}
	if (key != NULL)
		return auth_cred_from_key(key, &j->cred);
	if (in->password == NULL)
		return false;
	secret_set(&j->password, in->password, strlen(in->password));
	j->username = mem_strdup(in->username);
	j->user_agent = mem_strdup(c->user_agent);
	return true;
}

static void
job_run(struct pool_job *job, struct db *db)
{
	struct login_job *j = (struct login_job *)job;
	const struct op_entry entry = {
		.cred = &j->cred,
		.mask = j->scope_mask,
		.peer = j->peer,
	};

	j->status = ST_OK;
	if (j->cred.kind == CRED_NONE)
		by_password(j, db);
	if (j->status == ST_OK)
		j->status = op_identify(db, &entry, &j->who, &j->error);
	if (j->status != ST_OK)
		return;
	/* The token is replaced every day, the socket goes on. */
	if (j->who.has_socket_hash)
		memcpy(j->cred.hash, j->who.socket_hash, sizeof(j->cred.hash));
	read_head(j, db);
}

static void
by_password(struct login_job *j, struct db *db)
{
	struct auth_call call = {
		.db = db,
		.peer = j->peer,
		.user_agent = j->user_agent,
	};

	j->status = auth_login(&call, j->username, &j->password);
	if (j->status != ST_OK) {
		j->error = call.error;
		return;
	}
	j->made_login = true;
	if (!auth_cred_from_token(call.token, &j->cred))
		j->status = ST_INTERNAL;
	bytes_wipe(call.token, sizeof(call.token));
}

/* Where the account's events stand; with LAST_SEQ, whether what followed is
 * still there. */
static void
read_head(struct login_job *j, struct db *db)
{
	struct feed_page page = {
		.after_seq = j->last_seq >= 0 ? j->last_seq : INT64_MAX,
		.max = 1,
	};

	j->status = feed_fetch(db, &j->cred, &page, &j->error);
	if (j->status != ST_OK)
		return;
	j->head = page.head;
	j->oldest = page.oldest;
	js_put(&page.events);
}

static void
job_done(struct pool_job *job)
{
	struct login_job *j = (struct login_job *)job;
	struct ws_conn *c = j->conn;

	if (c->state == WS_IDENTIFY)
		finish(c, j);
	else if (j->made_login)
		logout(c, &j->cred);
	ws_job_end(c);
	job_free(j);
}

static void
job_free(struct login_job *j)
{
	free(j->id);
	free(j->username);
	free(j->user_agent);
	free(j->role);
	secret_done(&j->password);
	bytes_wipe(&j->cred, sizeof(j->cred));
	free(j);
}

static void
finish(struct ws_conn *c, struct login_job *j)
{
	if (j->status == ST_OK &&
	    !ws_tally_take(c->server->users, j->who.user_id,
		c->server->limits->sockets_of_user)) {
		j->status = ST_LIMIT;
		(void)mem_copy_str(j->error.message, sizeof(j->error.message),
		    "too many open connections of this user");
	}
	if (j->status != ST_OK) {
		if (j->made_login)
			logout(c, &j->cred);
		fail(c, j);
		return;
	}
	open_conn(c, j);
}

static void
fail(struct ws_conn *c, struct login_job *j)
{
	unsigned code = WSLAY_CODE_POLICY_VIOLATION;

	if (j->status == ST_UNAUTH)
		(void)mem_copy_str(j->error.message, sizeof(j->error.message),
		    "authentication failed");
	else if (j->status == ST_DB || j->status == ST_UNAVAILABLE)
		code = WS_CODE_TRY_AGAIN;
	log_warn(&c->log, "connect refused", "peer=%s reason=\"%s\"", c->peer,
	    j->error.message);
	ws_answer_error(c, j->id, op_error_rpc(j->status, &j->error));
	ws_close(c, code,
	    j->status == ST_UNAUTH ? "authentication failed"
				   : "connect refused");
}

static void
refuse(struct ws_conn *c, const char *id, enum status st, const char *why)
{
	struct op_error err = { .message = "" };

	(void)mem_copy_str(err.message, sizeof(err.message), why);
	log_info(&c->log, "connect refused", "reason=\"%s\"", why);
	ws_answer_error(c, id, op_error_rpc(st, &err));
}

static void
open_conn(struct ws_conn *c, struct login_job *j)
{
	bool resumed = resumes(j);

	ws_stranger_known(c);
	c->is_counted = true;
	c->cred = j->cred;
	c->owns_login = j->made_login;
	c->who = j->who;
	c->scope_mask = j->scope_mask;
	c->role = j->role;
	j->role = NULL;
	(void)mem_copy_str(c->log.account, sizeof(c->log.account),
	    c->who.account_id);
	ws_subs_done(&c->subs);
	ws_subs_init(&c->subs, !j->v4);
	c->head_seq = j->head;
	c->sent_seq = resumed ? j->last_seq : j->head;
	c->auth_serial = j->auth_serial;
	free(c->user_agent);
	c->user_agent = NULL;
	ws_enter(c, WS_OPEN);
	log_info(&c->log, "connected", "user=%s peer=%s protocol=%d",
	    c->who.user_id, c->peer, j->protocol);
	hello(c, j, resumed);
	hub_join(c->server->hub, c);
	take_early(c);
	ws_resume(c);
}

/* A client that is too far behind, or ahead because it knows another
 * database, reads everything again. */
static bool
resumes(const struct login_job *j)
{
	return j->last_seq >= 0 && j->last_seq <= j->head &&
	    j->last_seq >= j->oldest - 1 &&
	    j->head - j->last_seq <= HUB_REPLAY_MAX;
}

static void
hello(struct ws_conn *c, const struct login_job *j, bool resumed)
{
	own_json struct json_object *h = js_new();
	own_txt struct txt frame = { 0 };
	struct json_object *o;

	js_set_text(h, "type", "hello-ok");
	js_set_int(h, "protocol", j->protocol);
	js_set(h, "server", o = js_new());
	js_set_text(o, "version", PACKAGE_VERSION);
	js_set_text(o, "connId", c->log.id);
	js_set(h, "features", o = js_new());
	js_set(o, "methods", ws_rpc_methods(c));
	js_set(o, "events", hello_events(c));
	js_set(h, "snapshot", o = js_new());
	js_set_int(o, "seq", j->head);
	js_set_bool(o, "resumed", resumed);
	js_set(h, "auth", o = js_new());
	js_set_text(o, "deviceToken", "");
	js_set_text(o, "role", c->role);
	js_set(o, "scopes", scope_json(c->who.scopes));
	js_set_int(o, "issuedAtMs", clock_wall_ms());
	js_set(h, "policy", o = js_new());
	js_set_int(o, "maxPayload", WS_MAX_MESSAGE_BYTES);
	js_set_int(o, "maxBufferedBytes", WS_MAX_QUEUED_BYTES);
	js_set_int(o, "tickIntervalMs", WS_TICK_MS);
	ws_response_ok(&frame, j->id, h);
	ws_send_text(c, &frame);
}

/* The events of the operations, and those of the connection and of turns;
 * only what this socket may get. */
static struct json_object *
hello_events(const struct ws_conn *c)
{
	struct json_object *list = json_object_new_array();
	const struct op *op, *before;
	bool reads = scope_has(c->who.scopes, SCOPE_READ);

	if (reads)
		js_push(list, json_object_new_string("chat"));
	js_push(list, json_object_new_string("error"));
	for (op = op_all(); op->name != NULL; op++) {
		enum scope scope = op->event_scope != SCOPE_NONE
		    ? op->event_scope
		    : SCOPE_READ;

		if (op->event == NULL || strcmp(op->event, "chat") == 0 ||
		    !scope_has(c->who.scopes, scope))
			continue;
		for (before = op_all(); before != op; before++) {
			if (before->event != NULL &&
			    strcmp(before->event, op->event) == 0)
				break;
		}
		if (before == op)
			js_push(list, json_object_new_string(op->event));
	}
	js_push(list, json_object_new_string("shutdown"));
	js_push(list, json_object_new_string("tick"));
	return list;
}

static void
take_early(struct ws_conn *c)
{
	struct ws_early *e;

	while (c->state == WS_OPEN && (e = STAILQ_FIRST(&c->early)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->early, next);
		ws_rpc_text(c, e->text, e->len);
		free(e);
	}
}

/* When the worker is stopping the session stays until it expires. */
static void
logout(struct ws_conn *c, const struct op_cred *cred)
{
	struct logout_job *j;

	if (c->server->pool == NULL)
		return;
	j = mem_zalloc(sizeof(*j));
	j->job.run = logout_run;
	j->job.done = logout_done;
	j->cred = *cred;
	if (pool_submit(c->server->pool, &j->job) != ST_OK)
		free(j);
}

static void
logout_run(struct pool_job *job, struct db *db)
{
	struct logout_job *j = (struct logout_job *)job;
	struct auth_call call = { .db = db };

	if (auth_logout(&call, &j->cred) != ST_OK)
		log_warn(NULL, "a login of a closed socket was not ended",
		    "reason=\"%s\"", call.error.message);
}

static void
logout_done(struct pool_job *job)
{
	free(job);
}
