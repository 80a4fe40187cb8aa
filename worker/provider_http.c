/*
 * Model calls: attempts, retries, streams and their end.
 *
 * libcurl moves the bytes (curlev.c), src/provider understands them.  A call
 * that has ended is freed by the reaper, in a later turn of the loop, so that
 * every callback may cancel or start calls.  The key goes into one request
 * header, which is wiped when the attempt ends, and into no log line.
 */
#include "config.h"

#include "worker/provider_http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"
#include "js/js.h"
#include "provider/demo.h"
#include "worker/curlev.h"

#define CONNECT_TIMEOUT_MS 10000L
#define SILENCE_TIMEOUT_SECS 120L
#define CLOSE_TIMEOUT_SECS 1.0
#define MAX_RETRIES 2
#define RETRY_BASE_MS 500
#define RETRY_AFTER_MAX_SECS 30
#define MAX_ERROR_BODY_BYTES (64 * 1024)
#define MAX_HEADER_BYTES (64 * 1024)
/* Framing is many times larger than the text inside it. */
#define MAX_STREAM_BYTES (256L * 1024 * 1024)
#define BUFFER_BYTES (16L * 1024)
#define DEMO_PIECE_SECS 0.02

struct provider_http {
	struct ev_loop *loop;
	struct curlev *curlev;
	ev_timer reaper; /* running while calls are DEAD */
	struct provider_call *calls;
};

enum call_state {
	CALL_START,    /* waits for the loop; timer: none, next turn */
	CALL_TRANSFER, /* waits for bytes; libcurl's connect and silence timers */
	CALL_CLOSING, /* reply is whole, waits for its end; timer: 1 s */
	CALL_BACKOFF, /* waits to try again; timer: the delay */
	CALL_DEMO,    /* waits to send the next piece; timer: 20 ms */
	CALL_DEAD     /* waits for the reaper; nothing is called any more */
};

struct provider_call {
	struct provider_http *ph;
	const struct conf_provider *p; /* not touched once DEAD */
	struct provider_call_events events;
	void *arg;
	enum call_state state;
	ev_timer timer;
	struct provider_call *prev, *next;
	struct log_ctx log;
	int64_t started_ms;

	struct json_object *body;
	CURL *easy; /* NULL between attempts */
	struct curlev_transfer transfer;
	struct curl_slist *headers; /* one has the key */
	struct sse *sse;
	struct provider_reply reply;
	struct txt error_body; /* of a status or type that is no stream */
	size_t header_bytes;
	size_t stream_bytes;
	int attempts;
	bool streamed;   /* text went out: too late to try again */
	bool unreadable; /* stop: the stream makes no sense */
	bool too_large;

	struct provider_reply demo; /* streamed from */
	size_t demo_at;
	size_t demo_pieces;
};

/* How an attempt ended. */
struct verdict {
	bool ok;
	bool may_retry;
	long http; /* 0 = no answer at all */
	long retry_after_secs;
	const char *detail; /* replaces the error's own; NULL = does not */
};

static void call_enter(struct provider_call *c, enum call_state state,
    double delay_secs);
static void call_attempt(struct provider_call *c);
static void call_set_options(struct provider_call *c);
static void call_set_headers(struct provider_call *c);
static void call_attempt_close(struct provider_call *c);
static struct verdict call_judge(struct provider_call *c, CURLcode rc);
static void call_fail(struct provider_call *c, const struct verdict *v);
static void call_finish(struct provider_call *c, enum status st,
    struct json_object *error);
static void call_demo_step(struct provider_call *c);
static void call_free(struct provider_call *c);
static void on_call_timer(struct ev_loop *loop, ev_timer *w, int revents);
static void on_attempt_ended(void *arg, CURLcode rc);
static void on_sse_event(void *arg, const struct sse_event *event);
static size_t on_header(char *bytes, size_t size, size_t n, void *arg);
static size_t on_body(char *bytes, size_t size, size_t n, void *arg);
static void on_reap(struct ev_loop *loop, ev_timer *w, int revents);

