/*
 * Transfers of files: limits of an account, pieces in order, one worker at a
 * time, taken over when it dies, told about at the end, gone afterwards (S57).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "op/op_raw.h"
#include "tests/sql/sqltest.h"
#include "workspace/transfer.h"
#include "workspace/workspace.h"

struct files_case {
	struct person p;
	struct db *api, *worker;
	char key[8 + UUID_TEXT];
};

static void
case_make(const char *username, struct files_case *ret)
{
	memset(ret, 0, sizeof(*ret));
	person_make(username, &ret->p);
	ret->api = db_open(info_api());
	ret->worker = db_open(info_worker());
	memcpy(ret->key, "session:", 8);
	uuid_new(ret->key + 8);
	owner_do("INSERT INTO moltis.chat_sessions (account_id, key)"
		 " VALUES ('%s', '%s')",
	    ret->p.account_id, ret->key);
}

static void
case_done(struct files_case *c)
{
	owner_do("DELETE FROM moltis.workspace_transfers WHERE account_id ="
		 " '%s'",
	    c->p.account_id);
	db_close(c->api);
	db_close(c->worker);
}

/* MORE begins with a comma or is empty. */
static enum status
begin(struct files_case *c, const char *method, const char *more,
    char ret_id[UUID_TEXT])
{
	own_json struct json_object *reply = NULL;
	own_txt struct txt params = { 0 };
	enum status st;

	txt_format(&params, "{\"sessionKey\":\"%s\",\"path\":\"a/b\"%s}",
	    c->key, more);
	st = call_op(c->api, &c->p.key, method, txt_str(&params), &reply);
	if (st == ST_OK)
		(void)mem_copy_str(ret_id, UUID_TEXT, js_text(reply, "id"));
	return st;
}

static enum status
append(struct files_case *c, const char *id, int index, const char *content)
{
	own_txt struct txt params = { 0 };

	txt_format(&params, "{\"id\":\"%s\",\"index\":%d,\"content\":\"%s\"}",
	    id, index, content);
	return call_op(c->api, &c->p.key, "workspace.append", txt_str(&params),
	    NULL);
}

static struct json_object *
result_of(struct files_case *c, const char *id)
{
	struct json_object *reply = NULL;
	own_txt struct txt params = { 0 };

	txt_format(&params, "{\"id\":\"%s\"}", id);
	(void)!call_op(c->api, &c->p.key, "workspace.result", txt_str(&params),
	    &reply);
	return reply;
}

/* The state that a caller reads. */
static void
check_state(struct files_case *c, const char *id, const char *state,
    const char *sentence)
{
	struct json_object *o = result_of(c, id);
	const char *got = js_text(o, "state");

	check_text(got == NULL ? "none" : got, state, sentence);
	js_put(&o);
}

/* Claims as WORKER; false when there was nothing. */
static bool
claim_one(struct db *db, const char *worker, struct transfer_lease *ret)
{
	struct transfer_claim claim = { .worker = worker,
		.lease_secs = 300,
		.room = 1 };

	if (transfer_claim(db, &claim) != ST_OK || claim.count != 1)
		return false;
	*ret = claim.leases[0];
	return true;
}

static enum status
finish(struct files_case *c, const struct transfer_lease *lease,
    enum status how, int64_t size)
{
	return transfer_finish(c->worker, lease,
	    &(struct transfer_end){ .status = how,
		.error = how == ST_OK ? NULL : "because",
		.size = size });
}

