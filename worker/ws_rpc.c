/*
 * Requests of an open socket.
 *
 * Everything goes through op_run in the pool, with the socket's credential,
 * role and narrowing; the answer is written in the thread.  Reads run side by
 * side.  Writes of one socket run one after the other, in the order in which
 * they came, and nothing overtakes a change of the active session: a client
 * that sends two messages without waiting gets them in that order.
 *
 * subscribe and unsubscribe are about the socket itself and handled here.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "worker/ws_server.h"
#include "ws/frame.h"

#define CALLS_A_SEC 60
#define CALLS_BURST 120
#define INVALID_FRAMES_MAX 20
#define OPERATOR "operator"

struct ws_call {
	struct pool_job job; /* first */
	TAILQ_ENTRY(ws_call) link;
	struct ws_conn *conn;
	struct ws_request req; /* owns the parameters */
	char *active_session;  /* as it was when the call started */
	bool running;
	bool writes;       /* waits for earlier writes */
	bool sets_session; /* everything later waits for it */
	/* out */
	enum status status;
	struct ws_buf *answer;
	struct op_miss miss;
	bool woke;
};

static void take_request(struct ws_conn *c, struct ws_request *req);
static void invalid_frame(struct ws_conn *c);
static bool id_in_flight(const struct ws_conn *c, const char *id);
static void call_new(struct ws_conn *c, struct ws_request *req);
static void calls_start(struct ws_conn *c);
static bool call_start(struct ws_conn *c, struct ws_call *call);
static void call_run(struct pool_job *job, struct db *db);
static void call_done(struct pool_job *job);
static void call_free(struct ws_call *call);
static void busy(struct ws_conn *c, const char *id, const char *why);
static bool is_local(const char *method);
static void run_local(struct ws_conn *c, const struct ws_request *req);
static void error_of(struct ws_conn *c, const char *id, enum status st,
    const char *why);

void
ws_rpc_text(struct ws_conn *c, const char *text, size_t n)
{
	struct ws_request req;

	switch (ws_request_parse(text, n, false, &req)) {
	case WS_FRAME_REQUEST:
		take_request(c, &req);
		break;
	case WS_FRAME_IGNORED:
		break;
	case WS_FRAME_INVALID:
		invalid_frame(c);
		break;
	}
	ws_request_done(&req);
}

void
ws_rpc_done(struct ws_conn *c)
{
	struct ws_call *call, *next;

	for (call = TAILQ_FIRST(&c->calls); call != NULL; call = next) {
		next = TAILQ_NEXT(call, link);
		if (!call->running)
			call_free(call);
	}
}

void
ws_answer_error(struct ws_conn *c, const char *id, struct json_object *error)
{
	own_txt struct txt frame = { 0 };

	ws_response_error(&frame, id, error);
	ws_send_text(c, &frame);
	js_put(&error);
}

/* Whether C could be what DEMAND asks; how fresh it is shows at the call. */
static bool
may_meet(const struct ws_conn *c, unsigned demand)
{
	if (demand != 0 && c->cred.kind != CRED_SESSION)
		return false;
	return (demand & OP_DEMAND_ADMIN) == 0 || c->who.administrator;
}

struct json_object *
ws_rpc_methods(const struct ws_conn *c)
{
	struct json_object *list = json_object_new_array();
	const char *local[] = { "subscribe", "unsubscribe", NULL };
	const char **more = local;
	const struct op *op;

	if (strcmp(c->role, OPERATOR) != 0)
		return list;
	if (!scope_has(c->who.scopes, SCOPE_READ))
		more = &local[2];
	for (op = op_all(); op->name != NULL; op++) {
		for (; *more != NULL && strcmp(*more, op->name) < 0; more++)
			js_push(list, json_object_new_string(*more));
		if (scope_has(c->who.scopes, op->scope) &&
		    may_meet(c, op->demand))
			js_push(list, json_object_new_string(op->name));
	}
	for (; *more != NULL; more++)
		js_push(list, json_object_new_string(*more));
	return list;
}

/* REQ is taken when it becomes a call, and left empty then. */
static void
take_request(struct ws_conn *c, struct ws_request *req)
{
	int64_t wait_ms =
	    ws_bucket_take(&c->requests, CALLS_A_SEC, CALLS_BURST);

	if (wait_ms > 0)
		ws_answer_error(c, req->id,
		    ws_error_json("RATE_LIMITED",
			"too many requests on this connection", true, wait_ms));
	else if (id_in_flight(c, req->id))
		error_of(c, req->id, ST_INVALID,
		    "id is that of a request still running: use a new one");
	else if (strcmp(req->method, "connect") == 0)
		error_of(c, req->id, ST_INVALID, "already connected");
	else if (is_local(req->method))
		run_local(c, req);
	else if (c->call_count >= WS_CALLS_MAX)
		busy(c, req->id, "16 requests are running: wait for one");
	else
		call_new(c, req);
}

static void
invalid_frame(struct ws_conn *c)
{
	own_json struct json_object *payload = js_new();
	own_txt struct txt frame = { 0 };

	js_set_text(payload, "message", "invalid frame");
	ws_event(&frame, "error", payload, 0);
	ws_send_text(c, &frame);
	if (++c->invalid_frames > INVALID_FRAMES_MAX)
		ws_close(c, WSLAY_CODE_POLICY_VIOLATION,
		    "too many invalid frames");
}

static bool
id_in_flight(const struct ws_conn *c, const char *id)
{
	const struct ws_call *call;

	TAILQ_FOREACH(call, &c->calls, link)
	{
		if (strcmp(call->req.id, id) == 0)
			return true;
	}
	return false;
}

