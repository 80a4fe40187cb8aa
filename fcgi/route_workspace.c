/*
 * Files of a session's workspace over REST.
 *
 * An operation writes down what is wanted; a worker does it; this waits a
 * little for the result and moves the bytes between the client and the
 * database, a piece at a time.  What is waited for holds a thread, so only a
 * quarter of a process's threads may do it: the rest of the deployment goes on
 * whatever happens to files.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/own.h"
#include "js/js.h"
#include "op/op_raw.h"
#include "workspace/workspace.h"
#include "fcgi/exchange.h"
#include "fcgi/reply.h"

#define WAIT_MS 10000
#define FIRST_PAUSE_MS 20
#define LONGEST_PAUSE_MS 250
#define BUSY_RETRY_SECS 2
#define LATE_RETRY_SECS 5

/* Threads of this process that serve a file now. */
static atomic_int serving;

static bool
place_take(const struct conf *conf)
{
	int most = conf->fcgi_threads / 4;

	if (atomic_fetch_add(&serving, 1) < (most < 1 ? 1 : most))
		return true;
	atomic_fetch_sub(&serving, 1);
	return false;
}

static enum status
fail_busy(struct exchange *x)
{
	x->error.retry_after_secs = BUSY_RETRY_SECS;
	return exchange_fail(x, ST_UNAVAILABLE,
	    "too many files are on their way: try again in a moment");
}

/* One operation; PARAMS is taken, the reply is the caller's. */
static enum status
run(struct exchange *x, const char *method, struct json_object *params,
    struct op_raw *raw, struct json_object **ret)
{
	enum status st = exchange_call_raw(x, method, params, raw);

	js_put(&params);
	*ret = x->reply;
	x->reply = NULL;
	return st;
}

static struct json_object *
id_params(const char *id)
{
	struct json_object *o = js_new();

	js_set_text(o, "id", id);
	return o;
}

/* Nobody comes for it any more.  What cannot be dropped ends by itself. */
static void
forget(struct exchange *x, const char *id)
{
	struct op_error error = x->error;
	struct json_object *reply = NULL;
	struct op_raw raw = { .in = NULL };

	(void)!run(x, "workspace.forget", id_params(id), &raw, &reply);
	js_put(&reply);
	x->error = error;
}

/* Begins METHOD with what path and query say. */
static enum status
begin(struct exchange *x, const char *method, char id[UUID_TEXT])
{
	struct json_object *reply = NULL;
	enum status st;

	st = run(x, method, json_object_get(x->params), NULL, &reply);
	if (st == ST_OK && !mem_copy_str(id, UUID_TEXT, js_text(reply, "id")))
		st = ST_INTERNAL;
	js_put(&reply);
	return st;
}

static bool
is_over(struct json_object *result)
{
	return js_get(result, "ok") != NULL;
}

/* The result of the transfer, as soon as it is over; ST_UNAVAILABLE when it
 * takes too long.  A transfer that failed is a failure of this request. */
static enum status
await(struct exchange *x, const char *id, struct json_object **ret)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	struct op_raw raw = { .in = NULL };
	long pause_ms = FIRST_PAUSE_MS;
	enum status st;

	for (;;) {
		const struct timespec pause = { .tv_nsec = pause_ms * 1000000 };

		st = run(x, "workspace.result", id_params(id), &raw, ret);
		if (st != ST_OK || is_over(*ret))
			break;
		js_put(ret);
		if (clock_mono_ms() >= until) {
			x->error.retry_after_secs = LATE_RETRY_SECS;
			return exchange_fail(x, ST_UNAVAILABLE,
			    "the files of this session cannot be reached right "
			    "now: try again later");
		}
		(void)nanosleep(&pause, NULL);
		pause_ms = pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS
							   : pause_ms * 2;
	}
	if (st == ST_OK && !js_bool(*ret, "ok", false)) {
		st = (enum status)js_int(*ret, "status", ST_INTERNAL);
		(void)exchange_fail(x, st, js_text(*ret, "error"));
	}
	return st;
}

static void
reply_add(struct exchange *x, struct json_object *result, const char *key)
{
	if (js_get(result, key) != NULL)
		js_set(x->reply, key, json_object_get(js_get(result, key)));
}

/* {ok, path, entries?, truncated?, size?} */
static void
reply_make(struct exchange *x, struct json_object *result)
{
	x->reply = js_new();
	js_set_bool(x->reply, "ok", true);
	reply_add(x, result, "sessionKey");
	reply_add(x, result, "path");
	reply_add(x, result, "entries");
	reply_add(x, result, "truncated");
	reply_add(x, result, "size");
}

/* Asks, waits, and answers with the result as JSON. */
static enum status
serve_plain(struct exchange *x, const char *method)
{
	struct json_object *result = NULL;
	char id[UUID_TEXT];
	enum status st = begin(x, method, id);

	if (st != ST_OK)
		return st;
	st = await(x, id, &result);
	forget(x, id);
	if (st == ST_OK)
		reply_make(x, result);
	js_put(&result);
	return st;
}

/* The bytes of a finished download.  The length was promised in the head: a
 * client sees by it when they end too early. */