static void
upload(void)
{
	struct files_case c;
	struct transfer_lease lease;
	struct transfer t;
	void *bytes = NULL;
	char id[UUID_TEXT];
	size_t n;

	case_make("file-uploader", &c);
	check_status(begin(&c, "workspace.put", ",\"size\":6", id), ST_OK,
	    "an upload of six bytes is announced");
	check_state(&c, id, "filling", "it waits for them");
	check(!claim_one(c.worker, "w", &lease), "no worker gets it yet");
	check_status(append(&c, id, 1, "YWJj"), ST_CONFLICT,
	    "pieces come in order");
	check_status(append(&c, id, 0, "YWJj"), ST_OK, "the first piece");
	check_status(append(&c, id, 0, "YWJj"), ST_CONFLICT, "comes once");
	check_status(append(&c, id, 1, "ZGVmZw=="), ST_INVALID,
	    "more than was announced is refused");
	check_status(append(&c, id, 1, "ZGVm"), ST_OK, "the last piece");
	check_state(&c, id, "waiting", "now it waits for a worker");
	check_status(append(&c, id, 2, "ZGVm"), ST_CONFLICT,
	    "nothing is added any more");
	check(claim_one(c.worker, "w", &lease) && strcmp(lease.id, id) == 0,
	    "a worker claims it");
	check(transfer_load(c.worker, &lease, &t) == ST_OK &&
		t.kind == TRANSFER_PUT && t.size == 6 && t.attempts == 1 &&
		strcmp(t.path, "a/b") == 0 && !t.expired,
	    "and reads what it is to do");
	check(transfer_piece(c.worker, &lease, 1, &bytes, &n) == ST_OK &&
		n == 3 && memcmp(bytes, "def", 3) == 0,
	    "and the bytes");
	free(bytes);
	check_status(finish(&c, &lease, ST_OK, 6), ST_OK, "and ends it");
	check_state(&c, id, "done", "the caller reads that it is done");
	check_status(finish(&c, &lease, ST_OK, 6), ST_CONFLICT, "once");
	check(owner_count("SELECT count(*) FROM moltis.workspace_chunks WHERE"
			  " account_id = '%s'",
		  c.p.account_id) == 0,
	    "its bytes are gone");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'workspace.done' AND scope = 1"
			  " AND payload = jsonb_build_object('id', '%s',"
			  " 'sessionKey', '%s', 'kind', 'put', 'path', 'a/b',"
			  " 'ok', true)",
		  c.p.account_id, id, c.key) == 1,
	    "everybody who may read hears of it, once");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'workspace.put' AND detail ->>"
			  " 'path' = 'a/b'",
		  c.p.account_id) == 1,
	    "it is in the account's trail");
	case_done(&c);
}

static void
download_taken_over(void)
{
	struct files_case c;
	struct transfer_lease old, fresh;
	struct transfer_bytes piece = { 0, "half", 4 };
	struct transfer t;
	struct json_object *o;
	char id[UUID_TEXT];

	case_make("file-downloader", &c);
	check_status(begin(&c, "workspace.get", "", id), ST_OK,
	    "a file is asked for");
	check(claim_one(c.worker, "slow", &old) &&
		transfer_load(c.worker, &old, &t) == ST_OK &&
		transfer_store(c.worker, &old, &piece) == ST_OK,
	    "a worker stores the first piece");
	check(!claim_one(c.worker, "quick", &fresh),
	    "nobody else gets it while the lease holds");
	owner_do("UPDATE moltis.workspace_transfers SET lease_until = now() -"
		 " interval '1 second' WHERE id = '%s'",
	    id);
	check(claim_one(c.worker, "quick", &fresh) && strcmp(fresh.id, id) == 0,
	    "a transfer whose worker died is taken over");
	check_status(transfer_store(c.worker, &old, &piece), ST_CONFLICT,
	    "the old one stores nothing any more");
	check_status(finish(&c, &old, ST_OK, 4), ST_CONFLICT, "nor ends it");
	check(transfer_load(c.worker, &fresh, &t) == ST_OK && t.attempts == 2,
	    "the new one begins anew");
	piece.bytes = "whole";
	piece.n = 5;
	check_status(transfer_store(c.worker, &fresh, &piece), ST_OK,
	    "with the first piece");
	check_status(transfer_store(c.worker, &fresh, &piece), ST_CONFLICT,
	    "which is stored once");
	check_status(finish(&c, &fresh, ST_OK, 5), ST_OK, "and ends it");
	o = result_of(&c, id);
	check_text(js_text(o, "content"), "d2hvbGU=",
	    "a small file is in the "
	    "result");
	check(js_int(o, "size", 0) == 5 && js_int(o, "pieces", 0) == 1,
	    "with its size");
	js_put(&o);
	case_done(&c);
}

static void
failed(void)
{
	struct files_case c;
	struct transfer_lease lease;
	struct json_object *o;
	char id[UUID_TEXT];

	case_make("file-failer", &c);
	(void)!begin(&c, "workspace.remove", "", id);
	(void)claim_one(c.worker, "w", &lease);
	check_status(finish(&c, &lease, ST_NOT_FOUND, 0), ST_OK,
	    "a transfer may fail");
	o = result_of(&c, id);
	check(js_get(o, "ok") != NULL && !js_bool(o, "ok", true),
	    "the caller reads that it did");
	check_text(js_text(o, "code"), "NOT_FOUND", "why, as a symbol");
	check_text(js_text(o, "error"), "because", "and as a sentence");
	js_put(&o);
	case_done(&c);
}

