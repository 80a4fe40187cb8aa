/*
 * The upgrade: who may open a socket at all.
 *
 * Host and Origin are compared with the configuration, never with each other.
 * A browser's cookie counts only together with an allowed Origin, or any page
 * could open a socket in its visitor's name.  An upgrade without a credential
 * that the database accepts is a stranger's: only so many of an address may be
 * unknown, or have failed to become known a short while ago.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/mem.h"
#include "op/op_enter.h"
#include "worker/ws_server.h"

#define THROTTLE_CLASS "ws.upgrade"
#define TOO_MANY "too many connections from this address"
#define CROSS_ORIGIN "cross-origin WebSocket connections are not allowed"

struct admit_job {
	struct pool_job job; /* first */
	struct ws_conn *conn;
	struct op_cred cred;
	char peer
	    [WS_PEER_BYTES]; /* copied: the thread touches nothing of conn */
	enum status status;
	struct op_error error;
};

/* A handshake that came to nothing, to be counted for all workers. */
struct charge_job {
	struct pool_job job; /* first */
	struct ws_server *server;
	char peer_key[WS_PEER_KEY_TEXT];
	enum status status;
	struct op_error error;
};

static void admit_head(struct ws_conn *c, const char *head, size_t n);
static bool admit_check(struct ws_conn *c, const struct ws_upgrade *u);
static bool origin_allowed(const struct ws_conn *c, const struct ws_upgrade *u);
static bool count_address(struct ws_conn *c, const struct ws_upgrade *u);
static void take_credential(struct ws_conn *c, const struct ws_upgrade *u);
static void ask(struct ws_conn *c);
static void admit_run(struct pool_job *job, struct db *db);
static void admit_done(struct pool_job *job);
static void admit_stranger(struct ws_conn *c);
static void charge(struct ws_server *s, const char *peer_key);
static void charge_run(struct pool_job *job, struct db *db);
static void charge_done(struct pool_job *job);
static void admit(struct ws_conn *c);
static void refuse(struct ws_conn *c, enum ws_http http, const char *why,
    int retry_secs);
static int secs_until(int64_t until_ms);

void
ws_admit_take(struct ws_conn *c, const char *bytes, size_t n)
{
	const char *all = bytes;
	size_t end = 0;

	if (c->head != NULL) {
		c->head = mem_grow(c->head, c->head_len + n, 1);
		memcpy(c->head + c->head_len, bytes, n);
		c->head_len += n;
		all = c->head;
		n = c->head_len;
	}
	switch (ws_head_find(&c->scan, all, n, &end)) {
	case WS_HEAD_WHOLE:
		admit_head(c, all, n);
		break;
	case WS_HEAD_BAD:
		refuse(c, WS_HTTP_BAD, "the request is not HTTP/1.1", 0);
		break;
	case WS_HEAD_LARGE:
		refuse(c, WS_HTTP_TOO_LARGE,
		    "the request head is larger than 8192 bytes", 0);
		break;
	case WS_HEAD_MORE:
		if (c->head == NULL) {
			c->head = mem_grow(NULL, n, 1);
			memcpy(c->head, bytes, n);
			c->head_len = n;
		}
		return;
	}
	free(c->head);
	c->head = NULL;
	c->head_len = 0;
}

static void
admit_head(struct ws_conn *c, const char *head, size_t n)
{
	struct ws_upgrade u;
	const char *why;
	enum ws_http http = ws_upgrade_parse(head, n, &u, &why);

	if (http != WS_HTTP_SWITCH)
		refuse(c, http, why, 0);
	else if (admit_check(c, &u)) {
		(void)mem_copy_str(c->peer, sizeof(c->peer), u.peer);
		(void)mem_copy_str(c->accept_key, sizeof(c->accept_key), u.key);
		c->user_agent = mem_strdup(u.user_agent);
		take_credential(c, &u);
		ask(c);
	}
	ws_upgrade_wipe(&u);
}

