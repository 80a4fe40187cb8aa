/*
 * Calls counted in blocks.
 *
 * Two fixed tables: credentials, by hash, with the person and account that
 * enter() found behind them, and subjects (a person's REST calls, a person's
 * WebSocket calls, an account's calls) with what has not been told yet.  Both
 * forget who was not seen longest; a forgotten credential is counted in the
 * database at its next call.
 */
#include "config.h"

#include "op/op_meter.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "op/op_enter.h"

#define LINES 512 /* a power of two */
#define PLACES 8
#define KEY_BYTES 40 /* class letter and id */

/* SQLSTATEs of moltis.meter_take(). */
#define STATE_PERSON "MO42P"
#define STATE_ACCOUNT "MO42A"

struct known {
	unsigned char hash[BYTES_SHA256]; /* of the credential */
	char user_id[UUID_TEXT];
	char account_id[UUID_TEXT];
	int64_t used_ms; /* 0 = free */
};

struct subject {
	char key[KEY_BYTES];
	int untold;               /* calls the database does not know of */
	int64_t refused_until_ms; /* monotonic */
	int64_t used_ms;          /* 0 = free */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known credentials[LINES][PLACES];
static struct subject subjects[LINES][PLACES];

int
op_meter_block(int max_per_min)
{
	int block = max_per_min / 30;

	return block < 1 ? 1 : block > 100 ? 100 : block;
}

/* The place of a credential, or the one that was unused longest.  SHA-256 is
 * as even as it gets. */
static struct known *
known_place(const unsigned char hash[BYTES_SHA256])
{
	struct known *line = credentials[(hash[0] << 8 | hash[1]) & (LINES - 1)];
	struct known *oldest = line;

	for (int i = 0; i < PLACES; i++) {
		if (line[i].used_ms != 0 &&
		    memcmp(line[i].hash, hash, BYTES_SHA256) == 0)
			return &line[i];
		if (line[i].used_ms < oldest->used_ms)
			oldest = &line[i];
	}
	return oldest;
}

static struct known *
known_find(const unsigned char hash[BYTES_SHA256])
{
	struct known *k = known_place(hash);

	return k->used_ms != 0 && memcmp(k->hash, hash, BYTES_SHA256) == 0
	    ? k
	    : NULL;
}

static void
known_put(const struct op_call *call, const struct op_principal *who,
    int64_t now)
{
	struct known *k = known_place(call->cred.hash);

	memcpy(k->hash, call->cred.hash, BYTES_SHA256);
	memcpy(k->user_id, who->user_id, sizeof(k->user_id));
	memcpy(k->account_id, who->account_id, sizeof(k->account_id));
	k->used_ms = now;
}

/* The row of LETTER and ID; the one unused longest is given to it when it has
 * none.  Ids are ours and random: an even spread needs no more than this. */
static struct subject *
subject_need(char letter, const char *id, int64_t now)
{
	char key[KEY_BYTES];
	struct subject *line, *oldest;
	uint32_t h = 2166136261u;

	snprintf(key, sizeof(key), "%c%s", letter, id);
	for (const char *s = key; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	line = oldest = subjects[(h ^ h >> 16) & (LINES - 1)];
	for (int i = 0; i < PLACES; i++) {
		if (line[i].used_ms != 0 && strcmp(line[i].key, key) == 0) {
			line[i].used_ms = now;
			return &line[i];
		}
		if (line[i].used_ms < oldest->used_ms)
			oldest = &line[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	memcpy(oldest->key, key, sizeof(oldest->key));
	oldest->used_ms = now;
	return oldest;
}

static char
person_letter(const struct op_call *call)
{
	return call->via == VIA_WS ? 'w' : 'r';
}

static int
person_max(const struct op_call *call)
{
	return call->via == VIA_WS ? call->conf->limit_ws_calls_per_min
				   : call->conf->limit_calls_per_min;
}

/* Counted are the calls of people and keys from outside; not the further steps
 * of a request that moves a file, which was counted when it began. */
static bool
is_metered(const struct op_call *call)
{
	return call->via != VIA_CLI && call->raw == NULL &&
	    (call->cred.kind == CRED_KEY || call->cred.kind == CRED_SESSION);
}

static int
take_untold(struct subject *s)
{
	int n = s->untold;

	s->untold = 0;
	return n;
}

/* Seconds to wait; 0: counted, and call->meter filled. */
static int
count(struct op_call *call, const struct known *k, int64_t now)
{
	struct subject *person =
	    subject_need(person_letter(call), k->user_id, now);
	struct subject *account = subject_need('a', k->account_id, now);
	int64_t until = person->refused_until_ms > account->refused_until_ms
	    ? person->refused_until_ms
	    : account->refused_until_ms;

	if (until > now)
		return (int)((until - now + 999) / 1000);
	person->untold++;
	account->untold++;
	if (person->untold < op_meter_block(person_max(call)) &&
	    account->untold <
		op_meter_block(call->conf->limit_account_calls_per_min))
		return 0;
	call->meter.person = take_untold(person);
	call->meter.account = take_untold(account);
	return 0;
}

enum status
op_meter_begin(struct op_call *call)
{
	int64_t now = clock_mono_ms();
	struct known *k;
	int wait = 0;

	memset(&call->meter, 0, sizeof(call->meter));
	if (!is_metered(call))
		return ST_OK;
	pthread_mutex_lock(&lock);
	k = known_find(call->cred.hash);
	if (k == NULL) {
		call->meter = (struct op_meter){ 1, 1 };
	} else {
		k->used_ms = now;
		wait = count(call, k, now);
	}
	pthread_mutex_unlock(&lock);
	if (wait == 0)
		return ST_OK;
	call->error.retry_after_secs = wait;
	return op_fail(call, ST_LIMIT, "too many requests, try again later");
}

enum status
op_meter_queue(struct op_call *call)
{
	const struct op_meter *m = &call->meter;

	if (m->person == 0 && m->account == 0)
		return ST_OK;
	db_bind_text(call->db, call->via == VIA_WS ? "ws" : "rest");
	db_bind_int(call->db, m->person);
	db_bind_int(call->db, person_max(call));
	db_bind_int(call->db, m->account);
	db_bind_int(call->db, call->conf->limit_account_calls_per_min);
	return db_queue(call->db, STMT_OP_METER_TAKE);
}

void
op_meter_end(struct op_call *call)
{
	const char *state = db_last_error(call->db)->sqlstate;
	int64_t now = clock_mono_ms();
	int64_t until = now + call->error.retry_after_secs * 1000LL;
	struct op_principal who;

	/* A call that told nothing was of somebody known already. */
	if ((call->meter.person == 0 && call->meter.account == 0) ||
	    op_enter_read(call->db, &who) != ST_OK)
		return;
	pthread_mutex_lock(&lock);
	known_put(call, &who, now);
	if (strcmp(state, STATE_PERSON) == 0)
		subject_need(person_letter(call), who.user_id, now)
		    ->refused_until_ms = until;
	else if (strcmp(state, STATE_ACCOUNT) == 0)
		subject_need('a', who.account_id, now)->refused_until_ms =
		    until;
	pthread_mutex_unlock(&lock);
}
