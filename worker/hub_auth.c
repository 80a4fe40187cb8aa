/*
 * What credentials are still worth (S143).
 *
 * Authority has one number for the deployment that moves with every change of
 * a key, a membership or a person.  It is read once a second; when it has
 * moved, each different credential of our sockets is asked about in the pool.
 * A round ends when all are answered: refused sockets are closed, changed
 * scopes are taken over.  Calls are checked by the database anyway; this is
 * for the events that a socket would still get.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "event/feed.h"
#include "op/op_enter.h"
#include "worker/hub_int.h"

#define CREDS_A_JOB 64

/* One different credential with its narrowing. */
struct item {
	struct op_cred cred;
	unsigned scope_mask;
	enum status status;
	struct op_principal who;
};

struct hub_round {
	struct hub *hub;
	size_t count;
	size_t jobs;        /* not yet done */
	struct item *items; /* sorted by item_compare */
};

struct check_job {
	struct pool_job job; /* first */
	struct hub_round *round;
	size_t from, to; /* of items */
};

struct epoch_job {
	struct pool_job job; /* first */
	struct hub *hub;
	enum status status;
	int64_t epoch;
};

static struct hub_round *round_new(struct hub *hub);
static void collect(struct ws_conn *c, void *arg);
static int item_compare(const void *a, const void *b);
static void round_submit(struct hub_round *r);
static void check_run(struct pool_job *job, struct db *db);
static void check_done(struct pool_job *job);
static void round_end(struct hub_round *r);
static void judge(struct ws_conn *c, void *arg);
static void take_over(struct ws_conn *c, const struct op_principal *who);
static void renew_expiry(struct ws_conn *c, void *arg);
static void epoch_run(struct pool_job *job, struct db *db);
static void epoch_done(struct pool_job *job);

void
hub_recheck(struct hub *hub)
{
	if (hub->round != NULL) {
		hub->recheck_again = true;
		return;
	}
	hub->recheck_failed = false;
	hub->recheck_again = false;
	if (hub->sockets == 0 || hub->stopping) {
		hub->serial++;
		return;
	}
	hub->serial++;
	hub->round = round_new(hub);
	round_submit(hub->round);
}

void
hub_authority_poll(struct hub *hub)
{
	struct epoch_job *j;

	if (hub->polling_authority)
		return;
	j = mem_zalloc(sizeof(*j));
	j->job.run = epoch_run;
	j->job.done = epoch_done;
	j->hub = hub;
	j->status = ST_UNAVAILABLE;
	hub->polling_authority = true;
	if (pool_submit(hub->pool, &j->job) != ST_OK)
		epoch_done(&j->job);
}

/* The database's clock decides (S283): ours only says when to ask. */
void
hub_expiry_check(struct hub *hub)
{
	if (hub->next_expiry_ms == 0 || clock_wall_ms() < hub->next_expiry_ms)
		return;
	hub->next_expiry_ms = 0;
	hub_recheck(hub);
}

void
hub_note_expiry(struct hub *hub, const struct ws_conn *c)
{
	int64_t at = c->who.expires_ms;

	if (at != 0 && (hub->next_expiry_ms == 0 || at < hub->next_expiry_ms))
		hub->next_expiry_ms = at;
}

static struct hub_round *
round_new(struct hub *hub)
{
	struct hub_round *r = mem_zalloc(sizeof(*r));
	size_t i, kept = 0;

	r->hub = hub;
	r->items = mem_array(hub->sockets, sizeof(*r->items));
	hub_each(hub, collect, r);
	qsort(r->items, r->count, sizeof(*r->items), item_compare);
	for (i = 0; i < r->count; i++) {
		if (kept > 0 &&
		    item_compare(&r->items[kept - 1], &r->items[i]) == 0)
			continue;
		r->items[kept++] = r->items[i];
	}
	r->count = kept;
	return r;
}

static void
collect(struct ws_conn *c, void *arg)
{
	struct hub_round *r = arg;
	struct item *item = &r->items[r->count++];

	item->cred = c->cred;
	item->scope_mask = c->scope_mask;
	item->status = ST_UNAVAILABLE;
}

static int
item_compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = memcmp(x->cred.hash, y->cred.hash, sizeof(x->cred.hash));

	if (order != 0)
		return order;
	if (x->cred.kind != y->cred.kind)
		return x->cred.kind < y->cred.kind ? -1 : 1;
	if (x->scope_mask != y->scope_mask)
		return x->scope_mask < y->scope_mask ? -1 : 1;
	return 0;
}