static bool
admit_check(struct ws_conn *c, const struct ws_upgrade *u)
{
	struct ws_server *s = c->server;

	if (!conf_host_allowed(s->conf, u->host)) {
		refuse(c, WS_HTTP_MISDIRECTED,
		    "Host is not a name of this deployment", 0);
		return false;
	}
	if (!origin_allowed(c, u)) {
		log_warn(&c->log, "origin refused", "origin=\"%s\" peer=%s",
		    u->origin, u->peer);
		refuse(c, WS_HTTP_FORBIDDEN, CROSS_ORIGIN, 0);
		ws_note_origin(s, u);
		return false;
	}
	if (s->draining || s->count > (size_t)s->limits->sockets) {
		refuse(c, WS_HTTP_UNAVAILABLE,
		    "no more sockets here at the moment", 5);
		return false;
	}
	return count_address(c, u);
}

/* A bearer decides alone, so a cookie beside it is not used. */
static bool
origin_allowed(const struct ws_conn *c, const struct ws_upgrade *u)
{
	if (u->has_origin)
		return conf_origin_allowed(c->server->conf, u->origin);
	return u->cookie == WS_PRESENTED_NONE || u->bearer != WS_PRESENTED_NONE;
}

static bool
count_address(struct ws_conn *c, const struct ws_upgrade *u)
{
	struct ws_server *s = c->server;
	char key[AUTH_PEER_KEY];

	/* Clients that the edge did not name are counted together. */
	auth_peer_key(u->peer[0] != '\0' ? u->peer : "unknown", key);
	if (!ws_tally_take(s->addresses, key, s->limits->sockets_of_address)) {
		refuse(c, WS_HTTP_TOO_MANY,
		    "too many sockets from this address", 30);
		return false;
	}
	if (!mem_copy_str(c->peer_key, sizeof(c->peer_key), key))
		abort();
	return true;
}

static void
take_credential(struct ws_conn *c, const struct ws_upgrade *u)
{
	c->bearer_given = u->bearer != WS_PRESENTED_NONE;
	if (u->bearer == WS_PRESENTED_ONE)
		(void)auth_cred_from_key(u->bearer_value, &c->cred);
	else if (u->bearer == WS_PRESENTED_NONE &&
	    u->cookie == WS_PRESENTED_ONE)
		(void)auth_cred_from_token(u->cookie_value, &c->cred);
}

static void
ask(struct ws_conn *c)
{
	struct admit_job *j;

	ws_enter(c, WS_ADMIT);
	if (c->cred.kind == CRED_NONE) {
		admit_stranger(c);
		return;
	}
	j = mem_zalloc(sizeof(*j));
	j->job.run = admit_run;
	j->job.done = admit_done;
	j->conn = c;
	j->cred = c->cred;
	memcpy(j->peer, c->peer, sizeof(j->peer));
	j->status = ST_UNAVAILABLE;
	if (!ws_job_start(c, &j->job)) {
		free(j);
		refuse(c, WS_HTTP_UNAVAILABLE, "the server is busy", 1);
	}
}

static void
admit_run(struct pool_job *job, struct db *db)
{
	struct admit_job *j = (struct admit_job *)job;
	const struct op_entry entry = { .cred = &j->cred, .peer = j->peer };
	struct op_principal who;

	j->status = op_identify(db, &entry, &who, &j->error);
}

static void
admit_done(struct pool_job *job)
{
	struct admit_job *j = (struct admit_job *)job;
	struct ws_conn *c = j->conn;

	if (c->state == WS_ADMIT) {
		if (j->status == ST_OK)
			admit(c);
		else if (j->status == ST_DB || j->status == ST_UNAVAILABLE)
			refuse(c, WS_HTTP_UNAVAILABLE,
			    "the database is not available", 2);
		else
			admit_stranger(c);
	}
	ws_job_end(c);
	bytes_wipe(&j->cred, sizeof(j->cred));
	free(j);
}

/*
 * Somebody without a credential that counts has one of its address's places:
 * until it is known, or for the rest of a window after it has failed.
 */
