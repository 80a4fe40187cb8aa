/*
 * Rows to sockets, in order, once each.
 *
 * An account has at most one read under way.  It starts after the lowest seq
 * that any of its sockets was sent, and each socket takes from the batch what
 * it does not have yet; sockets that are level with the account and sockets
 * that replay an old stretch go the same way.  Transient events wait while
 * rows may be missing, so that a delta never overtakes the row it follows.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/feed.h"
#include "js/js.h"
#include "worker/hub_int.h"
#include "worker/relay.h"
#include "ws/frame.h"

#define EMPTY_READS_MAX 3

/* One row, its frame already made in the thread. */
struct row {
	int64_t seq;
	unsigned scope;
	char event[WS_EVENT_NAME_MAX + 1];
	char ends_run[UUID_TEXT]; /* id of the run that ends here, or "" */
	struct ws_buf *buf;
};

struct hub_fetch {
	struct pool_job job; /* first */
	struct hub_account *account;
	/* in */
	struct op_cred cred;
	int64_t after;
	/* out */
	enum status status;
	struct op_error error;
	int64_t head, oldest;
	size_t count;
	struct row rows[FEED_PAGE_MAX];
};

struct heads_job {
	struct pool_job job;
	struct hub *hub;
	struct json_object *ids;
	enum status status;
	struct json_object *heads;
};

static bool is_paused(const struct ws_conn *c);
static int64_t lowest(const struct hub_account *a);
static void fetch_start(struct hub_account *a, int64_t after);
static void fetch_run(struct pool_job *job, struct db *db);
static void fetch_done(struct pool_job *job);
static void fetch_failed(struct hub_account *a, const struct hub_fetch *f);
static void fetch_free(struct hub_fetch *f);
static void row_make(struct row *row, struct json_object *o);
static void deliver(struct hub_account *a, const struct hub_fetch *f);
static void deliver_row(struct ws_conn *c, const struct row *row);
static int64_t batch_end(struct hub_account *a, const struct hub_fetch *f);
static void held_flush(struct hub_account *a, const char *run_id);
static void held_send(struct hub_account *a, const struct hub_held *h);
static void held_drop(struct hub_account *a, struct hub_held *h);
static void heads_run(struct pool_job *job, struct db *db);
static void heads_done(struct pool_job *job);

void
hub_step(struct hub_account *a)
{
	int64_t after = lowest(a);

	if (a->fetch != NULL || a->failed || a->hub->stopping ||
	    LIST_EMPTY(&a->conns))
		return;
	if (after < INT64_MAX && (a->wanted || after < a->head)) {
		fetch_start(a, after);
		return;
	}
	a->pins++;
	held_flush(a, NULL);
	a->pins--;
	hub_account_release(a);
}

void
hub_transient(struct hub *hub, const char *account_id, const char *event,
    struct json_object *payload)
{
	struct hub_account *a = hub_account_find(hub, account_id);
	own_txt struct txt frame = { 0 };
	struct hub_held *h;
	const char *run_id = js_text(payload, "runId");

	if (a == NULL || LIST_EMPTY(&a->conns))
		return;
	h = mem_zalloc(sizeof(*h));
	if (run_id != NULL)
		(void)mem_copy_str(h->run_id, sizeof(h->run_id), run_id);
	if (!mem_copy_str(h->event, sizeof(h->event), event))
		abort();
	ws_event(&frame, event, payload, 0);
	h->buf = ws_buf_text(txt_str(&frame), frame.len);
	STAILQ_INSERT_TAIL(&a->held, h, next);
	a->held_bytes += h->buf->len;
	while (a->held_bytes > HUB_HELD_MAX_BYTES)
		held_drop(a, STAILQ_FIRST(&a->held));
	hub_step(a);
}

void
hub_held_free(struct hub_account *a)
{
	while (!STAILQ_EMPTY(&a->held))
		held_drop(a, STAILQ_FIRST(&a->held));
}

/* Asks for the newest seq of every account here, for what no NOTIFY told. */
void
hub_heads_poll(struct hub *hub)
{
	struct heads_job *j;
	struct hub_account *a;
	size_t i;

	if (hub->polling_heads || hub->sockets == 0)
		return;
	j = mem_zalloc(sizeof(*j));
	j->job.run = heads_run;
	j->job.done = heads_done;
	j->hub = hub;
	j->status = ST_UNAVAILABLE;
	j->ids = json_object_new_array();
	for (i = 0; i < HUB_BUCKETS; i++) {
		LIST_FOREACH(a, &hub->accounts[i], link)
		js_push(j->ids, json_object_new_string(a->id));
	}
	hub->polling_heads = true;
	if (pool_submit(hub->pool, &j->job) != ST_OK)
		heads_done(&j->job);
}

