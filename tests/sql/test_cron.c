/*
 * Scheduled jobs through the gate: what can be made, who is told, and the
 * limits that hold whoever asks and however many do (S100 to S107, A104-A106).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/txt.h"
#include "cron/cron_store.h"
#include "js/js.h"
#include "tests/sql/sqltest.h"
#include "turn/turn.h"

#define ADDERS 50
#define EVERY "\"schedule\":{\"kind\":\"every\",\"every_ms\":3600000}"
#define TASK "\"payload\":{\"kind\":\"agentTurn\",\"message\":\"look\"}"
#define JOB "{\"name\":\"job\"," EVERY "," TASK "}"

static struct db *api;

static void
forget_creations(void)
{
	owner_do("DELETE FROM moltis.cron_creations");
}

static long
events_of(const struct person *p, const char *name)
{
	return owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			   " = '%s' AND name = '%s'",
	    p->account_id, name);
}

/* The id of a new job. */
static void
add(const struct person *p, const char *params, char ret_id[UUID_TEXT])
{
	own_json struct json_object *reply = NULL;
	enum status st = call_op(api, &p->session, "cron.add", params, &reply);

	check_status(st, ST_OK, "a job is made");
	(void)snprintf(ret_id, UUID_TEXT, "%s",
	    st == ST_OK ? js_text(reply, "id") : "");
}

static enum status
with_id(const struct person *p, const char *op, const char *id,
    const char *more, struct json_object **ret)
{
	own_txt struct txt params = { 0 };

	txt_format(&params, "{\"id\":\"%s\"%s}", id, more);
	return call_op(api, &p->session, op, txt_str(&params), ret);
}

static void
made_and_changed(void)
{
	own_json struct json_object *job = NULL, *list = NULL, *status = NULL;
	own_json struct json_object *after = NULL;
	struct person p;
	char id[UUID_TEXT];

	person_make("cron-one", &p);
	add(&p, JOB, id);
	check_status(call_op(api, &p.session, "cron.list", "{}", &list), ST_OK,
	    "jobs are listed");
	job = json_object_get(json_object_array_get_idx(list, 0));
	check_text(js_text(job, "sessionTarget"), "isolated",
	    "a job has a conversation of its own");
	check(js_bool(js_get(job, "sandbox"), "enabled", false) &&
		!js_bool(job, "system", true) && js_bool(job, "enabled", false),
	    "it is enabled, in a sandbox, and not the server's");
	check(js_int(js_path(job, "schedule"), "every_ms", 0) == 3600000 &&
		js_int(js_path(job, "schedule"), "everyMs", 0) == 3600000,
	    "both spellings of its schedule are there");
	check(js_int(js_path(job, "state"), "nextRunAtMs", 0) -
		    js_int(job, "createdAtMs", 0) >
		3590000,
	    "it comes an hour after it was made");
	check_text(js_text(js_get(job, "createdBy"), "method"), "session",
	    "it says who made it");
	check_status(with_id(&p, "cron.update", id,
			 ",\"patch\":{\"enabled\":false}", &after),
	    ST_OK, "a job is switched off");
	check(js_path(after, "state.nextRunAtMs") == NULL &&
		js_int(after, "version", 0) == 2,
	    "and has no next time then");
	check_status(call_op(api, &p.session, "cron.status", "{}", &status),
	    ST_OK, "the status is read");
	check_text(js_str(status),
	    "{\"running\":true,\"jobCount\":1,\"enabledCount\":0,"
	    "\"nextRunAtMs\":null}",
	    "it counts jobs, and those that are on");
	check_status(with_id(&p, "cron.remove", id, "", NULL), ST_OK,
	    "a job is removed");
	check_status(with_id(&p, "cron.remove", id, "", NULL), ST_NOT_FOUND,
	    "once");
	check(events_of(&p, "cron.job.created") == 1 &&
		events_of(&p, "cron.job.updated") == 1 &&
		events_of(&p, "cron.job.removed") == 1,
	    "each change was told once");
}