#define BIT(state) (1u << (state))
static const unsigned edges[] = {
	[CALL_START] = BIT(CALL_TRANSFER) | BIT(CALL_DEMO) | BIT(CALL_DEAD),
	[CALL_TRANSFER] =
	    BIT(CALL_CLOSING) | BIT(CALL_BACKOFF) | BIT(CALL_DEAD),
	[CALL_CLOSING] = BIT(CALL_DEAD),
	[CALL_BACKOFF] = BIT(CALL_TRANSFER) | BIT(CALL_DEAD),
	[CALL_DEMO] = BIT(CALL_DEMO) | BIT(CALL_DEAD),
	[CALL_DEAD] = 0,
};

static const char *const state_names[] = {
	[CALL_START] = "start",
	[CALL_TRANSFER] = "transfer",
	[CALL_CLOSING] = "closing",
	[CALL_BACKOFF] = "backoff",
	[CALL_DEMO] = "demo",
	[CALL_DEAD] = "dead",
};

struct provider_http *
provider_http_new(struct ev_loop *loop)
{
	struct curlev *curlev = curlev_new(loop);
	struct provider_http *ph;

	if (curlev == NULL)
		return NULL;
	ph = mem_zalloc(sizeof(*ph));
	ph->loop = loop;
	ph->curlev = curlev;
	ev_timer_init(&ph->reaper, on_reap, 0., 0.);
	ph->reaper.data = ph;
	return ph;
}

void
provider_http_free(struct provider_http *ph)
{
	if (ph == NULL)
		return;
	while (ph->calls != NULL)
		call_free(ph->calls);
	curlev_free(ph->curlev);
	ev_timer_stop(ph->loop, &ph->reaper);
	free(ph);
}

struct provider_call *
provider_call_start(struct provider_http *ph, const struct provider_ask *ask,
    const struct provider_call_events *events, void *arg)
{
	struct provider_call *c = mem_zalloc(sizeof(*c));

	c->ph = ph;
	c->p = ask->provider;
	c->body = ask->body;
	c->events = *events;
	c->arg = arg;
	c->started_ms = clock_mono_ms();
	c->log.component = "model call";
	uuid_new(c->log.id);
	provider_reply_init(&c->reply);
	txt_init(&c->error_body, MAX_ERROR_BODY_BYTES);
	provider_reply_init(&c->demo);
	if (c->p->kind == PROVIDER_DEMO)
		demo_answer(ask->messages, ask->tools, &c->demo);
	c->next = ph->calls;
	if (c->next != NULL)
		c->next->prev = c;
	ph->calls = c;
	ev_timer_init(&c->timer, on_call_timer, 0., 0.);
	c->timer.data = c;
	ev_timer_start(ph->loop, &c->timer);
	return c;
}

void
provider_call_cancel(struct provider_call *c)
{
	if (c == NULL || c->state == CALL_DEAD)
		return;
	call_enter(c, CALL_DEAD, 0);
}

/* The only place that changes the state.  DELAY_SECS < 0: no timer. */
static void
call_enter(struct provider_call *c, enum call_state state, double delay_secs)
{
	assert((edges[c->state] & BIT(state)) != 0);
	if (state != c->state)
		log_debug(&c->log, "model call changes state", "from=%s to=%s",
		    state_names[c->state], state_names[state]);
	c->state = state;
	ev_timer_stop(c->ph->loop, &c->timer);
	if (state == CALL_DEAD) {
		ev_timer_start(c->ph->loop, &c->ph->reaper);
		return;
	}
	if (delay_secs < 0)
		return;
	ev_timer_set(&c->timer, delay_secs, 0.);
	ev_timer_start(c->ph->loop, &c->timer);
}