static void
call_new(struct ws_conn *c, struct ws_request *req)
{
	struct ws_call *call = mem_zalloc(sizeof(*call));
	const struct op *op = op_find(req->method);

	call->job.run = call_run;
	call->job.done = call_done;
	call->conn = c;
	call->req = *req;
	memset(req, 0, sizeof(*req));
	call->status = ST_UNAVAILABLE;
	call->sets_session = strcmp(call->req.method, "sessions.switch") == 0 ||
	    strcmp(call->req.method, "sessions.resolve") == 0;
	call->writes = call->sets_session || (op != NULL && op->tx == OP_RW);
	ws_params_strip(call->req.params);
	TAILQ_INSERT_TAIL(&c->calls, call, link);
	c->call_count++;
	calls_start(c);
}

/* Starts what may run now, oldest first. */
static void
calls_start(struct ws_conn *c)
{
	struct ws_call *call, *next;
	bool write_ahead = false;

	for (call = TAILQ_FIRST(&c->calls); call != NULL; call = next) {
		bool waits = call->writes && write_ahead;

		next = TAILQ_NEXT(call, link);
		if (!call->running && !waits && !call_start(c, call))
			continue;
		write_ahead |= call->writes;
		if (call->sets_session)
			return;
	}
}

/* False: the pool is full; the caller was told and the call is gone. */
static bool
call_start(struct ws_conn *c, struct ws_call *call)
{
	call->active_session = mem_strdup(c->active_session);
	call->running = true;
	if (ws_job_start(c, &call->job))
		return true;
	busy(c, call->req.id, "the server is busy");
	call_free(call);
	return false;
}

/* In a thread: of the socket only what is fixed while it is open is read. */
static void
call_run(struct pool_job *job, struct db *db)
{
	struct ws_call *call = (struct ws_call *)job;
	const struct ws_conn *c = call->conn;
	struct op_call op = {
		.method = call->req.method,
		.params = call->req.params,
		.cred = c->cred,
		.role = c->role,
		.scope_mask = c->scope_mask,
		.via = VIA_WS,
		.peer = c->peer,
		.active_session = call->active_session,
		.conf = c->server->conf,
		.db = db,
	};
	own_txt struct txt frame = { 0 };

	call->status = op_run(&op);
	if (call->status == ST_OK) {
		ws_response_ok(&frame, call->req.id, op.reply);
	} else {
		struct json_object *error =
		    op_error_rpc(call->status, &op.error);

		ws_response_error(&frame, call->req.id, error);
		js_put(&error);
	}
	call->woke = op.woke;
	op_miss_take(&op, call->status, &call->miss);
	op_call_done(&op);
	call->answer = ws_buf_text(txt_str(&frame), frame.len);
}

static void
call_done(struct pool_job *job)
{
	struct ws_call *call = (struct ws_call *)job;
	struct ws_conn *c = call->conn;
	struct ws_server *s = c->server;
	const char *key = js_text(call->req.params, "key");

	if (call->answer != NULL)
		ws_send(c, call->answer, false);
	else
		busy(c, call->req.id, "the server is stopping");
	ws_note_miss(s, &call->miss);
	if (call->status == ST_OK && call->sets_session && key != NULL) {
		free(c->active_session);
		c->active_session = mem_strdup(key);
	}
	/* Our own commits are known without waiting for a NOTIFY. */
	if (call->writes && call->status == ST_OK)
		hub_wake(s->hub, c->who.account_id);
	if (call->woke && s->on_turns != NULL)
		s->on_turns(s->arg);
	call_free(call);
	if (c->state == WS_OPEN)
		calls_start(c);
	ws_job_end(c);
}

static void
call_free(struct ws_call *call)
{
	TAILQ_REMOVE(&call->conn->calls, call, link);
	call->conn->call_count--;
	ws_request_done(&call->req);
	ws_buf_drop(call->answer);
	op_miss_done(&call->miss);
	free(call->active_session);
	free(call);
}

static void
busy(struct ws_conn *c, const char *id, const char *why)
{
	ws_answer_error(c, id, ws_error_json("UNAVAILABLE", why, true, 100));
}

static bool
is_local(const char *method)
{
	return strcmp(method, "subscribe") == 0 ||
	    strcmp(method, "unsubscribe") == 0;
}

static void
run_local(struct ws_conn *c, const struct ws_request *req)
{
	struct json_object *events = js_get(req->params, "events");
	own_json struct json_object *reply = js_new();
	own_txt struct txt frame = { 0 };
	const char *why = "";
	enum status st;

	if (strcmp(c->role, OPERATOR) != 0) {
		txt_format(&frame, "unauthorized role: %s", c->role);
		error_of(c, req->id, ST_FORBIDDEN, txt_str(&frame));
		return;
	}
	/* Reading is enough: a key that may only read is meant to listen. */
	if (!scope_has(c->who.scopes, SCOPE_READ)) {
		error_of(c, req->id, ST_FORBIDDEN,
		    "missing scope: operator.read");
		return;
	}
	if (strcmp(req->method, "subscribe") == 0)
		st = ws_subs_add(&c->subs, events, &why);
	else
		st = ws_subs_remove(&c->subs, events, &why);
	if (st != ST_OK) {
		error_of(c, req->id, st, why);
		return;
	}
	js_set_text(reply, "subscriptionId", c->log.id);
	js_set(reply, "events", ws_subs_json(&c->subs));
	ws_response_ok(&frame, req->id, reply);
	ws_send_text(c, &frame);
}

static void
error_of(struct ws_conn *c, const char *id, enum status st, const char *why)
{
	struct op_error err = { .message = "" };

	(void)mem_copy_str(err.message, sizeof(err.message), why);
	ws_answer_error(c, id, op_error_rpc(st, &err));
}
