/*
 * Fills another account, by the owner role, with a row in every table of
 * accounts that the catalogue knows: a new table without a row fails.
 */
#include "config.h"

#include "tests/sql/victim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"

static struct victim victim;

static void
take(char *value, char out[UUID_TEXT])
{
	if (!mem_copy_str(out, UUID_TEXT, value) || !uuid_check(out)) {
		fprintf(stderr, "sqltest: broken test: no id but %s\n", value);
		exit(2);
	}
	free(value);
}

static void
fill_chat(struct victim *v)
{
	const char *account = v->person.account_id;

	uuid_new(v->chat_key + 8);
	memcpy(v->chat_key, "session:", 8);
	take(owner_get("INSERT INTO moltis.chat_sessions (account_id, key,"
		       " label, model, parent_key, message_count) VALUES"
		       " ('%s', '%s', 'canary-victim-label',"
		       " 'canary-victim-model', 'canary-victim-parent', 2)"
		       " RETURNING id",
		 account, v->chat_key),
	    v->chat_id);
	take(owner_get("INSERT INTO moltis.turns (account_id, session_id,"
		       " user_id, state, origin, input, model, client_seq,"
		       " idempotency_key, user_index, lease_owner,"
		       " lease_token, lease_until, attempts, started_at)"
		       " VALUES ('%s', '%s', '%s', 'running', 'owner',"
		       " 'canary-victim-input', 'canary-victim-model', 7,"
		       " 'canary-victim-idem', 0, 'canary-victim-worker',"
		       " gen_random_uuid(), now() + interval '1 day', 1,"
		       " now()) RETURNING id",
		 account, v->chat_id, v->person.user_id),
	    v->turn_id);
	take(owner_get("SELECT lease_token FROM moltis.turns WHERE id = '%s'",
		 v->turn_id),
	    v->lease_token);
	take(owner_get("INSERT INTO moltis.turns (account_id, session_id,"
		       " user_id, origin, input) VALUES ('%s', '%s', '%s',"
		       " 'owner', 'canary-victim-queued') RETURNING id",
		 account, v->chat_id, v->person.user_id),
	    v->queued_id);
	for (int i = 0; i < 2; i++)
		owner_do("INSERT INTO moltis.messages (account_id,"
			 " session_id, index, turn_id, body) VALUES ('%s',"
			 " '%s', %d, '%s', '{\"role\": \"%s\", \"content\":"
			 " \"canary-victim-message\", \"inputTokens\": 3}')",
		    account, v->chat_id, i, v->turn_id,
		    i == 0 ? "user" : "assistant");
	owner_do("INSERT INTO moltis.turn_steps (account_id, turn_id, step,"
		 " kind, body) VALUES ('%s', '%s', 0, 'model_reply',"
		 " '{\"text\": \"canary-victim-step\"}')",
	    account, v->turn_id);
}

static void
fill_exec(const struct victim *v, const char *state, char ret_id[UUID_TEXT])
{
	take(
	    owner_get("INSERT INTO moltis.exec_requests (account_id,"
		      " session_id, turn_id, tool_call_id, user_id, command,"
		      " final_command, cwd, env_names, timeout_secs, image,"
		      " hash, sandbox, verdict, reason, rule, segments, floor,"
		      " state, expires_at) SELECT '%s', '%s', '%s',"
		      " 'canary-victim-call-%s', '%s', c, c, d, e, 30, i,"
		      " moltis.exec_hash(c, d, e, 30, i),"
		      " '{\"backend\": \"canary-victim-sandbox\"}', 'ask',"
		      " 'canary-victim-reason', 'canary-victim-rule', 1, false,"
		      " '%s', now() + interval '1 day' FROM (VALUES"
		      " ('echo canary-victim-command', 'canary-victim-cwd',"
		      " 'canary-victim-env', 'canary-victim-image'))"
		      " AS x (c, d, e, i) RETURNING id",
		v->person.account_id, v->chat_id, v->turn_id, state,
		v->person.user_id, state),
	    ret_id);
}

/* A transfer with one piece. */
static void
fill_transfer(const struct victim *v, const char *kind, const char *state,
    char ret_id[UUID_TEXT])
{
	take(owner_get("INSERT INTO moltis.workspace_transfers (account_id,"
		       " session_id, user_id, kind, path, state, size, held,"
		       " lease_owner, lease_token, lease_until, error,"
		       " entries, expires_at) VALUES ('%s', '%s', '%s', '%s',"
		       " 'canary-victim-path', '%s', 40, 40,"
		       " 'canary-victim-worker', gen_random_uuid(),"
		       " now() + interval '1 day', 'canary-victim-error',"
		       " '{\"x\": \"canary-victim-entry\"}',"
		       " now() + interval '1 day') RETURNING id",
		 v->person.account_id, v->chat_id, v->person.user_id, kind,
		 state),
	    ret_id);
	/* Where a statement under test adds the first piece itself. */
	if (strcmp(state, "filling") == 0 ||
	    (strcmp(kind, "get") == 0 && strcmp(state, "running") == 0))
		return;
	owner_do("INSERT INTO moltis.workspace_chunks (account_id,"
		 " transfer_id, index, bytes) VALUES ('%s', '%s', 0,"
		 " 'canary-victim-bytes')",
	    v->person.account_id, ret_id);
}