static void
refused(void)
{
	static const struct {
		const char *params;
		enum status st;
		const char *sentence;
	} rows[] = {
		{ "{\"name\":\"a\"," EVERY "," TASK ",\"system\":true}",
		    ST_INVALID, "a caller makes no system job" },
		{ "{\"id\":\"__heartbeat__\",\"name\":\"a\"," EVERY "," TASK
		  "}",
		    ST_INVALID, "nor one with the name of one" },
		{ "{\"name\":\"a\"," EVERY "," TASK
		  ",\"sandbox\":{\"enabled\":false}}",
		    ST_FORBIDDEN, "the sandbox cannot be switched off" },
		{ "{\"name\":\"a\"," EVERY "," TASK
		  ",\"sandbox\":{\"image\":\"evil\"}}",
		    ST_INVALID, "an image that is not allowed is refused" },
		{ "{\"name\":\"a\"," EVERY "," TASK
		  ",\"sandbox\":{\"network\":\"host\"}}",
		    ST_INVALID, "so is any other setting of the sandbox" },
		{ "{\"name\":\"a\",\"schedule\":{\"kind\":\"every\","
		  "\"every_ms\":1000}," TASK "}",
		    ST_INVALID, "a second is too often" },
		{ "{\"name\":\"a\"," EVERY "," TASK
		  ",\"sessionTarget\":\"main\"}",
		    ST_INVALID, "main wants a system event" },
		{ "{\"name\":\"a\"," EVERY ",\"payload\":{\"kind\":"
		  "\"systemEvent\",\"text\":\"x\"}}",
		    ST_INVALID, "others want a turn of the agent" },
		{ "{\"name\":\"a\"," EVERY "," TASK
		  ",\"sessionTarget\":{\"named\":\"heartbeat\"}}",
		    ST_INVALID, "the heartbeat's session is not taken" },
		{ "{\"name\":\"a\"," EVERY ",\"payload\":{\"kind\":"
		  "\"agentTurn\",\"message\":\"x\",\"deliver\":true}}",
		    ST_INVALID, "nothing is delivered without a channel" },
		{ "{\"name\":\"a\"," EVERY ",\"payload\":{\"kind\":"
		  "\"agentTurn\",\"message\":\"x\",\"timeout_secs\":3601}}",
		    ST_INVALID, "an hour is the longest" },
		{ "{\"name\":\"a\"," EVERY ",\"payload\":{\"kind\":"
		  "\"agentTurn\",\"message\":\"x\",\"model\":\"none\"}}",
		    ST_INVALID, "the model must be configured" },
		{ "{\"name\":\" \"," EVERY "," TASK "}", ST_INVALID,
		    "a blank name is none" },
		{ "{\"name\":\"a\"," EVERY "," TASK ",\"account_id\":\"x\"}",
		    ST_INVALID, "what is not known is refused" },
	};
	struct person p;

	person_make("cron-refused", &p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_status(
		    call_op(api, &p.session, "cron.add", rows[i].params, NULL),
		    rows[i].st, rows[i].sentence);
	check(owner_count("SELECT count(*) FROM moltis.cron_creations WHERE"
			  " account_id = '%s'",
		  p.account_id) == 0,
	    "what was refused is not counted");
	check(events_of(&p, "cron.job.created") == 0, "and not told");
}

struct adder {
	const struct person *p;
	enum status st;
};

static void
add_work(void *arg)
{
	struct adder *w = arg;
	struct db *db = db_open(info_api());

	w->st = call_op(db, &w->p->key, "cron.add", JOB, NULL);
	db_close(db);
}

static void
fifty_at_once(const struct person *p)
{
	struct adder all[ADDERS];
	int made = 0, late = 0;

	for (int i = 0; i < ADDERS; i++)
		all[i].p = p;
	in_parallel(ADDERS, add_work, all, sizeof(all[0]));
	for (int i = 0; i < ADDERS; i++) {
		made += all[i].st == ST_OK;
		late += all[i].st == ST_LIMIT;
	}
	check(made == 10 && late == ADDERS - 10,
	    "of %d at once exactly 10 are made (%d, %d refused)", ADDERS, made,
	    late);
	check(events_of(p, "cron.job.created") == 10, "and ten are told of");
	check(events_of(p, "security.cron.rapid_creation") == 1 &&
		owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			    " = '%s' AND name = 'cron.rapid_creation' AND"
			    " severity = 'warn'",
		    p->account_id) == 1,
	    "the account hears of the limit, once");
}

