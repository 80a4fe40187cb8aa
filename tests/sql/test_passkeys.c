/*
 * What the database decides about passkeys (S179, S182-S185, S188, S190): a
 * challenge serves once and for whom it was made, a counter only grows, the
 * last way in stays.  Signatures are the unit tests' business; here a
 * credential is any bytes.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sql/sqltest.h"

#define HASH "decode(repeat('ab', 32), 'hex')"
#define NEW_KEY(id) \
	"ROW('Phone', sha256('" id "'), sha256('cose'), 5, true, false)" \
	"::moltis.new_passkey"

static PGconn *api;

/* The SQL text of a person's token hash. */
static const char *
token_of(const struct person *p, char out[80])
{
	char hex[2 * BYTES_SHA256 + 1];

	bytes_hex(p->session.hash, sizeof(p->session.hash), hex);
	(void)snprintf(out, 80, "'\\x%s'::bytea", hex);
	return out;
}

static bool is_state(const char *want, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
is_state(const char *want, const char *fmt, ...)
{
	char sql[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	return strcmp(plain_state(api, sql, NULL), want) == 0;
}

/* The first value of a statement as the program's role; the caller frees. */
static char *value(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *
value(const char *fmt, ...)
{
	char sql[1024], *got = NULL;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	(void)plain_state(api, sql, &got);
	return got;
}

static void
is_value(char *got, const char *want, const char *sentence)
{
	check_text(got, want, sentence);
	free(got);
}

/* A stored passkey of P, with the credential id of sha256(NAME). */
static void
store(const struct person *p, const char *name, int count, char ret[UUID_TEXT])
{
	char *id = owner_get("INSERT INTO moltis.passkeys (user_id,"
			     " credential_id, cose_key, sign_count,"
			     " backup_eligible, backed_up, name) VALUES ('%s',"
			     " sha256('%s'), sha256('cose'), %d, true, false,"
			     " '%s') RETURNING id",
	    p->user_id, name, count, name);

	memcpy(ret, id, UUID_TEXT);
	owner_do("UPDATE moltis.users SET webauthn_handle = coalesce("
		 "webauthn_handle, sha256('%s')) WHERE id = '%s'",
	    p->user_id, p->user_id);
	free(id);
}

static char *
login_begin(const char *username, const char *peer)
{
	return value("SELECT challenge_id FROM moltis.passkey_login_begin('%s',"
		     " " HASH ", '%s')",
	    username, peer);
}

static char *
taken(const char *challenge, const char *credential)
{
	return value("SELECT concat(challenge, ' ', passkey_id IS NOT NULL)"
		     " FROM moltis.passkey_proof_take(NULL, '%s',"
		     " sha256('%s'))",
	    challenge, credential);
}

#define CHALLENGE "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s"

static void
once(const struct person *a)
{
	char id[UUID_TEXT], *challenge = login_begin("", "192.0.2.90");

	store(a, "once", 0, id);
	is_value(taken(challenge, "once"), CHALLENGE " t",
	    "a challenge is taken, with the key of the credential");
	is_value(taken(challenge, "once"), "", "and is gone after that");
	free(challenge);
	challenge = login_begin("", "192.0.2.90");
	is_value(taken(challenge, "of-nobody"), CHALLENGE " f",
	    "a credential nobody has gives no key");
	is_value(taken(challenge, "once"), "", "and has used the challenge up");
	free(challenge);
	challenge = login_begin("", "192.0.2.90");
	owner_do("UPDATE moltis.passkey_challenges SET expires_at = now()"
		 " WHERE id = '%s'",
	    challenge);
	is_value(taken(challenge, "once"), "", "an old challenge is none");
	check(owner_count("SELECT count(*) FROM moltis.passkey_challenges"
			  " WHERE id = '%s'",
		  challenge) == 0,
	    "and does not stay");
	free(challenge);
	check(owner_count(
		  "SELECT count(*) FROM moltis.passkey_challenges"
		  " WHERE expires_at - created_at NOT BETWEEN"
		  " interval '299 seconds' AND interval '301 seconds'") == 0,
	    "a challenge lives 300 seconds");
}

/* A challenge for something, or somebody, else (S190). */
static void
crossed(const struct person *a, const struct person *b)
{
	char mine[80], theirs[80], id[UUID_TEXT];
	char *challenge;

	token_of(a, mine);
	token_of(b, theirs);
	store(a, "of-a", 0, id);
	store(b, "of-b", 0, id);
	challenge =
	    value("SELECT challenge_id FROM"
		  " moltis.passkey_register_begin(%s, " HASH ", " HASH ", 'x')",
		mine);
	is_value(taken(challenge, "of-a"), "",
	    "a challenge to register is none to sign in");
	is_value(value("SELECT moltis.passkey_register_take(%s, '%s')", mine,
		     challenge),
	    "", "and is used up by the attempt");
	free(challenge);
	challenge = login_begin("", "x");
	is_value(value("SELECT moltis.passkey_register_take(%s, '%s')", mine,
		     challenge),
	    "", "a challenge to sign in is none to register");
	free(challenge);
	challenge =
	    value("SELECT challenge_id FROM"
		  " moltis.passkey_register_begin(%s, " HASH ", " HASH ", 'x')",
		mine);
	is_value(value("SELECT moltis.passkey_register_take(%s, '%s')", theirs,
		     challenge),
	    "", "another's session cannot finish what one began");
	free(challenge);
	challenge = value("SELECT challenge_id FROM"
			  " moltis.passkey_reauth_begin(%s, " HASH ", 'x')",
	    mine);
	is_value(value("SELECT challenge FROM moltis.passkey_proof_take(%s,"
		       " '%s', sha256('of-b'))",
		     theirs, challenge),
	    "", "nor prove himself with it");
	free(challenge);
	challenge = value("SELECT challenge_id FROM"
			  " moltis.passkey_reauth_begin(%s, " HASH ", 'x')",
	    mine);
	is_value(value("SELECT passkey_id IS NULL FROM"
		       " moltis.passkey_proof_take(%s, '%s',"
		       " sha256('of-b'))",
		     mine, challenge),
	    "t", "another's passkey proves nothing about me");
	free(challenge);
	challenge = value("SELECT challenge_id FROM"
			  " moltis.passkey_reauth_begin(%s, " HASH ", 'x')",
	    mine);
	is_value(taken(challenge, "of-a"), "",
	    "a challenge to prove oneself is none to sign in");
	free(challenge);
}

static void
named(const struct person *a, const struct person *b)
{
	char *challenge = login_begin(a->username, "x");

	(void)b;
	is_value(taken(challenge, "of-a"), CHALLENGE " t",
	    "with a name the person's own passkey signs in");
	free(challenge);
	challenge = login_begin(a->username, "x");
	is_value(taken(challenge, "of-b"), CHALLENGE " f", "and nobody else's");
	free(challenge);
	challenge = login_begin("who-is-this", "x");
	is_value(taken(challenge, "of-a"), CHALLENGE " f",
	    "with a name nobody has, nobody's");
	free(challenge);
}

static char *
allowed(const char *username)
{
	return value(
	    "SELECT allowed FROM moltis.passkey_login_begin('%s', " HASH
	    ", 'decoys')",
	    username);
}

static void
decoys(const struct person *a)
{
	char *one = allowed("nobody-one"), *two = allowed("NOBODY-one");
	char *three = allowed("nobody-two"), *real = allowed(a->username);
	char *none = allowed("");

	check(strlen(one) > 20, "a name nobody has gets ids");
	check_text(two, one, "the same ones every time, in any case");
	check(strcmp(one, three) != 0, "other ones for another name");
	check(strcmp(one, real) != 0, "and a person his own");
	check_text(none, "[]", "without a name there are none");
	is_value(value("SELECT count(*) FILTER (WHERE length(i) NOT IN (22, 27,"
		       " 43, 86)) + (count(*) NOT BETWEEN 100 AND 200)::int"
		       " FROM generate_series(1, 100) n, LATERAL"
		       " moltis.passkey_login_begin('nobody-' || n, " HASH
		       ", 'decoys') l, jsonb_array_elements_text(l.allowed) i"),
	    "0", "one or two, of lengths that authenticators make");
	is_value(value("SELECT moltis.passkey_decoys('x')"), "",
	    "programs cannot ask for decoys");
	check(is_state("42501", "SELECT moltis.passkey_decoys('x')"),
	    "because they may not");
	free(one);
	free(two);
	free(three);
	free(real);
	free(none);
	check(strcmp(one = value("SELECT encode(moltis.hmac_sha256('Jefe',"
				 " 'what do ya want for nothing?'), 'hex')"),
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b9"
		  "64ec3843") == 0,
	    "the HMAC is RFC 4231's");
	free(one);
}

static char *
used(const char *passkey, long count)
{
	return value("SELECT moltis.passkey_login_finish('%s', %ld, true,"
		     " sha256('%s-%ld'), '192.0.2.91', 'test')",
	    passkey, count, passkey, count);
}

static long
alerts(const struct person *p)
{
	return owner_count(
	    "SELECT count(*) FROM moltis.events WHERE"
	    " account_id = '%s' AND name ="
	    " 'security.passkey.counter_rollback' AND payload ->>"
	    " 'severity' = 'alert'",
	    p->account_id);
}

static void
counters(const struct person *a)
{
	char id[UUID_TEXT];

	store(a, "counts", 0, id);
	is_value(used(id, 0), "ok", "a passkey without a counter signs in");
	is_value(value("SELECT moltis.passkey_login_finish('%s', 0, true,"
		       " sha256('again'), 'x', '')",
		     id),
	    "ok", "as often as it likes");
	is_value(used(id, 7), "ok", "a counter may begin");
	is_value(used(id, 8), "ok", "and grow");
	check(alerts(a) == 0, "nobody is alarmed by that");
	is_value(used(id, 8), "rollback", "a counter that stands is refused");
	is_value(used(id, 3), "rollback", "and one that goes back");
	is_value(used(id, 0), "rollback", "and one that is gone");
	check(alerts(a) == 3, "the owner of the account is alarmed");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id ="
			  " '%s' AND name = 'passkey.counter_rollback'",
		  a->account_id) == 3,
	    "and the trail says so");
	check(owner_count("SELECT count(*) FROM moltis.passkeys WHERE id = '%s'"
			  " AND sign_count = 8 AND suspicious_at IS NOT NULL",
		  id) == 1,
	    "the passkey is marked, its counter is as it was");
	is_value(used(id, 4294967295), "ok", "the last number there is");
	check(owner_count("SELECT count(*) FROM moltis.login_sessions WHERE"
			  " passkey_id = '%s' AND method = 'passkey'",
		  id) == 5,
	    "each login that was let in has a session, no other");
}

struct racer {
	char passkey[UUID_TEXT];
	int number;
	bool won;
};

static void
race(void *arg)
{
	struct racer *r = arg;
	PGconn *conn = plain_connect(info_api());
	char sql[512], *verdict = NULL;

	(void)snprintf(sql, sizeof(sql),
	    "SELECT moltis.passkey_login_finish('%s', 100, true,"
	    " sha256('race-%d'), '192.0.2.92', '')",
	    r->passkey, r->number);
	(void)plain_state(conn, sql, &verdict);
	r->won = strcmp(verdict, "ok") == 0;
	free(verdict);
	PQfinish(conn);
}

static void
at_once(const struct person *a)
{
	struct racer racers[6];
	int won = 0;

	memset(racers, 0, sizeof(racers));
	store(a, "races", 99, racers[0].passkey);
	for (int i = 0; i < 6; i++) {
		memcpy(racers[i].passkey, racers[0].passkey, UUID_TEXT);
		racers[i].number = i;
	}
	in_parallel(6, race, racers, sizeof(racers[0]));
	for (int i = 0; i < 6; i++)
		won += racers[i].won;
	check(won == 1, "of six at once with one counter one is let in (%d)",
	    won);
}

static void
disabled(const struct person *b)
{
	char id[UUID_TEXT], *challenge, *decoy, *real;

	store(b, "disabled", 0, id);
	real = allowed(b->username);
	owner_do("UPDATE moltis.users SET disabled_at = now() WHERE id = '%s'",
	    b->user_id);
	challenge = login_begin("", "x");
	is_value(taken(challenge, "disabled"), CHALLENGE " f",
	    "the passkey of a disabled person is nobody's");
	is_value(used(id, 0), "gone", "even when it was verified already");
	decoy = allowed(b->username);
	check(strcmp(decoy, real) != 0 && strcmp(decoy, "[]") != 0,
	    "his name gets the ids of nobody");
	owner_do("UPDATE moltis.users SET disabled_at = NULL WHERE id = '%s'",
	    b->user_id);
	free(challenge);
	free(decoy);
	free(real);
}

static void
registering(const struct person *a, const struct person *b)
{
	char mine[80], theirs[80], *handle, *again;

	token_of(a, mine);
	token_of(b, theirs);
	owner_do("UPDATE moltis.users SET webauthn_handle = NULL WHERE id ="
		 " '%s'",
	    a->user_id);
	handle =
	    value("SELECT handle FROM moltis.passkey_register_begin(%s, " HASH
		  ", sha256('first'), 'x')",
		mine);
	again =
	    value("SELECT handle FROM moltis.passkey_register_begin(%s, " HASH
		  ", sha256('second'), 'x')",
		mine);
	check_text(again, handle, "a person's handle stays");
	free(handle);
	free(again);
	check(is_state("00000",
		  "SELECT moltis.passkey_register_finish(%s, " NEW_KEY(
		      "unique") ", 'x')",
		  mine),
	    "a passkey is stored");
	check(is_state("MO409",
		  "SELECT moltis.passkey_register_finish(%s, " NEW_KEY(
		      "unique") ", 'x')",
		  theirs),
	    "its id is one person's in the whole deployment");
	owner_do("UPDATE moltis.login_sessions SET proved_at = now() -"
		 " interval '11 minutes' WHERE id = '%s'",
	    a->session_id);
	check(is_state("MO423",
		  "SELECT * FROM moltis.passkey_register_begin(%s, " HASH
		  ", " HASH ", 'x')",
		  mine),
	    "to add one, a person must have proved himself lately");
	check(is_state("MO401",
		  "SELECT * FROM moltis.passkey_register_begin(" HASH ", " HASH
		  ", " HASH ", 'x')"),
	    "and be somebody");
	owner_do("DELETE FROM moltis.passkeys WHERE user_id = '%s'",
	    a->user_id);
	for (int i = 0; i < 20; i++)
		owner_do("SELECT moltis.passkey_add('%s', ROW('n',"
			 " sha256('twenty-%d'), sha256('cose'), 0, true, false)"
			 "::moltis.new_passkey, 'x')",
		    a->user_id, i);
	owner_do("UPDATE moltis.login_sessions SET proved_at = now() WHERE id ="
		 " '%s'",
	    a->session_id);
	check(is_state("MO429",
		  "SELECT * FROM moltis.passkey_register_begin(%s, " HASH
		  ", " HASH ", 'x')",
		  mine) &&
		is_state("MO429",
		    "SELECT moltis.passkey_register_finish(%s, " NEW_KEY(
			"twenty-first") ", 'x')",
		    mine),
	    "a person has twenty at most");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id ="
			  " '%s' AND name = 'passkey.added'",
		  a->account_id) == 21,
	    "each is in the trail");
}