static void
fill_relay(const struct victim *v)
{
	owner_do("INSERT INTO moltis.relay_workers (worker, until)"
		 " VALUES ('%s', now() + interval '1 day')",
	    VICTIM_RELAY);
	owner_do("INSERT INTO moltis.relay_listeners (account_id, worker)"
		 " VALUES ('%s', '%s')",
	    v->person.account_id, VICTIM_RELAY);
	owner_do(
	    "INSERT INTO moltis.relay_batches (account_id, sender,"
	    " turn_id, speech, n, items) VALUES ('%s',"
	    " gen_random_uuid(), '%s', gen_random_uuid(), 0, '[\"canary-victim-delta\"]')",
	    v->person.account_id, v->turn_id);
}

static void
fill_rest(const struct victim *v)
{
	const char *account = v->person.account_id;

	owner_do("INSERT INTO moltis.settings (account_id, name, value)"
		 " VALUES ('%s', 'exec.approval_mode',"
		 " '\"canary-victim-value\"')",
	    account);
	owner_do("UPDATE moltis.account_heads SET event_seq = 1"
		 " WHERE account_id = '%s'",
	    account);
	owner_do("INSERT INTO moltis.events (account_id, seq, name, scope,"
		 " payload) VALUES ('%s', 1, 'canary-victim-event', 1,"
		 " '{\"text\": \"canary-victim-payload\"}')",
	    account);
	owner_do("INSERT INTO moltis.exec_rules (account_id, session_id,"
		 " command_hash, cwd, created_by) VALUES ('%s', '%s',"
		 " sha256('echo attacker'), 'attacker', '%s')",
	    account, v->chat_id, v->person.user_id);
	owner_do("INSERT INTO moltis.audit (account_id, name, user_id, actor,"
		 " via, peer, detail) VALUES ('%s', 'canary-victim-act',"
		 " '%s', 'canary-victim-actor', 'rest', '192.0.2.200',"
		 " '{\"x\": \"canary-victim-detail\"}')",
	    account, v->person.user_id);
}

static void
fill_cron(struct victim *v)
{
	const char *account = v->person.account_id;

	take(owner_get("INSERT INTO moltis.cron_jobs (account_id, user_id,"
		       " actor, name, enabled, delete_after_run, kind,"
		       " schedule, payload, target, target_name, next_run_at)"
		       " VALUES ('%s', '%s', 'key:%s', 'canary-victim-job',"
		       " true, false, 'every', '{\"kind\": \"every\","
		       " \"every_ms\": 86400000, \"anchor_ms\": 0}',"
		       " '{\"kind\": \"agentTurn\","
		       " \"message\": \"canary-victim-task\"}', 'named',"
		       " 'canary-victim-place', now() + interval '1 day')"
		       " RETURNING id",
		 account, v->person.user_id, v->person.key_id),
	    v->job_id);
	owner_do("INSERT INTO moltis.cron_runs (account_id, job_id, slot,"
		 " manual, state, session_key, finished_at, output) VALUES"
		 " ('%s', '%s', now(), false, 'ok', 'canary-victim-key',"
		 " now(), 'canary-victim-output')",
	    account, v->job_id);
	owner_do("INSERT INTO moltis.cron_creations (account_id, at) VALUES"
		 " ('%s', now())",
	    account);
}

/* A second member, with an account to which the first belongs too, and an
 * invitation that waits for a third. */
static void
fill_people(struct victim *v)
{
	const char *account = v->person.account_id;

	take(owner_get("INSERT INTO moltis.users (username) VALUES"
		       " ('victim-mate') RETURNING id"),
	    v->mate_id);
	take(owner_get("INSERT INTO moltis.accounts (name) VALUES"
		       " ('canary-victim-side') RETURNING account_id"),
	    v->side_id);
	owner_do("INSERT INTO moltis.account_heads (account_id) VALUES ('%s')",
	    v->side_id);
	owner_do("INSERT INTO moltis.memberships (account_id, user_id, scopes,"
		 " is_owner) VALUES ('%s', '%s', 3, false),"
		 " ('%s', '%s', 31, true), ('%s', '%s', 1, false)",
	    account, v->mate_id, v->side_id, v->mate_id, v->side_id,
	    v->person.user_id);
	take(owner_get("INSERT INTO moltis.invitations (token_hash, kind,"
		       " account_id, scopes, note, created_by, expires_at)"
		       " VALUES (sha256('canary-victim-token'), 'member',"
		       " '%s', 3, 'canary-victim-note', '%s',"
		       " now() + interval '1 day') RETURNING id",
		 account, v->person.user_id),
	    v->invite_id);
	take(owner_get("INSERT INTO moltis.passkeys (user_id, credential_id,"
		       " cose_key, sign_count, backup_eligible, backed_up,"
		       " name) VALUES ('%s', sha256('canary-victim-passkey'),"
		       " sha256('canary-victim-cose'), 0, true, false,"
		       " 'canary-victim-passkey') RETURNING id",
		 v->person.user_id),
	    v->passkey_id);
}