static void
limits(void)
{
	struct files_case c;
	struct transfer_lease lease;
	char id[UUID_TEXT], last[UUID_TEXT];

	case_make("file-limited", &c);
	for (int i = 0; i < 4; i++)
		check_status(begin(&c, "workspace.list", "", id), ST_OK,
		    "four at a time");
	check_status(begin(&c, "workspace.list", "", last), ST_LIMIT,
	    "a fifth is refused");
	check(claim_one(c.worker, "w", &lease) &&
		finish(&c, &lease, ST_OK, 0) == ST_OK &&
		begin(&c, "workspace.list", "", last) == ST_OK,
	    "until one has ended");
	owner_do("DELETE FROM moltis.workspace_transfers WHERE account_id ="
		 " '%s'",
	    c.p.account_id);
	for (int i = 0; i < 4; i++) {
		check_status(
		    begin(&c, "workspace.put", ",\"size\":26214400", id), ST_OK,
		    "four of 25 MiB fit");
		owner_do("UPDATE moltis.workspace_transfers SET state ="
			 " 'done' WHERE id = '%s'",
		    id);
	}
	check_status(begin(&c, "workspace.put", ",\"size\":1", id), ST_LIMIT,
	    "one byte more than 100 MiB is refused");
	check_status(begin(&c, "workspace.list", "", id), ST_OK,
	    "what needs no room is not");
	check_status(begin(&c, "workspace.put", ",\"size\":26214401", id),
	    ST_INVALID, "a file of 25 MiB and a byte is refused");
	case_done(&c);
}

static void
room_while_fetching(void)
{
	struct files_case c;
	struct transfer_lease lease;
	struct transfer_bytes piece = { 0, "x", 1 };
	struct transfer t;
	char id[UUID_TEXT];

	case_make("file-fetcher", &c);
	(void)!begin(&c, "workspace.get", "", id);
	(void)claim_one(c.worker, "w", &lease);
	(void)!transfer_load(c.worker, &lease, &t);
	owner_do("INSERT INTO moltis.workspace_transfers (account_id,"
		 " session_id, user_id, kind, path, state, size, held,"
		 " expires_at) SELECT account_id, id, '%s', 'get', 'x',"
		 " 'done', 1, 104857600, now() + interval '1 hour' FROM"
		 " moltis.chat_sessions WHERE account_id = '%s'",
	    c.p.user_id, c.p.account_id);
	check_status(transfer_store(c.worker, &lease, &piece), ST_LIMIT,
	    "a download stops where the account has no room");
	case_done(&c);
}

static void
many_finished(void)
{
	struct files_case c;
	struct transfer_lease lease;
	char id[UUID_TEXT];

	case_make("file-collector", &c);
	for (int i = 0; i < 40; i++) {
		if (begin(&c, "workspace.list", "", id) != ST_OK ||
		    !claim_one(c.worker, "w", &lease) ||
		    finish(&c, &lease, ST_OK, 0) != ST_OK)
			check(false, "transfer %d", i);
	}
	check(owner_count("SELECT count(*) FROM moltis.workspace_transfers"
			  " WHERE account_id = '%s'",
		  c.p.account_id) <= 33,
	    "of what nobody came for the newest are kept");
	case_done(&c);
}

static void
expiry(void)
{
	struct files_case c;
	struct transfer_lease lease;
	struct transfer t;
	char id[UUID_TEXT], filling[UUID_TEXT];

	case_make("file-late", &c);
	(void)!begin(&c, "workspace.get", "", id);
	(void)!begin(&c, "workspace.put", ",\"size\":5", filling);
	owner_do("UPDATE moltis.workspace_transfers SET expires_at = now()"
		 " WHERE account_id = '%s'",
	    c.p.account_id);
	check_status(transfer_purge(c.worker), ST_OK, "old ones are purged");
	check_state(&c, filling, "none", "an upload that stopped is gone");
	check(claim_one(c.worker, "w", &lease) &&
		transfer_load(c.worker, &lease, &t) == ST_OK && t.expired,
	    "what waited too long is known by its worker");
	check_status(finish(&c, &lease, ST_UNAVAILABLE, 0), ST_OK,
	    "which ends it");
	owner_do("UPDATE moltis.workspace_transfers SET expires_at = now()"
		 " WHERE id = '%s'",
	    id);
	(void)!transfer_purge(c.worker);
	check_state(&c, id, "none", "and then it goes");
	case_done(&c);
}