/* A replay that fills its socket's queue waits for the socket. */
static bool
is_paused(const struct ws_conn *c)
{
	return c->replaying && c->out.bytes > HUB_REPLAY_QUEUED_BYTES;
}

/* Whose credential reads; one that failed only when there is no other. */
struct ws_conn *
hub_reader(const struct hub_account *a)
{
	struct ws_conn *c, *any = NULL;

	LIST_FOREACH(c, &a->conns, member)
	{
		if (!c->suspect)
			return c;
		any = c;
	}
	return any;
}

static int64_t
lowest(const struct hub_account *a)
{
	const struct ws_conn *c;
	int64_t low = INT64_MAX;

	LIST_FOREACH(c, &a->conns, member)
	{
		if (!is_paused(c) && c->sent_seq < low)
			low = c->sent_seq;
	}
	return low;
}

static void
fetch_start(struct hub_account *a, int64_t after)
{
	struct hub_fetch *f = mem_zalloc(sizeof(*f));

	f->job.run = fetch_run;
	f->job.done = fetch_done;
	f->account = a;
	f->cred = hub_reader(a)->cred;
	f->after = after;
	f->status = ST_UNAVAILABLE;
	/* From here on a wake means: maybe after what this read sees. */
	a->wanted = false;
	a->fetch = f;
	if (pool_submit(a->hub->pool, &f->job) == ST_OK)
		return;
	a->fetch = NULL;
	a->wanted = true;
	a->failed = true;
	fetch_free(f);
}

static void
fetch_run(struct pool_job *job, struct db *db)
{
	struct hub_fetch *f = (struct hub_fetch *)job;
	struct feed_page page = { .after_seq = f->after, .max = FEED_PAGE_MAX };
	size_t i, n;

	f->status = feed_fetch(db, &f->cred, &page, &f->error);
	if (f->status != ST_OK)
		return;
	f->head = page.head;
	f->oldest = page.oldest;
	n = json_object_array_length(page.events);
	for (i = 0; i < n && i < FEED_PAGE_MAX; i++)
		row_make(&f->rows[f->count++],
		    json_object_array_get_idx(page.events, i));
	js_put(&page.events);
}

static void
row_make(struct row *row, struct json_object *o)
{
	struct json_object *payload = js_get(o, "payload");
	const char *event = js_text(o, "event");
	const char *state = js_text(payload, "state");
	const char *run_id = js_text(payload, "runId");
	own_txt struct txt frame = { 0 };

	row->seq = js_int(o, "seq", 0);
	row->scope = (unsigned)js_int(o, "scope", 0);
	if (event == NULL ||
	    !mem_copy_str(row->event, sizeof(row->event), event))
		row->scope = SCOPE_NONE;
	if (state != NULL && run_id != NULL &&
	    (strcmp(state, "final") == 0 || strcmp(state, "error") == 0 ||
		strcmp(state, "aborted") == 0))
		(void)mem_copy_str(row->ends_run, sizeof(row->ends_run),
		    run_id);
	ws_event(&frame, row->event, payload, row->seq);
	row->buf = ws_buf_text(txt_str(&frame), frame.len);
}

static void
fetch_done(struct pool_job *job)
{
	struct hub_fetch *f = (struct hub_fetch *)job;
	struct hub_account *a = f->account;

	a->pins++;
	if (f->status != ST_OK)
		fetch_failed(a, f);
	else
		deliver(a, f);
	a->fetch = NULL;
	fetch_free(f);
	hub_step(a);
	a->pins--;
	hub_account_release(a);
}

/* The rows are still wanted.  A refused credential is looked into at once, and
 * another socket reads meanwhile; anything else waits for the beat. */
static void
fetch_failed(struct hub_account *a, const struct hub_fetch *f)
{
	struct ws_conn *c;
	bool others = false;

	a->wanted = true;
	if (f->status != ST_UNAUTH && f->status != ST_FORBIDDEN &&
	    f->status != ST_SETUP_REQUIRED) {
		a->failed = true;
		return;
	}
	LIST_FOREACH(c, &a->conns, member)
	{
		if (memcmp(&c->cred, &f->cred, sizeof(f->cred)) == 0)
			c->suspect = true;
		others |= !c->suspect;
	}
	a->failed = !others;
	hub_recheck(a->hub);
}