static void
send_pieces(struct exchange *x, const char *id, int64_t pieces)
{
	for (int64_t i = 0; i < pieces; i++) {
		struct json_object *params = id_params(id), *reply = NULL;
		struct op_raw raw = { .in = NULL };
		enum status st;
		bool more = false;

		js_set_int(params, "index", i);
		st = run(x, "workspace.read", params, &raw, &reply);
		js_put(&reply);
		if (st == ST_OK && raw.out != NULL)
			more = reply_write(x, raw.out, raw.out_bytes);
		free(raw.out);
		if (!more)
			return;
	}
}

static enum status
serve_file(struct exchange *x)
{
	struct json_object *result = NULL;
	char id[UUID_TEXT];
	const char *path, *name;
	enum status st = begin(x, "workspace.get", id);

	if (st != ST_OK)
		return st;
	st = await(x, id, &result);
	if (st == ST_OK) {
		path = js_text(result, "path");
		name = strrchr(path, '/');
		reply_start(x,
		    &(struct reply_file){ .type = "application/octet-stream",
			.name = name == NULL ? path : name + 1,
			.length = js_int(result, "size", 0) });
		if (x->req.method != HTTP_HEAD)
			send_pieces(x, id, js_int(result, "pieces", 0));
	}
	js_put(&result);
	forget(x, id);
	return st;
}

/* Did the body end where Content-Length says? */
static enum status
check_end(struct exchange *x)
{
	if (FCGX_GetChar(x->fcgi->in) != EOF)
		return exchange_fail(x, ST_INVALID,
		    x->req.has_length
			? "the body is longer than Content-Length says"
			: "a body needs a Content-Length");
	if (FCGX_GetError(x->fcgi->in) != 0)
		return exchange_fail(x, ST_INVALID,
		    "the body did not arrive whole");
	return ST_OK;
}

/* Reads the whole body into the transfer, a piece at a time through BUFFER.
 * The last piece is added only when nothing follows it: with it the upload
 * counts. */
static enum status
store_body(struct exchange *x, const char *id, char *buffer)
{
	int64_t left = x->req.length;
	enum status st = ST_OK;

	for (int index = 0; left > 0 && st == ST_OK; index++) {
		struct json_object *params = id_params(id), *reply = NULL;
		int want = left > WORKSPACE_CHUNK_BYTES ? WORKSPACE_CHUNK_BYTES
							: (int)left;
		struct op_raw raw = { .in = buffer, .in_bytes = (size_t)want };

		js_set_int(params, "index", index);
		if (FCGX_GetStr(buffer, want, x->fcgi->in) != want)
			st = exchange_fail(x, ST_INVALID,
			    "the body is shorter than Content-Length says");
		left -= want;
		if (st == ST_OK && left == 0)
			st = check_end(x);
		if (st != ST_OK)
			js_put(&params);
		else
			st = run(x, "workspace.append", params, &raw, &reply);
		js_put(&reply);
	}
	return st;
}

/* The edge takes an answer only after it has got rid of the whole body. */
static void
discard_body(struct exchange *x, char *buffer)
{
	while (FCGX_GetStr(buffer, WORKSPACE_CHUNK_BYTES, x->fcgi->in) > 0)
		continue;
}

/* Waits for an upload whose bytes are all there.  A late one is no failure:
 * it will be done, and `done` says that it is not yet. */
static enum status
finish_upload(struct exchange *x, const char *id)
{
	struct json_object *result = NULL;
	enum status st = await(x, id, &result);
	bool late = st == ST_UNAVAILABLE && result == NULL;

	if (late) {
		memset(&x->error, 0, sizeof(x->error));
		x->reply = id_params(id);
		js_set_bool(x->reply, "ok", true);
		js_set_bool(x->reply, "done", false);
		return ST_OK;
	}
	forget(x, id);
	if (st == ST_OK) {
		reply_make(x, result);
		js_set_bool(x->reply, "done", true);
	}
	js_put(&result);
	return st;
}

static enum status
serve_upload(struct exchange *x)
{
	own_mem char *buffer = mem_array(WORKSPACE_CHUNK_BYTES, 1);
	char id[UUID_TEXT] = "";
	enum status st = ST_OK;

	if (x->req.length == 0)
		st = check_end(x);
	if (st == ST_OK) {
		js_set_int(x->params, "size", x->req.length);
		st = begin(x, "workspace.put", id);
	}
	if (st == ST_OK) {
		st = store_body(x, id, buffer);
		if (st != ST_OK)
			forget(x, id);
	}
	discard_body(x, buffer);
	return st == ST_OK ? finish_upload(x, id) : st;
}

/* Path and query, then SERVE in one of the places. */
static enum status
in_place(struct exchange *x, enum status (*serve)(struct exchange *x))
{
	enum status st = exchange_gather(x);

	if (st != ST_OK)
		return exchange_refuse(x, st);
	if (!place_take(x->conf))
		return fail_busy(x);
	st = serve(x);
	atomic_fetch_sub(&serving, 1);
	return st;
}

static enum status
serve_list(struct exchange *x)
{
	return serve_plain(x, "workspace.list");
}

static enum status
serve_remove(struct exchange *x)
{
	return serve_plain(x, "workspace.remove");
}

enum status
route_workspace_list(struct exchange *x)
{
	return in_place(x, serve_list);
}

enum status
route_workspace_get(struct exchange *x)
{
	return in_place(x, serve_file);
}

enum status
route_workspace_put(struct exchange *x)
{
	return in_place(x, serve_upload);
}

enum status
route_workspace_remove(struct exchange *x)
{
	return in_place(x, serve_remove);
}
