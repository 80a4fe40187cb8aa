/*
 * What failed logins lead to (S166): an address that is shut out for longer
 * each time, a name that is locked, and a known browser that is neither; and
 * that the memory of a process refuses what the database refused, and admits
 * nothing.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/password.h"
#include "tests/sql/sqltest.h"

#define PASSWORD "velvet stone compass"
#define NO_DEVICE "'\\x00'"

static struct person guarded;

static void
fail_from(const char *peer, const char *name, int times)
{
	for (int i = 0; i < times; i++)
		owner_do(
		    "SELECT moltis.login_failure('%s', moltis.peer_key('%s'),"
		    " '%s', " NO_DEVICE ")",
		    peer, peer, name);
}

/* Verdict and seconds of a try that is allowed any number of tries. */
static bool
verdict(const char *peer, const char *name, const char *device,
    const char *want, int want_secs)
{
	char *word = owner_get("SELECT verdict || ' ' || coalesce(wait_secs, 0)"
			       " FROM moltis.login_begin(moltis.peer_key('%s'),"
			       " '%s', %s, 100000, 60)",
	    peer, name, device);
	char got[16] = "";
	int secs = -1;
	bool good = sscanf(word, "%15s %d", got, &secs) == 2 &&
	    strcmp(got, want) == 0 && secs <= want_secs &&
	    secs >= want_secs - 5;

	if (!good)
		printf("got %s for %s from %s\n", word, name, peer);
	free(word);
	return good;
}

static void
banning(void)
{
	int secs = 300;

	fail_from("192.0.2.150", "nobody-1", 9);
	check(verdict("192.0.2.150", "guarded", NO_DEVICE, "ok", 0),
	    "nine failures in a row are not ten");
	fail_from("192.0.2.150", "nobody-2", 1);
	check(verdict("192.0.2.150", "guarded", NO_DEVICE, "peer", 300),
	    "the tenth shuts the address out for five minutes, for every name");
	check(verdict("::ffff:192.0.2.150", "guarded", NO_DEVICE, "peer", 300),
	    "however it is written");
	check(verdict("192.0.2.151", "guarded", NO_DEVICE, "ok", 0),
	    "its neighbour may try");
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE name ="
			  " 'auth.address_banned' AND peer = '192.0.2.150' AND"
			  " (detail->>'seconds')::int = 300") == 1,
	    "the deployment's log tells of it");
	for (int i = 0; i < 10; i++) {
		owner_do("UPDATE moltis.bans SET until = now() - interval '1"
			 " second' WHERE subject = '192.0.2.150'");
		fail_from("192.0.2.150", "nobody-1", 10);
		secs = secs * 2 > 86400 ? 86400 : secs * 2;
		check(
		    verdict("192.0.2.150", "guarded", NO_DEVICE, "peer", secs),
		    "offence %d: %d seconds", i + 2, secs);
	}
	owner_do("UPDATE moltis.bans SET until = now() - interval '25 hours',"
		 " last_at = now() - interval '25 hours' WHERE subject ="
		 " '192.0.2.150'");
	fail_from("192.0.2.150", "nobody-1", 10);
	check(verdict("192.0.2.150", "guarded", NO_DEVICE, "peer", 300),
	    "a day of peace is forgiven");
	fail_from("2001:db8:77::1", "nobody-3", 5);
	fail_from("2001:db8:77::2", "nobody-3", 5);
	check(verdict("2001:db8:77::3", "guarded", NO_DEVICE, "peer", 300),
	    "a /64 is one address");
}

static void
locking(void)
{
	static const char *const names[] = { "guarded", "is-nobody" };

	for (int i = 0; i < 2; i++) {
		owner_do("TRUNCATE moltis.bans");
		fail_from("198.51.100.1", names[i], 2);
		fail_from("198.51.100.2", names[i], 2);
		check(verdict("198.51.100.9", names[i], NO_DEVICE, "ok", 0),
		    "%s: two addresses that fail lock nothing", names[i]);
		fail_from("198.51.100.3", names[i], 1);
		check(verdict("198.51.100.9", names[i], NO_DEVICE, "name", 900),
		    "%s: the third locks the name", names[i]);
		check(verdict("198.51.100.9", "somebody-else", NO_DEVICE, "ok",
			  0),
		    "%s: and no other", names[i]);
	}
	fail_from("198.51.100.1", "guarded", 1);
	fail_from("198.51.100.2", "guarded", 1);
	owner_do("UPDATE moltis.login_failures SET at = now() - interval '16"
		 " minutes' WHERE peer_key = '198.51.100.1'");
	owner_do("UPDATE moltis.bans SET until = now()");
	fail_from("198.51.100.4", "guarded", 1);
	check(verdict("198.51.100.9", "guarded", NO_DEVICE, "ok", 0),
	    "what is older than a quarter of an hour does not count");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'security.auth.name_locked' AND"
			  " payload->>'severity' = 'alert'",
		  guarded.account_id) == 1,
	    "the person hears of the lock");
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE name ="
			  " 'auth.name_locked'") == 2,
	    "the deployment's log of both");
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE"
			  " detail::text LIKE '%%is-nobody%%'") == 0,
	    "without the name: people type passwords there");
}

static enum status
login(struct db *db, const char *peer, const char *password,
    struct auth_call *call)
{
	own_secret struct secret secret = { 0 };
	const char *device = call->device;

	*call = (struct auth_call){ .db = db,
		.peer = peer,
		.device = device,
		.names_device = true };
	secret_set(&secret, password, strlen(password));
	return auth_login(call, "guarded", &secret);
}