static void
on_call_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct provider_call *c = w->data;

	(void)loop;
	(void)revents;
	switch (c->state) {
	case CALL_START:
		if (c->p->kind == PROVIDER_DEMO) {
			call_enter(c, CALL_DEMO, 0.);
			break;
		}
		call_attempt(c);
		break;
	case CALL_BACKOFF:
		call_attempt(c);
		break;
	case CALL_CLOSING:
		call_attempt_close(c);
		call_finish(c, ST_OK, NULL);
		break;
	case CALL_DEMO:
		call_demo_step(c);
		break;
	case CALL_TRANSFER:
	case CALL_DEAD:
		break;
	}
}

static void
call_attempt(struct provider_call *c)
{
	call_enter(c, CALL_TRANSFER, -1);
	c->attempts++;
	c->header_bytes = 0;
	c->stream_bytes = 0;
	c->unreadable = false;
	c->too_large = false;
	provider_reply_done(&c->reply);
	txt_reset(&c->error_body);
	sse_free(c->sse);
	c->sse = sse_new(on_sse_event, c);
	c->easy = curl_easy_init();
	if (c->easy == NULL)
		abort();
	call_set_options(c);
	call_set_headers(c);
	c->transfer.on_done = on_attempt_ended;
	c->transfer.arg = c;
	curlev_add(c->ph->curlev, c->easy, &c->transfer);
}

static void
call_set_options(struct provider_call *c)
{
	const char *body = js_str(c->body);
	own_txt struct txt url = { 0 };

	txt_init(&url, 0);
	txt_format(&url, "%s%s", c->p->base_url, provider_path(c->p));
	curl_easy_setopt(c->easy, CURLOPT_URL, txt_str(&url));
	/* POSTFIELDS is not copied: the text lives as long as c->body. */
	curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)strlen(body));
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);

	/* No proxy from our environment, no file of our user. */
	curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* A redirect would carry the key and the conversation elsewhere. */
	curl_easy_setopt(c->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "moltis/" PACKAGE_VERSION);

	curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS,
	    CONNECT_TIMEOUT_MS);
	curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_TIME, SILENCE_TIMEOUT_SECS);
	curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c->easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
}

static void
header_add(struct provider_call *c, const char *line)
{
	struct curl_slist *list = curl_slist_append(c->headers, line);

	if (list == NULL)
		abort();
	c->headers = list;
}

