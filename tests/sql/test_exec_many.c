/*
 * Commands that many people and workers reach for at the same time: one
 * decision, one start, and limits that hold exactly (S15, S29, A98).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sql/exec_case.h"

#define DECIDERS 8
#define DECISIONS 25 /* each */
#define STARTERS 50
#define ASKERS 40
#define SESSIONS 5

struct decider {
	const struct exec_case *c;
	const char *id;
	int number, words;
	int won, odd; /* odd: neither won nor told the decision */
	char word[EXEC_WORD], heard[EXEC_WORD], command[32];
};

static void
decide_work(void *arg)
{
	static const char *const words[] = { "approved", "modified", "denied" };
	struct decider *w = arg;
	struct db *api = db_open(info_api());
	char answer[EXEC_WORD], command[32];

	for (int i = 0; i < DECISIONS; i++) {
		struct exec_decision d = {
			.word = words[(w->number + i) % w->words]
		};

		(void)snprintf(command, sizeof(command), "echo %d",
		    w->number * DECISIONS + i);
		if (strcmp(d.word, "modified") == 0)
			d.command = command;
		if (strcmp(exec_decide(api, &w->c->p.key, w->id, &d, answer),
			"ok") == 0) {
			w->won++;
			(void)mem_copy_str(w->word, EXEC_WORD, d.word);
			(void)mem_copy_str(w->command, sizeof(w->command),
			    d.command == NULL ? "make" : d.command);
		} else if (w->heard[0] == '\0') {
			(void)mem_copy_str(w->heard, EXEC_WORD, answer);
		} else if (strcmp(w->heard, answer) != 0) {
			w->odd++;
		}
	}
	db_close(api);
}

struct starter {
	const struct exec_case *c;
	const char *id;
	enum status status;
	char command[32];
};

static void
start_work(void *arg)
{
	struct starter *w = arg;
	struct db *worker = db_open(info_worker());
	struct exec_row row = { 0 };

	w->status = exec_start(worker, &w->c->lease, w->id, &row);
	if (w->status == ST_OK)
		(void)mem_copy_str(w->command, sizeof(w->command), row.command);
	exec_row_done(&row);
	db_close(worker);
}

/* How many of 50 starts worked, all others having been too late. */
static int
starts(const struct exec_case *c, const char *id, const char *command)
{
	struct starter starters[STARTERS];
	int started = 0, late = 0;

	memset(starters, 0, sizeof(starters));
	for (int i = 0; i < STARTERS; i++) {
		starters[i].c = c;
		starters[i].id = id;
	}
	in_parallel(STARTERS, start_work, starters, sizeof(starters[0]));
	for (int i = 0; i < STARTERS; i++) {
		started += starters[i].status == ST_OK &&
		    strcmp(starters[i].command, command) == 0;
		late += starters[i].status == ST_CONFLICT;
	}
	return started + late == STARTERS ? started : -1;
}

/* 200 decisions of the first WORDS kinds on one request. */
static void
decided_once(const char *username, int words)
{
	struct exec_case c;
	struct decider deciders[DECIDERS];
	char id[UUID_TEXT], trail[128], *row;
	const struct decider *winner = NULL;
	int won = 0, odd = 0, n;

	exec_case_make(username, &c);
	exec_asked(&c, "call-1", "make", id);
	memset(deciders, 0, sizeof(deciders));
	for (int i = 0; i < DECIDERS; i++) {
		deciders[i].c = &c;
		deciders[i].id = id;
		deciders[i].number = i;
		deciders[i].words = words;
	}
	in_parallel(DECIDERS, decide_work, deciders, sizeof(deciders[0]));
	for (int i = 0; i < DECIDERS; i++) {
		won += deciders[i].won;
		odd += deciders[i].odd;
		if (deciders[i].won > 0)
			winner = &deciders[i];
	}
	if (!check(won == 1, "of %d decisions at once one wins (%d did)",
		DECIDERS * DECISIONS, won))
		return;
	for (int i = 0; i < DECIDERS; i++)
		odd += strcmp(deciders[i].heard, winner->word) != 0;
	check(odd == 0, "all others hear which one it was");
	row = owner_get("SELECT decision || ' ' || final_command FROM"
			" moltis.exec_requests WHERE id = '%s'",
	    id);
	(void)snprintf(trail, sizeof(trail), "%s %s", winner->word,
	    winner->command);
	check_text(row, trail, "and the row is what the winner said");
	free(row);
	n = starts(&c, id, winner->command);
	check(n == (strcmp(winner->word, "denied") != 0),
	    "%s: of %d starts at once %d worked", winner->word, STARTERS, n);
	(void)snprintf(trail, sizeof(trail),
	    "requested resolved:%s | requested %s%s", winner->word,
	    winner->word, n == 1 ? " started" : "");
	check_trail(id, trail, "each step was told and noted once");
	exec_case_done(&c);
}