static void
proving(const struct person *a)
{
	char mine[80], id[UUID_TEXT];
	struct person other;

	token_of(a, mine);
	person_make("passkey-prover", &other);
	store(&other, "prover", 1, id);
	owner_do("UPDATE moltis.login_sessions SET proved_at = '2020-01-01'"
		 " WHERE id IN ('%s', '%s')",
	    a->session_id, other.session_id);
	is_value(value("SELECT moltis.passkey_reauth_finish('%s', 2, true, %s,"
		       " 'x')",
		     id, mine),
	    "gone", "another's passkey proves nothing about a session");
	check(owner_count("SELECT count(*) FROM moltis.login_sessions WHERE"
			  " id = '%s' AND proved_at > now() - interval '1 day'",
		  a->session_id) == 0,
	    "which is as stale as it was");
	token_of(&other, mine);
	is_value(value("SELECT moltis.passkey_reauth_finish('%s', 3, true, %s,"
		       " 'x')",
		     id, mine),
	    "ok", "one's own does");
	check(owner_count("SELECT count(*) FROM moltis.login_sessions WHERE"
			  " id = '%s' AND proved_at > now() - interval '1"
			  " minute'",
		  other.session_id) == 1,
	    "and the session is fresh");
}

static enum status
remove_one(struct db *db, const struct person *p, const char *id)
{
	char params[80];

	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", id);
	return call_op(db, &p->session, "auth.passkeys.remove", params, NULL);
}