/* The eleventh, as a client sees it. */
static void
eleventh(const struct person *p)
{
	own_json struct json_object *params = NULL, *error = NULL;
	struct js_error bad;
	struct op_call call = { .method = "cron.add",
		.cred = p->session,
		.via = VIA_WS,
		.conf = test_conf(),
		.db = api };
	enum status st;

	if (js_parse(JOB, strlen(JOB), &params, &bad) != ST_OK)
		exit(2);
	call.params = params;
	st = op_run(&call);
	error = op_error_rest(st, &call.error);
	check_text(call.error.message,
	    "rate limit exceeded: max 10 jobs per 60 seconds",
	    "the eleventh is told the limit");
	check(js_int(error, "retry_after_seconds", 0) > 0 &&
		js_int(error, "retry_after_seconds", 0) <= 60,
	    "and when to come again");
	op_call_done(&call);
}

static void
window(void)
{
	struct person p, other;
	struct db *later;
	char id[UUID_TEXT];

	forget_creations();
	person_make("cron-many", &p);
	person_make("cron-other", &other);
	fifty_at_once(&p);
	eleventh(&p);
	later = db_open(info_api());
	check_status(call_op(later, &p.key, "cron.add", JOB, NULL), ST_LIMIT,
	    "a new process knows the limit");
	db_close(later);
	owner_do("DELETE FROM moltis.cron_jobs WHERE account_id = '%s'",
	    p.account_id);
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_LIMIT,
	    "removing jobs gives nothing back");
	add(&other, JOB, id);
	owner_do("UPDATE moltis.cron_creations SET at = clock_timestamp() -"
		 " interval '57 seconds' WHERE account_id = '%s'",
	    p.account_id);
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_LIMIT,
	    "the window is not over after 57 seconds");
	owner_do("UPDATE moltis.cron_creations c SET at = clock_timestamp() -"
		 " CASE WHEN c.id = (SELECT min(id) FROM moltis.cron_creations"
		 " WHERE account_id = c.account_id) THEN interval"
		 " '60.001 seconds' ELSE interval '5 seconds' END"
		 " WHERE account_id = '%s'",
	    p.account_id);
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_OK,
	    "it slides: one that left makes room for one");
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_LIMIT,
	    "and for no more");
}

static void
whole_server(void)
{
	struct person p;

	forget_creations();
	person_make("cron-server", &p);
	owner_do("INSERT INTO moltis.cron_creations (account_id, at)"
		 " SELECT (SELECT account_id FROM moltis.accounts WHERE"
		 " account_id <> '%s' LIMIT 1), clock_timestamp()"
		 " FROM generate_series(1, 99)",
	    p.account_id);
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_OK,
	    "the hundredth job of the server in a minute is made");
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_LIMIT,
	    "the next is refused");
	forget_creations();
}

static void
hundred(void)
{
	struct person p;

	person_make("cron-hundred", &p);
	owner_do("INSERT INTO moltis.cron_jobs (account_id, user_id, actor,"
		 " name, enabled, delete_after_run, kind, schedule, payload,"
		 " target) SELECT '%s', '%s', 'session:x', 'n', false, false,"
		 " 'every', '{}', '{}', 'isolated' FROM generate_series(1,"
		 " 100)",
	    p.account_id, p.user_id);
	check_status(call_op(api, &p.session, "cron.add", JOB, NULL), ST_LIMIT,
	    "an account has a hundred jobs at most");
	owner_do("BEGIN; SELECT moltis.ctx_set('%s', '%s', 'server');"
		 " SELECT moltis.cron_system_job('heartbeat', '{\"name\":"
		 " \"__heartbeat__\", \"enabled\": true, \"delete_after_run\":"
		 " false, \"kind\": \"every\", \"schedule\": {\"kind\":"
		 " \"every\", \"every_ms\": 1800000, \"anchor_ms\": 0},"
		 " \"payload\": {\"kind\": \"agentTurn\", \"message\":"
		 " \"beat\"}, \"target\": \"named\", \"target_name\":"
		 " \"heartbeat\"}', 4102444800000); COMMIT",
	    p.account_id, p.user_id);
	check(owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE"
			  " account_id = '%s' AND system_name ="
			  " '__heartbeat__'",
		  p.account_id) == 1,
	    "the server's own job is outside of limits");
	check_status(with_id(&p, "cron.remove", "__heartbeat__", "", NULL),
	    ST_FORBIDDEN, "and nobody removes it");
	check_status(with_id(&p, "cron.update", "__heartbeat__",
			 ",\"patch\":{\"name\":\"mine\"}", NULL),
	    ST_FORBIDDEN, "or changes it");
}