static void
admit_stranger(struct ws_conn *c)
{
	struct ws_server *s = c->server;
	int64_t limited = ws_tally_limited(s->strangers, c->peer_key);

	if (limited > clock_mono_ms()) {
		refuse(c, WS_HTTP_TOO_MANY, TOO_MANY, secs_until(limited));
	} else if (!ws_tally_take(s->strangers, c->peer_key,
		       s->limits->upgrades)) {
		refuse(c, WS_HTTP_TOO_MANY, TOO_MANY,
		    s->limits->upgrade_window_secs);
	} else {
		c->is_stranger = true;
		admit(c);
	}
}

void
ws_stranger_known(struct ws_conn *c)
{
	if (c->is_stranger)
		ws_tally_give(c->server->strangers, c->peer_key);
	c->is_stranger = false;
}

void
ws_stranger_failed(struct ws_conn *c)
{
	struct ws_server *s = c->server;
	struct ws_debt *debt;

	if (!c->is_stranger)
		return;
	if (s->pool == NULL || s->draining) {
		ws_stranger_known(c);
		return;
	}
	c->is_stranger = false;
	debt = mem_zalloc(sizeof(*debt));
	(void)mem_copy_str(debt->peer_key, sizeof(debt->peer_key), c->peer_key);
	debt->until_ms =
	    clock_mono_ms() + s->limits->upgrade_window_secs * 1000LL;
	STAILQ_INSERT_TAIL(&s->debts, debt, next);
	charge(s, c->peer_key);
}

/* All debts are of one length, so the oldest ends first. */
void
ws_debts_sweep(struct ws_server *s, int64_t now_ms)
{
	struct ws_debt *debt;

	while ((debt = STAILQ_FIRST(&s->debts)) != NULL &&
	    debt->until_ms <= now_ms) {
		STAILQ_REMOVE_HEAD(&s->debts, next);
		ws_tally_give(s->strangers, debt->peer_key);
		free(debt);
	}
}

static void
charge(struct ws_server *s, const char *peer_key)
{
	struct charge_job *j = mem_zalloc(sizeof(*j));

	j->job.run = charge_run;
	j->job.done = charge_done;
	j->server = s;
	j->status = ST_UNAVAILABLE;
	(void)mem_copy_str(j->peer_key, sizeof(j->peer_key), peer_key);
	if (pool_submit(s->pool, &j->job) != ST_OK)
		free(j);
}

static void
charge_run(struct pool_job *job, struct db *db)
{
	struct charge_job *j = (struct charge_job *)job;
	const struct ws_limits *limits = j->server->limits;
	const struct auth_limit limit = {
		.class_name = THROTTLE_CLASS,
		.subject = j->peer_key,
		.max = limits->upgrades,
		.window_secs = limits->upgrade_window_secs,
	};

	j->status = auth_throttle(db, &limit, &j->error);
}

/* The address has had enough, here or on another worker. */
static void
charge_done(struct pool_job *job)
{
	struct charge_job *j = (struct charge_job *)job;
	int64_t secs = j->error.retry_after_secs;

	if (j->status == ST_LIMIT)
		ws_tally_limit(j->server->strangers, j->peer_key,
		    clock_mono_ms() + (secs > 0 ? secs : 1) * 1000);
	free(j);
}

static void
admit(struct ws_conn *c)
{
	own_txt struct txt out = { 0 };
	struct ws_buf *buf;

	ws_switch_format(&out, c->accept_key, c->log.id);
	buf = ws_buf_raw(txt_str(&out), out.len);
	ws_send(c, buf, false);
	ws_buf_drop(buf);
	c->is_web = true;
	ws_enter(c, WS_CONNECT);
	ws_resume(c);
}

static void
refuse(struct ws_conn *c, enum ws_http http, const char *why, int retry_secs)
{
	struct ws_refusal r = { http, why, c->log.id, retry_secs };
	own_txt struct txt out = { 0 };
	struct ws_buf *buf;

	log_info(&c->log, "upgrade refused", "status=%d reason=\"%s\"",
	    (int)http, why);
	ws_refusal_format(&out, &r);
	buf = ws_buf_raw(txt_str(&out), out.len);
	ws_send(c, buf, false);
	ws_buf_drop(buf);
	ws_finish(c);
}

static int
secs_until(int64_t until_ms)
{
	return (int)((until_ms - clock_mono_ms()) / 1000) + 1;
}