static void
call_set_headers(struct provider_call *c)
{
	const char *key = secret_reveal(&c->p->api_key);
	bool anthropic = c->p->kind == PROVIDER_ANTHROPIC;
	size_t room;
	char *line;

	header_add(c, "Content-Type: application/json");
	header_add(c, "Accept: text/event-stream");
	/* Large bodies would otherwise wait for "100 Continue". */
	header_add(c, "Expect:");
	if (anthropic)
		header_add(c, "anthropic-version: 2023-06-01");
	if (key != NULL && key[0] != '\0') {
		room = strlen(key) + 32;
		line = mem_zalloc(room);
		snprintf(line, room, "%s%s",
		    anthropic ? "x-api-key: " : "Authorization: Bearer ", key);
		header_add(c, line);
		bytes_wipe(line, room);
		free(line);
	}
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

/* Not from inside libcurl's callbacks. */
static void
call_attempt_close(struct provider_call *c)
{
	if (c->easy != NULL) {
		curlev_remove(c->ph->curlev, c->easy);
		curl_easy_cleanup(c->easy);
		c->easy = NULL;
	}
	for (struct curl_slist *h = c->headers; h != NULL; h = h->next)
		bytes_wipe(h->data, strlen(h->data));
	curl_slist_free_all(c->headers);
	c->headers = NULL;
}

static void
on_attempt_ended(void *arg, CURLcode rc)
{
	struct provider_call *c = arg;
	struct verdict v;
	int delay_ms;
	unsigned jitter;

	if (c->state == CALL_DEAD)
		return;
	v = call_judge(c, rc);
	call_attempt_close(c);
	if (v.ok) {
		call_finish(c, ST_OK, NULL);
		return;
	}
	log_warn(&c->log, "model call failed",
	    "provider=%s attempt=%d http=%ld curl=%d", c->p->name, c->attempts,
	    v.http, (int)rc);
	if (!v.may_retry || c->streamed || c->attempts > MAX_RETRIES ||
	    v.retry_after_secs > RETRY_AFTER_MAX_SECS) {
		call_fail(c, &v);
		return;
	}
	/* Half of the delay is random, so that calls that failed together do
	 * not come back together. */
	bytes_random(&jitter, sizeof(jitter));
	delay_ms = RETRY_BASE_MS << (c->attempts - 1);
	delay_ms += (int)(jitter % (unsigned)delay_ms);
	if (v.retry_after_secs * 1000 > delay_ms)
		delay_ms =
		    (int)(v.retry_after_secs * 1000 + jitter % RETRY_BASE_MS);
	call_enter(c, CALL_BACKOFF, delay_ms / 1e3);
	if (c->events.on_retry != NULL)
		c->events.on_retry(c->arg, delay_ms);
}

/* Reads what libcurl knows of the attempt; the handle still exists. */
static struct verdict
call_judge(struct provider_call *c, CURLcode rc)
{
	struct verdict v = { 0 };
	struct provider_reply *r = &c->reply;
	curl_off_t retry_after = 0, sent_us = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &v.http);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
	v.retry_after_secs = (long)retry_after;
	if (v.http >= 300) {
		v.may_retry = provider_may_retry(v.http);
	} else if (r->refused) {
		v.http = r->error_http;
		v.may_retry = provider_may_retry(v.http);
	} else if (r->done) {
		/* How the connection ended does not matter any more. */
		v.ok = true;
	} else if (c->too_large) {
		v.detail = "It sent more than we take.";
	} else if (r->finish[0] != '\0') {
		v.ok = true;
	} else if (rc == CURLE_OPERATION_TIMEDOUT && sent_us > 0) {
		/* It has our request: asking again would double its work. */
		v.detail = "It sent nothing for two minutes.";
		v.http = v.http == 0 ? 504 : v.http;
	} else if (c->error_body.len == 0) {
		v.may_retry = rc != CURLE_PEER_FAILED_VERIFICATION &&
		    rc != CURLE_SSL_CACERT_BADFILE &&
		    rc != CURLE_URL_MALFORMAT &&
		    rc != CURLE_UNSUPPORTED_PROTOCOL;
		/* The general sentence: it names no host. */
		v.detail = rc == CURLE_OK ? "The stream ended too early."
					  : curl_easy_strerror(rc);
	}
	return v;
}

static void
call_fail(struct provider_call *c, const struct verdict *v)
{
	own_json struct json_object *error = NULL;

	if (c->reply.refused && v->http == c->reply.error_http)
		error = provider_reply_error(c->p, &c->reply);
	else
		error = provider_error(c->p, v->http, txt_str(&c->error_body),
		    c->error_body.len);
	if (v->detail != NULL)
		js_set_text(error, "detail", v->detail);
	if (v->retry_after_secs > 0)
		js_set_int(error, "resetsAt",
		    clock_wall_ms() + v->retry_after_secs * 1000);
	call_finish(c, ST_UPSTREAM, error);
}

/* The last word.  The reply stays until the reaper comes, in a later turn. */
static void
call_finish(struct provider_call *c, enum status st, struct json_object *error)
{
	log_info(&c->log, "model call ended",
	    "provider=%s ok=%d attempts=%d ms=%lld input_tokens=%lld "
	    "output_tokens=%lld calls=%zu",
	    c->p->name, st == ST_OK, c->attempts,
	    (long long)(clock_mono_ms() - c->started_ms),
	    (long long)c->reply.input_tokens, (long long)c->reply.output_tokens,
	    c->reply.call_count);
	call_enter(c, CALL_DEAD, 0);
	c->events.on_end(c->arg, st, &c->reply, error);
}