static void
update_limit(void)
{
	struct person p;
	char id[UUID_TEXT], more[120];
	int good = 0;

	forget_creations();
	person_make("cron-updates", &p);
	add(&p, JOB, id);
	for (int i = 0; i < 32; i++) {
		(void)snprintf(more, sizeof(more),
		    ",\"patch\":{\"schedule\":{\"kind\":\"every\","
		    "\"every_ms\":%d}}",
		    60000 + i);
		good += with_id(&p, "cron.update", id, more, NULL) == ST_OK;
	}
	check(good == 30, "30 new schedules in a minute, not more (%d)", good);
	check_status(with_id(&p, "cron.update", id,
			 ",\"patch\":{\"name\":\"other\"}", NULL),
	    ST_OK, "a new name is not counted there");
	check_status(with_id(&p, "cron.update", id,
			 ",\"patch\":{\"system\":true}", NULL),
	    ST_INVALID, "a patch makes no system job");
	check_status(with_id(&p, "cron.update", id, ",\"patch\":{}", NULL),
	    ST_INVALID, "an empty patch is none");
}

/* A turn of the person, as a worker has it. */
static void
turn_of(const struct person *p, struct turn_lease *ret)
{
	struct db *worker = db_open(info_worker());
	struct turn_claim claim = { .worker = "cron-test",
		.lease_secs = 60,
		.room = TURN_CLAIM_MAX };

	check_status(
	    call_op(api, &p->session, "chat.send", "{\"text\":\"plan\"}", NULL),
	    ST_OK, "a message is sent");
	check_status(turn_claim(worker, &claim), ST_OK, "its turn is claimed");
	for (int i = 0; i < claim.count; i++) {
		if (strcmp(claim.leases[i].account_id, p->account_id) == 0)
			*ret = claim.leases[i];
	}
	db_close(worker);
}

static enum status
agent_add(struct db *db, const struct turn_lease *lease, const char *call,
    const char *spec_text)
{
	own_json struct json_object *spec = NULL;
	struct js_error bad;
	struct cron_work w = { .db = db,
		.conf = test_conf(),
		.by_agent = true,
		.tool_call = call };
	enum status st = turn_tx_begin(db, lease);

	if (js_parse(spec_text, strlen(spec_text), &spec, &bad) != ST_OK)
		exit(2);
	if (st == ST_OK)
		st = cron_work_add(&w, spec);
	js_put(&w.reply);
	return turn_tx_end(db, st);
}

static void
agent(void)
{
	struct turn_lease lease = { 0 };
	struct db *worker = db_open(info_worker());
	struct person p;
	char call[16];
	int good = 0;

	forget_creations();
	person_make("cron-agent", &p);
	turn_of(&p, &lease);
	for (int i = 0; i < 5; i++)
		check_status(call_op(api, &p.session, "cron.add", JOB, NULL),
		    ST_OK, "a person makes one");
	check_status(agent_add(worker, &lease, "t:0",
			 "{\"name\":\"a\"," EVERY "," TASK
			 ",\"sessionTarget\":{\"named\":\"x\"}}"),
	    ST_INVALID, "an agent names no session");
	for (int i = 0; i < 50; i++) {
		(void)snprintf(call, sizeof(call), "t:%d", i);
		good += agent_add(worker, &lease, call, JOB) == ST_OK;
	}
	check(good == 5,
	    "an agent told to make 50 makes what is left of the"
	    " person's ten (%d)",
	    good);
	check_status(agent_add(worker, &lease, "t:0", JOB), ST_OK,
	    "a call that is made again finds its job");
	check(owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE"
			  " account_id = '%s'",
		  p.account_id) == 10,
	    "and makes no second");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'cron.job.created' AND payload"
			  " #>> '{job,createdBy,method}' = 'agent' AND payload"
			  " #>> '{by,runId}' = '%s'",
		  p.account_id, lease.turn_id) == 5,
	    "those of the agent say so, with its run");
	db_close(worker);
}

void
test_cron(void)
{
	api = db_open(info_api());
	forget_creations();
	made_and_changed();
	refused();
	window();
	whole_server();
	hundred();
	update_limit();
	agent();
	forget_creations();
	db_close(api);
}