/* SELECT of a number over the rows that WHERE takes, all tables at once. */
static void
checksum_sql(struct txt *sql, const char *where)
{
	PGconn *conn = plain_connect(info_owner());
	PGresult *res = PQexec(conn,
	    "SELECT c.relname FROM pg_class c"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " JOIN pg_attribute a ON a.attrelid = c.oid"
	    " AND a.attname = 'account_id' AND NOT a.attisdropped"
	    " WHERE n.nspname = 'moltis' AND c.relkind IN ('r', 'p')"
	    " ORDER BY 1");

	txt_append(sql, "SELECT md5(concat_ws('|'");
	for (int i = 0; i < PQntuples(res); i++)
		txt_format(sql,
		    ", (SELECT string_agg(md5(t::text), ','"
		    " ORDER BY md5(t::text)) FROM moltis.%s t %s)",
		    PQgetvalue(res, i, 0), where);
	txt_append(sql, "))");
	PQclear(res);
	PQfinish(conn);
}

char *
victim_checksum(void)
{
	static struct txt sql;
	own_txt struct txt where = { 0 };
	own_txt struct txt both = { 0 };
	char *rows, *person;

	if (sql.len == 0) {
		txt_format(&where, "WHERE t.account_id = '%s'",
		    victim.person.account_id);
		checksum_sql(&sql, txt_str(&where));
	}
	rows = owner_get("%s", txt_str(&sql));
	person = owner_get("SELECT md5(u::text || (SELECT string_agg(k::text,"
			   " ',') FROM moltis.passkeys k WHERE k.user_id ="
			   " u.id)) FROM moltis.users u WHERE id = '%s'",
	    victim.person.user_id);
	txt_format(&both, "%s %s", rows, person);
	free(rows);
	free(person);
	return txt_take(&both);
}

char *
everybody_checksum(void)
{
	static struct txt sql;

	if (sql.len == 0)
		checksum_sql(&sql, "");
	return owner_get("%s", txt_str(&sql));
}

const char *
victim_mark(const char *text)
{
	const char *const marks[] = { VICTIM_NAME, victim.person.user_id,
		victim.person.account_id, victim.person.key_id,
		victim.person.session_id, victim.chat_id, victim.turn_id,
		victim.lease_token, victim.queued_id, victim.asked_id,
		victim.ready_id, victim.started_id, victim.mate_id,
		victim.invite_id, victim.side_id, victim.passkey_id,
		victim.job_id, victim.filling_id, victim.fetching_id,
		victim.sending_id, victim.fetched_id };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strstr(text, marks[i]) != NULL)
			return marks[i];
	}
	return NULL;
}

/* One row at least in every table the catalogue knows. */
static void
check_filled(const struct victim *v)
{
	PGconn *conn = plain_connect(info_owner());
	PGresult *res = PQexec(conn,
	    "SELECT c.relname FROM pg_class c"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " JOIN pg_attribute a ON a.attrelid = c.oid"
	    " AND a.attname = 'account_id' AND NOT a.attisdropped"
	    " WHERE n.nspname = 'moltis' AND c.relkind IN ('r', 'p')"
	    " ORDER BY 1");

	for (int i = 0; i < PQntuples(res); i++) {
		const char *table = PQgetvalue(res, i, 0);

		check(owner_count("SELECT count(*) FROM moltis.%s WHERE"
				  " account_id = '%s'",
			  table, v->person.account_id) > 0,
		    "the other account has a row in %s (else add one to "
		    "tests/sql/victim.c)",
		    table);
	}
	PQclear(res);
	PQfinish(conn);
}

const struct victim *
victim_get(void)
{
	if (victim.turn_id[0] != '\0')
		return &victim;
	person_make(VICTIM_NAME, &victim.person);
	fill_chat(&victim);
	fill_exec(&victim, "pending", victim.asked_id);
	fill_exec(&victim, "ready", victim.ready_id);
	fill_exec(&victim, "started", victim.started_id);
	fill_transfer(&victim, "put", "filling", victim.filling_id);
	fill_transfer(&victim, "get", "running", victim.fetching_id);
	fill_transfer(&victim, "put", "running", victim.sending_id);
	fill_transfer(&victim, "get", "done", victim.fetched_id);
	fill_rest(&victim);
	fill_relay(&victim);
	fill_cron(&victim);
	fill_people(&victim);
	check_filled(&victim);
	return &victim;
}