static void
removing(struct db *db)
{
	struct person p;
	char one[UUID_TEXT], two[UUID_TEXT], *sessions;

	person_make("passkey-remover", &p);
	store(&p, "rm-one", 0, one);
	store(&p, "rm-two", 0, two);
	is_value(used(one, 1), "ok", "somebody signs in by passkey");
	owner_do("UPDATE moltis.users SET password_hash = NULL WHERE id ="
		 " '%s'",
	    p.user_id);
	check_status(remove_one(db, &p, one), ST_OK,
	    "one of two passkeys can be removed");
	sessions = owner_get("SELECT string_agg(id::text, ',') FROM"
			     " moltis.login_sessions WHERE user_id = '%s'",
	    p.user_id);
	check_text(sessions, p.session_id,
	    "what it signed in is over, the rest is not");
	free(sessions);
	check_status(remove_one(db, &p, one), ST_NOT_FOUND, "it is gone then");
	check_status(remove_one(db, &p, two), ST_CONFLICT,
	    "the last way in cannot be removed");
	owner_do("UPDATE moltis.users SET password_hash = 'x' WHERE id = '%s'",
	    p.user_id);
	check_status(remove_one(db, &p, two), ST_OK,
	    "but with a password it can");
	check_status(call_op(db, &p.key, "auth.passkeys.list", "{}", NULL),
	    ST_FORBIDDEN, "an API key does not see passkeys");
}