static void
known_device(struct db *db)
{
	struct auth_call call = { .device = NULL };
	char device[AUTH_TOKEN_TEXT], planted[AUTH_TOKEN_TEXT];
	int i;

	owner_do("TRUNCATE moltis.bans, moltis.throttle");
	check_status(login(db, "203.0.113.50", PASSWORD, &call), ST_OK,
	    "a login names the browser");
	check(strlen(call.device_token) == 43, "with 256 bits");
	memcpy(device, call.device_token, sizeof(device));
	call.device = device;
	check_status(login(db, "203.0.113.50", PASSWORD, &call), ST_OK,
	    "the next one knows it");
	check(call.device_token[0] == '\0', "and gives it no other name");
	check(owner_count("SELECT count(*) FROM moltis.devices WHERE user_id ="
			  " '%s'",
		  guarded.user_id) == 1,
	    "one browser is known");
	memset(planted, 'A', 43);
	planted[43] = '\0';
	call.device = planted;
	check_status(login(db, "203.0.113.50", PASSWORD, &call), ST_OK,
	    "a name that we never gave");
	check(strlen(call.device_token) == 43 &&
		strcmp(call.device_token, planted) != 0,
	    "is replaced, not adopted");
	/* Strangers lock the name and the address. */
	for (i = 0; i < 3; i++) {
		char peer[32];

		(void)snprintf(peer, sizeof(peer), "203.0.113.%d", 60 + i);
		fail_from(peer, "guarded", 1);
	}
	fail_from("203.0.113.51", "nobody", 10);
	call.device = NULL;
	check_status(login(db, "203.0.113.52", PASSWORD, &call), ST_LIMIT,
	    "a locked name lets no stranger in, with the right password");
	check_status(login(db, "203.0.113.51", PASSWORD, &call), ST_LIMIT,
	    "nor a banned address");
	check(call.error.retry_after_secs >= 290, "and says how long (%d)",
	    call.error.retry_after_secs);
	call.device = device;
	check_status(login(db, "203.0.113.52", PASSWORD, &call), ST_OK,
	    "its own browser enters");
	check_status(login(db, "203.0.113.51", PASSWORD, &call), ST_OK,
	    "from behind the banned address too");
	owner_do("TRUNCATE moltis.bans");
	for (i = 0; i < 20; i++) {
		if (login(db, "203.0.113.53", "a wrong password", &call) !=
		    ST_UNAUTH)
			break;
	}
	check(i >= 5 && i <= 10, "a known browser may not guess either (%d)",
	    i);
	for (; i < 40; i++)
		owner_do("SELECT moltis.login_failure('203.0.113.53',"
			 " '203.0.113.53', 'guarded', (SELECT token_hash FROM"
			 " moltis.devices WHERE user_id = '%s' AND failures > 0"
			 " UNION ALL SELECT '\\x00' LIMIT 1))",
		    guarded.user_id);
	check(owner_count("SELECT count(*) FROM moltis.devices WHERE user_id ="
			  " '%s' AND failures > 0",
		  guarded.user_id) == 0,
	    "after ten failures it is a stranger again");
	check(owner_count("SELECT count(*) FROM moltis.devices d WHERE"
			  " encode(d.token_hash, 'escape') LIKE '%%%.20s%%'",
		  device) == 0,
	    "only its hash is stored");
}

/* Memory refuses what the database has refused, and never admits. */
static void
memory(struct db *db)
{
	struct auth_call call = { .device = NULL };

	owner_do("TRUNCATE moltis.bans, moltis.throttle");
	fail_from("203.0.113.70", "nobody", 10);
	check_status(login(db, "203.0.113.70", PASSWORD, &call), ST_LIMIT,
	    "a banned address");
	owner_do("TRUNCATE moltis.bans, moltis.throttle");
	check_status(login(db, "203.0.113.70", PASSWORD, &call), ST_LIMIT,
	    "is refused without asking the database");
	check(call.error.retry_after_secs >= 1 &&
		call.error.retry_after_secs <= 60,
	    "for a minute at most (%d)", call.error.retry_after_secs);
	check_status(login(db, "203.0.113.71", PASSWORD, &call), ST_OK,
	    "another one is let in by the database");
	fail_from("203.0.113.71", "nobody", 10);
	check_status(login(db, "203.0.113.71", PASSWORD, &call), ST_LIMIT,
	    "and shut out by it: memory admitted nobody");
}

/* Who is signed in is not touched by what strangers do. */
static void
beside_a_stranger(struct db *db)
{
	owner_do("TRUNCATE moltis.bans, moltis.throttle");
	fail_from("203.0.113.80", "guarded", 10);
	for (int i = 0; i < 30; i++) {
		if (call_op(db, &guarded.session, "auth.whoami", "{}", NULL) !=
		    ST_OK) {
			check(false, "a signed-in person is held up");
			return;
		}
	}
	check(true, "a signed-in person goes on");
}

void
test_guard(void)
{
	own_secret struct secret secret = { 0 };
	struct db *db = db_open(info_api());
	char hash[PASSWORD_HASH_TEXT];

	person_make("guarded", &guarded);
	secret_set(&secret, PASSWORD, strlen(PASSWORD));
	password_hash(&secret, hash);
	owner_do("UPDATE moltis.users SET password_hash = '%s' WHERE id ="
		 " '%s'",
	    hash, guarded.user_id);
	banning();
	locking();
	known_device(db);
	memory(db);
	beside_a_stranger(db);
	db_close(db);
}
