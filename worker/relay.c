/*
 * Which accounts this worker listens to, and whether anybody else is there.
 *
 * Every two seconds one statement says that we live and cleans up.  Alone, that
 * is all.  With others, every account of the hub is listened to once, with the
 * credential of one of its sockets: the database lets nobody listen without.
 */
#include "config.h"

#include "worker/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "worker/relay_int.h"

#define BEAT_SECS 2.0

static void
run_beat(struct pool_job *job, struct db *db)
{
	struct relay_beat_job *j = (struct relay_beat_job *)job;
	const char *id = j->relay->id;

	j->status = relay_store_beat(db, id, &j->others, &j->known);
	if (j->status == ST_OK && json_object_array_length(j->left) > 0)
		j->status = relay_store_unlisten(db, id, j->left);
	for (size_t i = 0; i < j->count && j->status == ST_OK; i++)
		j->listening[i] =
		    relay_store_listen(db, id, &j->listens[i].cred) == ST_OK;
}

/* Accounts that are new here; those that fail are asked for at a later beat. */
static void
take_over(struct relay *r)
{
	struct relay_beat_job *j = &r->beating;

	if (!j->known)
		hub_unlist_all(r->env->hub);
	for (size_t i = 0; i < j->count; i++) {
		const char *id = j->listens[i].account_id;

		if (!j->listening[i])
			continue;
		if (!hub_list(r->env->hub, id))
			relay_account_left(r, id);
		notify_send(r->env->notify, NOTIFY_LISTEN, id);
		j->again |= j->count == RELAY_LISTENS_A_JOB;
	}
	if (r->others == 0 && j->others > 0)
		j->again = true;
	if (r->others != j->others)
		log_info(&r->log, "other workers", "count=%d", j->others);
	r->others = j->others;
	/* A worker that was not known is news to the others. */
	if (!j->known)
		notify_send(r->env->notify, NOTIFY_LISTEN, "");
}

static void
on_beaten(struct pool_job *job)
{
	struct relay_beat_job *j = (struct relay_beat_job *)job;
	struct relay *r = j->relay;

	j->out = false;
	if (j->status == ST_OK) {
		take_over(r);
	} else {
		size_t n = json_object_array_length(j->left);

		for (size_t i = 0; i < n; i++)
			relay_account_left(r,
			    json_object_get_string(
				json_object_array_get_idx(j->left, i)));
	}
	js_put(&j->left);
	bytes_wipe(j->listens, sizeof(j->listens));
	if (j->again)
		relay_beat_now(r);
}

void
relay_beat_now(struct relay *r)
{
	struct relay_beat_job *j = &r->beating;

	if (j->out) {
		j->again = true;
		return;
	}
	j->again = false;
	j->status = ST_UNAVAILABLE;
	j->left = r->left;
	r->left = json_object_new_array();
	memset(j->listening, 0, sizeof(j->listening));
	j->count = r->others == 0
	    ? 0
	    : hub_unlisted(r->env->hub, j->listens, RELAY_LISTENS_A_JOB);
	j->out = pool_submit(r->env->pool, &j->job) == ST_OK;
	if (!j->out) {
		js_put(&r->left);
		r->left = j->left;
		j->left = NULL;
	}
}

static void
on_beat(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct relay *r = w->data;

	(void)loop;
	(void)revents;
	relay_beat_now(r);
	relay_in_beat(r);
}

struct relay *
relay_new(struct turn_env *env)
{
	struct relay *r = mem_zalloc(sizeof(*r));
	unsigned char dice[4];

	r->env = env;
	env->relay = r;
	r->log.component = "relay";
	uuid_new(r->id);
	bytes_random(dice, sizeof(dice));
	(void)snprintf(r->tag, sizeof(r->tag), "%02x%02x%02x%02x", dice[0],
	    dice[1], dice[2], dice[3]);
	r->left = json_object_new_array();
	r->beating.relay = r;
	r->beating.job.run = run_beat;
	r->beating.job.done = on_beaten;
	relay_out_init(r);
	relay_in_init(r);
	ev_timer_init(&r->beat, on_beat, 0.0, BEAT_SECS);
	r->beat.data = r;
	ev_timer_start(env->loop, &r->beat);
	hub_set_relay(env->hub, r);
	return r;
}

void
relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	hub_set_relay(r->env->hub, NULL);
	r->env->relay = NULL;
	ev_timer_stop(r->env->loop, &r->beat);
	relay_out_done(r);
	relay_in_done(r);
	js_put(&r->beating.left);
	js_put(&r->left);
	free(r);
}

void
relay_on_listen(struct relay *r, const char *payload)
{
	/* Somebody is there, whatever the last beat has found. */
	if (payload[0] == '\0' || r->others == 0)
		relay_beat_now(r);
	relay_out_ask_again(r, payload[0] == '\0' ? NULL : payload);
}

void
relay_on_missed(struct relay *r)
{
	relay_beat_now(r);
	relay_out_ask_again(r, NULL);
	relay_in_beat(r);
}

void
relay_account_came(struct relay *r)
{
	if (r != NULL && r->others > 0)
		relay_beat_now(r);
}

void
relay_account_left(struct relay *r, const char *account_id)
{
	if (r != NULL)
		js_push(r->left, json_object_new_string(account_id));
}