static void
fetch_free(struct hub_fetch *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		ws_buf_drop(f->rows[i].buf);
	free(f);
}

/* A socket that is behind the batch joined while it was read, and is served by
 * the next one. */
static void
deliver(struct hub_account *a, const struct hub_fetch *f)
{
	int64_t end = batch_end(a, f);
	struct ws_conn *c, *next;
	size_t i;

	if (f->head > a->head)
		a->head = f->head;
	for (i = 0; i < f->count; i++) {
		const struct row *row = &f->rows[i];

		/* What was said during a run comes before its end. */
		if (row->ends_run[0] != '\0')
			held_flush(a, row->ends_run);
		for (c = LIST_FIRST(&a->conns); c != NULL; c = next) {
			next = LIST_NEXT(c, member);
			if (c->sent_seq >= f->after && c->sent_seq < row->seq)
				deliver_row(c, row);
		}
		if (row->ends_run[0] != '\0')
			relay_run_ended(a->hub->relay, row->ends_run);
	}
	LIST_FOREACH(c, &a->conns, member)
	{
		if (c->sent_seq >= f->after && !is_paused(c) &&
		    c->sent_seq < end)
			c->sent_seq = end;
		if (c->sent_seq >= a->head)
			c->replaying = false;
	}
}

static void
deliver_row(struct ws_conn *c, const struct row *row)
{
	if (is_paused(c))
		return;
	c->sent_seq = row->seq;
	if (hub_may_get(c, row->scope, row->event))
		ws_send(c, row->buf, false);
}

/*
 * The seq that a socket has reached when it has taken the whole batch.  Head
 * is read beside the rows and may be newer than they are, so the last row
 * counts; rows that are no longer kept are stepped over.
 */
static int64_t
batch_end(struct hub_account *a, const struct hub_fetch *f)
{
	int64_t end = f->after;

	if (f->count > 0) {
		a->empty_reads = 0;
		return f->rows[f->count - 1].seq;
	}
	if (f->oldest - 1 > end)
		end = f->oldest - 1;
	if (f->head > end && ++a->empty_reads >= EMPTY_READS_MAX) {
		log_warn(NULL, "events are missing",
		    "account=%s after=%lld "
		    "head=%lld",
		    a->id, (long long)end, (long long)f->head);
		end = f->head;
		a->empty_reads = 0;
	}
	return end;
}

/* Lets go of what waits: all of it, or what belongs to one run. */
static void
held_flush(struct hub_account *a, const char *run_id)
{
	struct hub_held *h, *next;

	for (h = STAILQ_FIRST(&a->held); h != NULL; h = next) {
		next = STAILQ_NEXT(h, next);
		if (run_id != NULL && strcmp(h->run_id, run_id) != 0)
			continue;
		held_send(a, h);
		held_drop(a, h);
	}
}

static void
held_send(struct hub_account *a, const struct hub_held *h)
{
	struct ws_conn *c, *next;

	for (c = LIST_FIRST(&a->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, member);
		if (!c->replaying && hub_may_get(c, SCOPE_READ, h->event))
			ws_send(c, h->buf, true);
	}
}

static void
held_drop(struct hub_account *a, struct hub_held *h)
{
	a->held_bytes -= h->buf->len;
	STAILQ_REMOVE(&a->held, h, hub_held, next);
	ws_buf_drop(h->buf);
	free(h);
}

static void
heads_run(struct pool_job *job, struct db *db)
{
	struct heads_job *j = (struct heads_job *)job;

	j->status = feed_heads(db, j->ids, &j->heads);
}

static void
heads_done(struct pool_job *job)
{
	struct heads_job *j = (struct heads_job *)job;
	struct hub *hub = j->hub;
	struct json_object *heads = j->heads;

	hub->polling_heads = false;
	if (j->status == ST_OK && heads != NULL) {
		json_object_object_foreach(heads, id, seq)
		{
			struct hub_account *a = hub_account_find(hub, id);

			if (a != NULL && json_object_get_int64(seq) > a->head)
				hub_wake(hub, id);
		}
	}
	js_put(&j->ids);
	js_put(&j->heads);
	free(j);
}