struct racer {
	struct exec_case *c;
	const char *id;
	int what; /* 0 approves, 1 aborts, 2 starts */
	enum status status;
};

static void
race_work(void *arg)
{
	struct racer *r = arg;
	struct db *api = db_open(info_api());
	char answer[EXEC_WORD], params[128];

	switch (r->what) {
	case 0:
		(void)exec_decide(api, &r->c->p.key, r->id,
		    &(struct exec_decision){ .word = "approved" }, answer);
		break;
	case 1:
		(void)snprintf(params, sizeof(params),
		    "{\"sessionKey\":\"%s\"}", r->c->chat_key);
		r->status =
		    call_op(api, &r->c->p.key, "chat.abort", params, NULL);
		break;
	default:
		for (int i = 0; i < 20; i++) {
			r->status = exec_try(r->c, r->id);
			if (r->status == ST_OK)
				break;
		}
	}
	db_close(api);
}

/* Whatever comes first, nothing is left that could still start. */
static void
approved_or_aborted(void)
{
	struct exec_case c;
	int good = 0, started = 0;

	exec_case_make("racer", &c);
	for (int round = 0; round < 12; round++) {
		struct racer racers[3];
		char id[UUID_TEXT], *state;
		bool ran;

		if (round > 0) {
			c.chat_key[0] = '\0';
			exec_turn(&c, c.chat_key, &c.lease);
		}
		exec_asked(&c, "call-1", "make", id);
		for (int i = 0; i < 3; i++)
			racers[i] = (struct racer){ &c, id, i, ST_OK };
		in_parallel(3, race_work, racers, sizeof(racers[0]));
		ran = racers[2].status == ST_OK;
		state = owner_get("SELECT state FROM moltis.exec_requests"
				  " WHERE id = '%s'",
		    id);
		started += ran;
		good += racers[1].status == ST_OK &&
		    strcmp(state, ran ? "started" : "cancelled") == 0;
		free(state);
	}
	check(good == 12,
	    "approval, abort and start at once: started or cancelled, %d of 12"
	    " (%d started)",
	    good, started);
	exec_case_done(&c);
}

struct asker {
	const struct turn_lease *lease;
	int number;
	enum status status;
	enum exec_state state;
	bool says_why;
};

static void
ask_work(void *arg)
{
	struct asker *w = arg;
	struct db *worker = db_open(info_worker());
	char call_id[24];
	struct exec_ask ask = exec_ask_of(call_id, "make");
	struct exec_row row;

	(void)snprintf(call_id, sizeof(call_id), "call-%d", w->number);
	w->status = exec_put(worker, w->lease, &ask, &row);
	w->state = row.standing;
	w->says_why = w->status == ST_OK &&
	    strstr(row.why, "too many commands wait") != NULL;
	exec_row_done(&row);
	db_close(worker);
}