struct remover {
	struct person person;
	char id[UUID_TEXT];
};

static void
remove_work(void *arg)
{
	struct remover *r = arg;
	struct db *db = db_open(info_api());

	(void)!remove_one(db, &r->person, r->id);
	db_close(db);
}

static void
removing_at_once(void)
{
	struct remover both[2];

	memset(both, 0, sizeof(both));
	person_make("passkey-racer", &both[0].person);
	both[1].person = both[0].person;
	store(&both[0].person, "race-one", 0, both[0].id);
	store(&both[0].person, "race-two", 0, both[1].id);
	owner_do("UPDATE moltis.users SET password_hash = NULL WHERE id ="
		 " '%s'",
	    both[0].person.user_id);
	in_parallel(2, remove_work, both, sizeof(both[0]));
	check(owner_count("SELECT count(*) FROM moltis.passkeys WHERE user_id ="
			  " '%s'",
		  both[0].person.user_id) == 1,
	    "two removed at once leave one");
}

static void
crowded(void)
{
	char *mine;

	owner_do("TRUNCATE moltis.passkey_challenges");
	mine = login_begin("", "192.0.2.1");
	owner_do("INSERT INTO moltis.passkey_challenges (purpose, challenge,"
		 " peer_key) SELECT 'login', " HASH ", CASE WHEN n <= 900 THEN"
		 " 'flood' ELSE 'n' || n END FROM generate_series(1, 999) n");
	free(login_begin("", "192.0.2.2"));
	check(owner_count("SELECT count(*) FROM moltis.passkey_challenges") ==
		1000,
	    "a thousand challenges wait at most");
	check(owner_count("SELECT count(*) FROM moltis.passkey_challenges WHERE"
			  " peer_key = 'flood'") == 899,
	    "who asked for most loses its oldest");
	check(owner_count("SELECT count(*) FROM moltis.passkey_challenges WHERE"
			  " id = '%s'",
		  mine) == 1,
	    "who came first does not");
	free(login_begin("", "192.0.2.1"));
	check(owner_count("SELECT count(*) FROM moltis.passkey_challenges WHERE"
			  " id = '%s'",
		  mine) == 0 &&
		owner_count("SELECT count(*) FROM moltis.passkey_challenges"
			    " WHERE peer_key = 'flood'") == 899,
	    "but who comes again loses his own");
	owner_do("UPDATE moltis.passkey_challenges SET expires_at = now()");
	free(login_begin("", "192.0.2.1"));
	check(owner_count("SELECT count(*) FROM moltis.passkey_challenges") ==
		1,
	    "what is too old goes first");
	free(mine);
}

/* A reset begins anew; what passkeys there were is nobody's any more. */
static void
resetting(void)
{
	struct person p;
	char id[UUID_TEXT];

	person_make("passkey-reset", &p);
	store(&p, "reset", 0, id);
	owner_do("SELECT moltis.user_reset('%s', 'fresh')", p.user_id);
	check(owner_count("SELECT moltis.passkey_count('%s')", p.user_id) == 0,
	    "a person who is reset has no passkey");
	is_value(used(id, 1), "gone", "and the one he had is worthless");
}

void
test_passkeys(void)
{
	struct db *db = db_open(info_api());
	struct person a, b;

	api = plain_connect(info_api());
	person_make("passkey-a", &a);
	person_make("passkey-b", &b);
	once(&a);
	crossed(&a, &b);
	named(&a, &b);
	decoys(&a);
	counters(&a);
	at_once(&a);
	disabled(&b);
	registering(&a, &b);
	proving(&a);
	removing(db);
	removing_at_once();
	crowded();
	resetting();
	PQfinish(api);
	db_close(db);
}