static void
own_ones(void)
{
	struct files_case c;
	struct transfer_lease lease;
	own_txt struct txt params = { 0 };
	struct transfer t;
	char id[UUID_TEXT];

	case_make("file-owner3", &c);
	(void)!begin(&c, "workspace.get", "", id);
	(void)claim_one(c.worker, "w", &lease);
	txt_format(&params, "{\"id\":\"%s\"}", id);
	check_status(call_op(c.api, &c.p.key, "workspace.forget",
			 txt_str(&params), NULL),
	    ST_OK, "nobody comes for a download that is under way");
	check_status(transfer_load(c.worker, &lease, &t), ST_CONFLICT,
	    "its worker finds it gone");
	(void)!begin(&c, "workspace.remove", "", id);
	(void)claim_one(c.worker, "w", &lease);
	txt_reset(&params);
	txt_format(&params, "{\"id\":\"%s\"}", id);
	check_status(call_op(c.api, &c.p.key, "workspace.forget",
			 txt_str(&params), NULL),
	    ST_NOT_FOUND, "what changes files goes on");
	owner_do("UPDATE moltis.users SET disabled_at = now() WHERE id = '%s'",
	    c.p.user_id);
	check_status(transfer_load(c.worker, &lease, &t), ST_CONFLICT,
	    "but not for somebody who was disabled");
	owner_do("UPDATE moltis.users SET disabled_at = NULL WHERE id = '%s'",
	    c.p.user_id);
	case_done(&c);
}

static void
released(void)
{
	struct files_case c;
	struct transfer_lease lease, again;
	struct transfer t;
	char id[UUID_TEXT];

	case_make("file-releaser", &c);
	(void)!begin(&c, "workspace.get", "", id);
	(void)claim_one(c.worker, "leaving", &lease);
	check_status(transfer_release(c.worker, "another", lease.token), ST_OK,
	    "another worker gives nothing back");
	check(!claim_one(c.worker, "staying", &again), "which is not its own");
	check_status(transfer_release(c.worker, "leaving", NULL), ST_OK,
	    "a worker that stops gives back what it holds");
	check(claim_one(c.worker, "staying", &again) &&
		transfer_load(c.worker, &again, &t) == ST_OK && t.attempts == 1,
	    "another takes it at once, as if for the first time");
	case_done(&c);
}

static void
inline_content(void)
{
	struct files_case c;
	struct transfer_lease lease;
	own_txt struct txt more = { 0 };
	char id[UUID_TEXT];

	case_make("file-inliner", &c);
	check_status(begin(&c, "workspace.put", ",\"content\":\"aGk=\"", id),
	    ST_OK, "a small file is given at once");
	check_state(&c, id, "waiting", "and waits for a worker");
	check_status(begin(&c, "workspace.put", ",\"content\":\"\"", id), ST_OK,
	    "an empty one too");
	check_state(&c, id, "waiting", "and waits");
	check_status(begin(&c, "workspace.put", ",\"content\":\"a\"", id),
	    ST_INVALID, "what is not base64 is refused");
	check_status(begin(&c, "workspace.put", "", id), ST_INVALID,
	    "and so is nothing");
	txt_append(&more, ",\"content\":\"");
	for (int i = 0; i < 100000; i++)
		txt_append(&more, "AAAA");
	txt_append(&more, "\"");
	check_status(begin(&c, "workspace.put", txt_str(&more), id),
	    ST_TOO_LARGE, "larger than 256 KiB is refused");
	check(owner_count("SELECT count(*) FROM moltis.workspace_transfers"
			  " WHERE account_id = '%s'",
		  c.p.account_id) == 2,
	    "what was refused left nothing");
	while (claim_one(c.worker, "w", &lease))
		(void)!finish(&c, &lease, ST_OK, 0);
	case_done(&c);
}

void
test_workspace(void)
{
	owner_do("DELETE FROM moltis.workspace_transfers WHERE state IN"
		 " ('waiting') OR (state = 'running' AND lease_until < now())");
	upload();
	download_taken_over();
	failed();
	limits();
	room_while_fetching();
	many_finished();
	expiry();
	own_ones();
	released();
	inline_content();
}