/* COUNT asks over the first SESSIONS leases; how many wait. */
static int
asks(const struct turn_lease *leases, int sessions, int count)
{
	struct asker askers[ASKERS];
	int waiting = 0, refused = 0;

	memset(askers, 0, sizeof(askers));
	for (int i = 0; i < count; i++) {
		askers[i].lease = &leases[i % sessions];
		askers[i].number = i;
	}
	in_parallel(count, ask_work, askers, sizeof(askers[0]));
	for (int i = 0; i < count; i++) {
		waiting += askers[i].status == ST_OK &&
		    askers[i].state == EXEC_PENDING;
		refused += askers[i].status == ST_OK &&
		    askers[i].state == EXEC_REFUSED && askers[i].says_why;
	}
	return waiting + refused == count ? waiting : -1;
}

static void
limits_of_waiting(void)
{
	struct exec_case c;
	struct exec_ask ask = exec_ask_of("more", "make");
	struct exec_row row;
	char *id;
	int n;

	exec_case_make("flooder", &c);
	n = asks(&c.lease, 1, 20);
	check(n == EXEC_PENDING_SESSION_MAX,
	    "of 20 commands of a session at once 8 wait (%d do)", n);
	id = owner_get("SELECT id FROM moltis.exec_requests WHERE account_id ="
		       " '%s' AND state = 'pending' LIMIT 1",
	    c.p.account_id);
	exec_decided(&c, id, "denied");
	free(id);
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_PENDING,
	    "when one is decided there is room for the next");
	exec_row_done(&row);
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'exec.approval.requested'",
		  c.p.account_id) == 9 &&
		owner_count("SELECT count(*) FROM moltis.audit WHERE"
			    " account_id = '%s' AND name = 'exec.requested'",
		    c.p.account_id) == 21,
	    "a person hears of those that wait, all are noted");
	exec_case_done(&c);
}

static void
limits_of_account(void)
{
	struct exec_case c;
	struct turn_lease leases[SESSIONS];
	int n;

	exec_case_make("flooder2", &c);
	leases[0] = c.lease;
	for (int i = 1; i < SESSIONS; i++) {
		char key[EXEC_KEY] = "";

		exec_turn(&c, key, &leases[i]);
	}
	n = asks(leases, SESSIONS, ASKERS);
	check(n == EXEC_PENDING_ACCOUNT_MAX,
	    "of 40 commands of an account at once 32 wait (%d do)", n);
	check(owner_count("SELECT max(n) FROM (SELECT count(*) AS n FROM"
			  " moltis.exec_requests WHERE account_id = '%s' AND"
			  " state = 'pending' GROUP BY session_id) x",
		  c.p.account_id) <= EXEC_PENDING_SESSION_MAX,
	    "and none of its sessions has more than 8");
	exec_case_done(&c);
}

static void
limit_of_minute(void)
{
	struct exec_case c;
	struct exec_ask ask = exec_ask_of("call-61", "make");
	struct exec_row row;
	char call_id[24], id[UUID_TEXT];

	exec_case_make("hurrier", &c);
	for (int i = 0; i < EXEC_PROMPTS_PER_MIN; i++) {
		(void)snprintf(call_id, sizeof(call_id), "call-%d", i);
		exec_asked(&c, call_id, "make", id);
		exec_decided(&c, id, "denied");
	}
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_REFUSED &&
		strstr(row.why, "in a minute") != NULL,
	    "the 61st command of a minute is refused");
	exec_row_done(&row);
	owner_do("UPDATE moltis.throttle SET window_start = window_start -"
		 " interval '61 seconds' WHERE class = 'user.approval' AND"
		 " subject = '%s'",
	    c.p.user_id);
	exec_asked(&c, "call-62", "make", id);
	check(exec_state_of(&c, id) == EXEC_PENDING,
	    "a minute later one may be asked again");
	exec_case_done(&c);
}

void
test_exec_many(void)
{
	exec_quiet();
	decided_once("decider", 3);
	decided_once("decider2", 2);
	approved_or_aborted();
	limits_of_waiting();
	limits_of_account();
	limit_of_minute();
}