static void
call_demo_step(struct provider_call *c)
{
	struct txt *t = &c->demo.text;
	const char *piece = txt_str(t) + c->demo_at;
	size_t n = demo_next_piece(txt_str(t), t->len, c->demo_at);

	if (n == 0) {
		provider_reply_done(&c->reply);
		c->reply = c->demo;
		provider_reply_init(&c->demo);
		if (c->reply.finish[0] == '\0')
			snprintf(c->reply.finish, sizeof(c->reply.finish),
			    "stop");
		c->reply.done = true;
		/* It has no tokens: pieces are the nearest thing. */
		c->reply.output_tokens = (int64_t)c->demo_pieces;
		call_finish(c, ST_OK, NULL);
		return;
	}
	c->demo_at += n;
	c->demo_pieces++;
	call_enter(c, CALL_DEMO, DEMO_PIECE_SECS);
	if (c->events.on_delta != NULL)
		c->events.on_delta(c->arg, piece, n);
}

static void
call_free(struct provider_call *c)
{
	struct provider_http *ph = c->ph;

	ev_timer_stop(ph->loop, &c->timer);
	call_attempt_close(c);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		ph->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	sse_free(c->sse);
	provider_reply_done(&c->reply);
	txt_done(&c->error_body);
	provider_reply_done(&c->demo);
	js_put(&c->body);
	free(c);
}

static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct provider_http *ph = w->data;
	struct provider_call *next;

	(void)loop;
	(void)revents;
	for (struct provider_call *c = ph->calls; c != NULL; c = next) {
		next = c->next;
		if (c->state == CALL_DEAD)
			call_free(c);
	}
}

/* Inside libcurl from here on: may change the call, must not free it. */

static size_t
on_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct provider_call *c = arg;

	(void)bytes;
	c->header_bytes += size * n;
	if (c->state == CALL_DEAD)
		return 0;
	if (c->header_bytes > MAX_HEADER_BYTES) {
		c->too_large = true;
		return 0;
	}
	return size * n;
}

/* A stream, unless status or type say that it is something else. */
static bool
is_stream(CURL *easy)
{
	const char *type = NULL;
	long http = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	return http < 300 &&
	    (type == NULL ||
		(strncasecmp(type, "application/json", 16) != 0 &&
		    strncasecmp(type, "text/html", 9) != 0));
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct provider_call *c = arg;

	n *= size;
	if (c->state == CALL_DEAD)
		return CURL_WRITEFUNC_ERROR;
	if (!is_stream(c->easy)) {
		txt_append_n(&c->error_body, bytes, n);
		return c->error_body.overflowed ? CURL_WRITEFUNC_ERROR : n;
	}
	c->stream_bytes += n;
	if (c->stream_bytes > MAX_STREAM_BYTES ||
	    sse_feed(c->sse, bytes, n) != ST_OK)
		c->too_large = true;
	if (c->too_large || c->unreadable || c->state == CALL_DEAD)
		return CURL_WRITEFUNC_ERROR;
	/* Some servers say the last word and keep the connection. */
	if (c->reply.done && c->state == CALL_TRANSFER)
		call_enter(c, CALL_CLOSING, CLOSE_TIMEOUT_SECS);
	return n;
}

static void
on_sse_event(void *arg, const struct sse_event *event)
{
	struct provider_call *c = arg;
	struct provider_delta delta;

	if (c->state == CALL_DEAD || c->unreadable)
		return;
	if (provider_event(c->p, &c->reply, event, &delta) != ST_OK)
		c->unreadable = true;
	if (delta.len == 0)
		return;
	c->streamed = true;
	if (c->events.on_delta != NULL)
		c->events.on_delta(c->arg, delta.text, delta.len);
}