/* The round counts itself as one job, so that it cannot end before all of its
 * jobs are submitted. */
static void
round_submit(struct hub_round *r)
{
	size_t from;

	r->jobs = 1;
	for (from = 0; from < r->count; from += CREDS_A_JOB) {
		struct check_job *j = mem_zalloc(sizeof(*j));

		j->job.run = check_run;
		j->job.done = check_done;
		j->round = r;
		j->from = from;
		j->to = r->count - from < CREDS_A_JOB ? r->count
						      : from + CREDS_A_JOB;
		r->jobs++;
		if (pool_submit(r->hub->pool, &j->job) != ST_OK) {
			r->jobs--;
			free(j);
		}
	}
	if (--r->jobs == 0)
		round_end(r);
}

static void
check_run(struct pool_job *job, struct db *db)
{
	struct check_job *j = (struct check_job *)job;
	size_t i;

	for (i = j->from; i < j->to; i++) {
		struct item *item = &j->round->items[i];
		struct op_error error;
		const struct op_entry entry = {
			.cred = &item->cred,
			.mask = item->scope_mask,
		};

		item->status = op_identify(db, &entry, &item->who, &error);
	}
}

static void
check_done(struct pool_job *job)
{
	struct hub_round *r = ((struct check_job *)job)->round;

	free(job);
	if (--r->jobs == 0)
		round_end(r);
}

static void
round_end(struct hub_round *r)
{
	struct hub *hub = r->hub;

	hub_each(hub, judge, r);
	hub->round = NULL;
	bytes_wipe(r->items, r->count * sizeof(*r->items));
	free(r->items);
	free(r);
	if (hub->next_expiry_ms == 0)
		hub_each(hub, renew_expiry, hub);
	if (hub->recheck_again && !hub->stopping)
		hub_recheck(hub);
}

/* A socket that joined after the round began is not in it: hub_join saw to
 * that another round follows. */
static void
judge(struct ws_conn *c, void *arg)
{
	struct hub_round *r = arg;
	struct item key = { .cred = c->cred, .scope_mask = c->scope_mask };
	const struct item *item =
	    bsearch(&key, r->items, r->count, sizeof(*r->items), item_compare);

	if (item == NULL)
		return;
	switch (item->status) {
	case ST_OK:
		take_over(c, &item->who);
		break;
	case ST_UNAUTH:
	case ST_FORBIDDEN:
	case ST_SETUP_REQUIRED:
	case ST_NOT_FOUND:
	case ST_GONE:
	case ST_INVALID:
	case ST_CONFLICT:
		ws_close(c, WSLAY_CODE_POLICY_VIOLATION, "credential revoked");
		break;
	case ST_REAUTH:
	case ST_METHOD:
	case ST_TOO_LARGE:
	case ST_MEDIA_TYPE:
	case ST_MISDIRECTED:
	case ST_LIMIT:
	case ST_UPSTREAM:
	case ST_DB:
	case ST_UNAVAILABLE:
	case ST_UNSUPPORTED:
	case ST_INTERNAL:
		/* Nothing was learned; the socket is not punished for it. */
		r->hub->recheck_failed = true;
		break;
	}
}

static void
take_over(struct ws_conn *c, const struct op_principal *who)
{
	if (strcmp(who->account_id, c->who.account_id) != 0 ||
	    strcmp(who->user_id, c->who.user_id) != 0) {
		ws_close(c, WSLAY_CODE_POLICY_VIOLATION, "credential revoked");
		return;
	}
	c->who.scopes = who->scopes;
	c->who.expires_ms = who->expires_ms;
	c->suspect = false;
}

/* An expiry that has passed by our clock but not by the database's is asked
 * about again in a second. */
static void
renew_expiry(struct ws_conn *c, void *arg)
{
	struct hub *hub = arg;
	int64_t soon = clock_wall_ms() + 1000;

	hub_note_expiry(hub, c);
	if (hub->next_expiry_ms != 0 && hub->next_expiry_ms < soon)
		hub->next_expiry_ms = soon;
}

static void
epoch_run(struct pool_job *job, struct db *db)
{
	struct epoch_job *j = (struct epoch_job *)job;

	j->status = feed_authority(db, &j->epoch);
}

static void
epoch_done(struct pool_job *job)
{
	struct epoch_job *j = (struct epoch_job *)job;
	struct hub *hub = j->hub;
	bool moved = j->status == ST_OK && j->epoch != hub->epoch;

	hub->polling_authority = false;
	if (j->status == ST_OK)
		hub->epoch = j->epoch;
	free(j);
	if (moved)
		hub_recheck(hub);
}
