-- Guarding the doors: login sessions that turn their token over, where keys
-- are used from, addresses that are shut out, names that are locked, and
-- limits that cost a read nothing.

ALTER TYPE moltis.principal ADD ATTRIBUTE rotate boolean;
ALTER TYPE moltis.principal ADD ATTRIBUTE socket_hash bytea;

-- A cookie is replaced once a day; the one before it is good for a minute
-- more, for requests that were under way (S167).  An open socket outlives
-- both: the worker knows its session by a hash of which nobody has the
-- original.
ALTER TABLE moltis.login_sessions
	ADD COLUMN rotated_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN prev_hash bytea UNIQUE CHECK (length(prev_hash) = 32),
	ADD COLUMN prev_until timestamptz,
	ADD COLUMN socket_hash bytea NOT NULL UNIQUE DEFAULT sha256(
		uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Where a key was used from: the last address, and the last 20 networks in
-- the form of peer_key().
ALTER TABLE moltis.api_keys
	ADD COLUMN last_used_from text,
	ADD COLUMN seen_from text[] NOT NULL DEFAULT '{}';
GRANT SELECT (last_used_from) ON moltis.api_keys
	TO moltis_api, moltis_worker;

-- What an address counts as (S225): IPv4 itself (mapped too), IPv6 by its
-- /64, anything else as it is.  auth_peer_key() in C says the same.
CREATE FUNCTION moltis.peer_key(p_peer text)
RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
	addr inet := moltis.peer_inet(p_peer);
BEGIN
	RETURN CASE WHEN addr IS NULL THEN nullif(p_peer, '')
		WHEN family(addr) = 6 THEN host(network(set_masklen(addr, 64)))
		ELSE host(addr) END;
END
$$;

-- The login session that HASH opens.  The worker's sockets come with their
-- own hash; everybody else with that of a cookie.
CREATE FUNCTION moltis.session_of_hash(p_hash bytea)
RETURNS moltis.login_sessions LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	s moltis.login_sessions;
BEGIN
	IF session_user = 'moltis_worker' THEN
		SELECT * INTO s FROM moltis.login_sessions l
		WHERE l.socket_hash = p_hash;
		IF FOUND THEN
			RETURN s;
		END IF;
	END IF;
	SELECT * INTO s FROM moltis.login_sessions l WHERE l.token_hash = p_hash;
	IF NOT FOUND THEN
		SELECT * INTO s FROM moltis.login_sessions l
		WHERE l.prev_hash = p_hash AND l.prev_until > now();
	END IF;
	RETURN s;
END
$$;

-- The rights of a login session: 30 days at most, 7 days idle (S167).
CREATE OR REPLACE FUNCTION moltis.principal_of_session(p_hash bytea)
RETURNS moltis.principal LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
	s moltis.login_sessions := moltis.session_of_hash(p_hash);
BEGIN
	IF s.id IS NULL OR s.expires_at <= now()
		OR s.last_seen_at <= now() - interval '7 days' THEN
		RETURN NULL;
	END IF;
	SELECT s.user_id, u.username, s.account_id, s.id,
		moltis.scope_expand(m.scopes),
		(extract(epoch FROM s.expires_at) * 1000)::bigint,
		s.last_seen_at < now() - interval '1 minute',
		u.administrator, s.proved_at
	INTO who FROM moltis.users u
	JOIN moltis.memberships m ON m.account_id = s.account_id
		AND m.user_id = s.user_id
	JOIN moltis.accounts c ON c.account_id = s.account_id
		AND c.disabled_at IS NULL
	WHERE u.id = s.user_id AND u.disabled_at IS NULL;
	IF who.user_id IS NOT NULL THEN
		who.rotate := s.token_hash = p_hash
			AND s.rotated_at < now() - interval '24 hours';
		IF session_user = 'moltis_worker' THEN
			who.socket_hash := s.socket_hash;
		END IF;
	END IF;
	RETURN who;
END
$$;

-- A new token for the session of an old one, once a day; false when another
-- request was faster.
CREATE FUNCTION moltis.session_rotate(p_old bytea, p_new bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	UPDATE moltis.login_sessions SET prev_hash = token_hash,
		prev_until = now() + interval '60 seconds', token_hash = p_new,
		rotated_at = now()
	WHERE token_hash = p_old
		AND rotated_at < now() - interval '24 hours';
	RETURN FOUND;
END
$$;

CREATE OR REPLACE FUNCTION moltis.logout(p_token_hash bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	DELETE FROM moltis.login_sessions
	WHERE id = (moltis.session_of_hash(p_token_hash)).id
$$;

DROP FUNCTION moltis.principal_of_key(bytea);
-- The rights of a stored API key used from PEER, or no row.  PEER NULL: it was
-- asked when the socket was made.
CREATE FUNCTION moltis.principal_of_key(p_hash bytea, p_peer text)
RETURNS moltis.principal LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
	k record;
BEGIN
	SELECT a.id, a.user_id, a.account_id, a.scopes, a.expires_at, u.username,
		a.last_used_at, a.last_used_from, a.seen_from, a.networks,
		m.scopes AS member_scopes, u.administrator
	INTO k FROM moltis.api_keys a
	JOIN moltis.users u ON u.id = a.user_id AND u.disabled_at IS NULL
	JOIN moltis.memberships m ON m.account_id = a.account_id
		AND m.user_id = a.user_id
	JOIN moltis.accounts c ON c.account_id = a.account_id
		AND c.disabled_at IS NULL
	WHERE a.key_hash = p_hash AND a.revoked_at IS NULL
		AND (a.expires_at IS NULL OR a.expires_at > now());
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF coalesce(k.scopes, 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE = 'API key has no '
			'scopes and is denied access: create a new key with at least '
			'one scope';
	END IF;
	IF k.networks IS NOT NULL AND p_peer IS NOT NULL AND NOT coalesce(
		moltis.peer_inet(p_peer) <<= ANY (k.networks), false) THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE = 'this API key '
			'may not be used from this address';
	END IF;
	who.user_id := k.user_id;
	who.username := k.username;
	who.account_id := k.account_id;
	who.credential_id := k.id;
	who.scopes := moltis.scope_expand(k.scopes)
		& moltis.scope_expand(k.member_scopes);
	who.expires_ms := extract(epoch FROM k.expires_at) * 1000;
	-- The common case, the address of the last time, is decided without
	-- looking at what the address is.
	who.stale := k.last_used_at IS NULL
		OR k.last_used_at < now() - interval '1 minute'
		OR (p_peer <> '' AND k.last_used_from IS DISTINCT FROM p_peer
			AND NOT moltis.peer_key(p_peer) = ANY (k.seen_from));
	who.administrator := k.administrator;
	RETURN who;
END
$$;

DROP FUNCTION moltis.credential_touch(text, bytea);
-- Last use, at most once a minute, never waiting for another request; and a
-- word to the owner when a key is used from a network it never came from.
CREATE FUNCTION moltis.credential_touch(p_kind text, who moltis.principal,
	p_peer text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	k record;
	net text;
BEGIN
	IF p_kind = 'session' THEN
		UPDATE moltis.login_sessions SET last_seen_at = now() WHERE id IN (
			SELECT id FROM moltis.login_sessions
			WHERE id = who.credential_id
			AND last_seen_at < now() - interval '1 minute'
			FOR UPDATE SKIP LOCKED);
		RETURN;
	ELSIF p_kind <> 'key' THEN
		RETURN;
	END IF;
	SELECT a.label, a.seen_from INTO k FROM moltis.api_keys a
	WHERE a.account_id = who.account_id AND a.id = who.credential_id
	FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	net := moltis.peer_key(p_peer);
	IF net IS NULL OR net = ANY (k.seen_from) THEN
		UPDATE moltis.api_keys SET last_used_at = now(),
			last_used_from = coalesce(nullif(p_peer, ''), last_used_from)
		WHERE account_id = who.account_id AND id = who.credential_id;
		RETURN;
	END IF;
	UPDATE moltis.api_keys SET last_used_at = now(), last_used_from = p_peer,
		seen_from = (seen_from || net)[greatest(1,
			cardinality(seen_from) - 18):]
	WHERE account_id = who.account_id AND id = who.credential_id;
	IF cardinality(k.seen_from) > 0 THEN
		PERFORM moltis.security_note(who.account_id, 'key.new_address',
			who.user_id, p_peer, 'alert', jsonb_build_object('key_id',
			who.credential_id, 'label', k.label, 'address', p_peer));
	END IF;
END
$$;

DROP FUNCTION moltis.enter(text, bytea, text, integer, integer, boolean);
-- The one way to become somebody in a transaction.
CREATE FUNCTION moltis.enter(p_kind text, p_hash bytea, p_user text,
	p_scope integer, p_mask integer, p_demand integer, p_peer text)
RETURNS moltis.principal LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
BEGIN
	IF p_kind = 'key' THEN
		who := moltis.principal_of_key(p_hash, p_peer);
	ELSIF p_kind = 'session' THEN
		who := moltis.principal_of_session(p_hash);
	ELSIF p_kind = 'cli' THEN
		who := moltis.principal_of_cli(p_user);
	END IF;
	IF who.user_id IS NULL THEN
		IF NOT moltis.configured() THEN
			RAISE EXCEPTION USING ERRCODE = 'MO402',
				MESSAGE = 'setup required';
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'MO401',
			MESSAGE = 'not authenticated';
	END IF;
	IF p_mask <> 0 THEN
		who.scopes := who.scopes & p_mask;
	END IF;
	IF p_scope <> 0 AND moltis.scope_expand(who.scopes) & p_scope = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403',
			MESSAGE = 'missing scope: ' || moltis.scope_word(p_scope);
	END IF;
	IF p_demand <> 0 THEN
		PERFORM moltis.demand_check(p_kind, who, p_demand);
	END IF;
	PERFORM moltis.ctx_set(who.account_id, who.user_id,
		p_kind || ':' || who.credential_id);
	IF who.stale THEN
		PERFORM moltis.credential_touch(p_kind, who, p_peer);
	END IF;
	RETURN who;
END
$$;

-- Made and ended keys are told of whoever does it, by whichever way.
CREATE FUNCTION moltis.key_noted()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.security_note(NEW.account_id, CASE TG_OP
		WHEN 'INSERT' THEN 'key.created' ELSE 'key.revoked' END,
		NEW.user_id, '', 'info', jsonb_build_object('key_id', NEW.id,
		'label', NEW.label, 'scopes', NEW.scopes));
	RETURN NULL;
END
$$;
CREATE TRIGGER noted_made AFTER INSERT ON moltis.api_keys
	FOR EACH ROW EXECUTE FUNCTION moltis.key_noted();
CREATE TRIGGER noted_ended AFTER UPDATE OF revoked_at ON moltis.api_keys
	FOR EACH ROW WHEN (OLD.revoked_at IS NULL
	AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION moltis.key_noted();

-- Id of the login session the transaction was entered with, or NULL.
CREATE FUNCTION moltis.ctx_session()
RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
	actor text := moltis.ctx_actor();
BEGIN
	RETURN CASE WHEN actor LIKE 'session:%' THEN substr(actor, 9)::uuid END;
END
$$;

DROP FUNCTION moltis.whoami();
CREATE FUNCTION moltis.whoami()
RETURNS TABLE (user_id uuid, username text, administrator boolean,
	has_password boolean, account_id uuid, account_name text, method text,
	fresh_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT u.id, u.username, u.administrator, u.password_hash IS NOT NULL,
		a.account_id, a.name,
		CASE split_part(moltis.ctx_actor(), ':', 1)
			WHEN 'key' THEN 'api_key' WHEN 'cli' THEN 'cli'
			ELSE s.method END,
		CASE WHEN s.proved_at > now() - interval '10 minutes' THEN
			moltis.epoch_ms(s.proved_at + interval '10 minutes') END
	FROM moltis.users u
	JOIN moltis.accounts a ON a.account_id = moltis.ctx_account()
	LEFT JOIN moltis.login_sessions s ON s.id = moltis.ctx_session()
	WHERE u.id = moltis.ctx_user()
$$;

-- Login sessions of the entered person, in whatever account (S171).
CREATE FUNCTION moltis.my_sessions()
RETURNS TABLE (id uuid, current boolean, method text, peer text,
	user_agent text, account_id uuid, account_name text, created_ms bigint,
	last_seen_ms bigint, expires_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT s.id, coalesce(s.id = moltis.ctx_session(), false), s.method,
		s.peer, s.user_agent, s.account_id, a.name,
		moltis.epoch_ms(s.created_at), moltis.epoch_ms(s.last_seen_at),
		moltis.epoch_ms(least(s.expires_at,
			s.last_seen_at + interval '7 days'))
	FROM moltis.login_sessions s
	JOIN moltis.accounts a ON a.account_id = s.account_id
	WHERE s.user_id = moltis.ctx_user() AND s.expires_at > now()
		AND s.last_seen_at > now() - interval '7 days'
	ORDER BY s.last_seen_at DESC, s.id LIMIT 200
$$;

CREATE FUNCTION moltis.my_session_end(p_id uuid)
RETURNS SETOF uuid LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
	DELETE FROM moltis.login_sessions s
	WHERE s.id = p_id AND s.user_id = moltis.ctx_user() RETURNING s.id
$$;

CREATE FUNCTION moltis.my_sessions_end_others()
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$
	WITH gone AS (DELETE FROM moltis.login_sessions s
		WHERE s.user_id = moltis.ctx_user()
			AND s.id IS DISTINCT FROM moltis.ctx_session() RETURNING 1)
	SELECT count(*) FROM gone
$$;

-- The person of a login session gave the password again (S172).  Only for the
-- hash that was just verified.
CREATE FUNCTION moltis.session_prove(p_token_hash bytea, p_seen_hash text,
	p_peer text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token_hash);
BEGIN
	UPDATE moltis.login_sessions s SET proved_at = now()
	FROM moltis.users u WHERE s.id = who.credential_id
		AND u.id = s.user_id AND u.password_hash = p_seen_hash;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM moltis.security_note(who.account_id, 'auth.reauthenticated',
		who.user_id, p_peer, 'info', '{"method": "password"}');
	RETURN true;
END
$$;

-- Replaces the password, ends every other login session, and counts as a
-- proof of the person in this one.
CREATE OR REPLACE FUNCTION moltis.password_put(p_token_hash bytea,
	p_seen_hash text, p_new_hash text, p_peer text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token_hash);
BEGIN
	UPDATE moltis.users SET password_hash = p_new_hash WHERE id = who.user_id
		AND password_hash IS NOT DISTINCT FROM p_seen_hash;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	DELETE FROM moltis.login_sessions s WHERE s.user_id = who.user_id
		AND s.id <> who.credential_id;
	UPDATE moltis.login_sessions s SET proved_at = now()
	WHERE s.id = who.credential_id;
	INSERT INTO moltis.auth_log (name, user_id, peer)
	VALUES ('auth.password_changed', who.user_id, p_peer);
	RETURN true;
END
$$;

-- Failed logins.  Ten in a row shut an address out for five minutes, twice as
-- long every time, a day at most; three addresses that fail for one name lock
-- the name for a quarter of an hour (S166).  Both are about strangers: a
-- device that the person signed in from before is asked for neither, and a
-- passkey is no password to be guessed.  Lost in a crash of the database, and
-- that is enough.
CREATE UNLOGGED TABLE moltis.bans (
	kind text NOT NULL CHECK (kind IN ('peer', 'name')),
	subject text NOT NULL, -- peer_key(), or login_mark()
	failures integer NOT NULL DEFAULT 0,
	offences integer NOT NULL DEFAULT 0,
	last_at timestamptz NOT NULL DEFAULT now(),
	until timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (kind, subject)
);
CREATE UNLOGGED TABLE moltis.login_failures (
	name_mark text NOT NULL,
	peer_key text NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (name_mark, peer_key)
);

-- Browsers that people signed in from: no credential, only a reason not to
-- mistake them for strangers.
CREATE TABLE moltis.devices (
	user_id uuid NOT NULL REFERENCES moltis.users ON DELETE CASCADE,
	token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
	failures integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, token_hash)
);

-- What a name is called where it is not kept: people type passwords there.
CREATE FUNCTION moltis.login_mark(p_username text)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
	SELECT encode(sha256(convert_to(lower(p_username), 'UTF8')), 'hex')
$$;

-- The person of a login name; none means the only one.
CREATE FUNCTION moltis.login_user(p_username text)
RETURNS moltis.users LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	u moltis.users;
BEGIN
	IF p_username <> '' THEN
		SELECT * INTO u FROM moltis.users x
		WHERE x.username = lower(p_username);
	ELSIF (SELECT count(*) FROM moltis.users) = 1 THEN
		SELECT * INTO u FROM moltis.users;
	END IF;
	RETURN u;
END
$$;

CREATE FUNCTION moltis.device_known(p_user uuid, p_device bytea)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT EXISTS (SELECT FROM moltis.devices d WHERE d.user_id = p_user
		AND d.token_hash = p_device
		AND d.last_used_at > now() - interval '180 days')
$$;

CREATE FUNCTION moltis.secs_until(p_until timestamptz)
RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
	SELECT CASE WHEN p_until > now() THEN
		greatest(1, ceil(extract(epoch FROM p_until - now())))::integer
		ELSE 0 END
$$;

-- May this address, or this device, try a password for this name?  One round
-- trip: the verdict ('ok', 'setup', 'peer' or 'name', which is what has to
-- wait), how long, and what the password is checked against.  The order is
-- that of what an attacker learns least from: his own address first.
CREATE FUNCTION moltis.login_begin(p_peer_key text, p_username text,
	p_device bytea, p_max integer, p_window_secs integer)
RETURNS TABLE (verdict text, wait_secs integer, user_id uuid,
	password_hash text, device_known boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	u moltis.users;
BEGIN
	wait_secs := 0;
	IF NOT moltis.configured() THEN
		verdict := 'setup';
		RETURN NEXT;
		RETURN;
	END IF;
	u := moltis.login_user(p_username);
	device_known := moltis.device_known(u.id, p_device);
	IF NOT device_known OR moltis.throttle_hit(
		'login.device', encode(p_device, 'hex'), p_max, p_window_secs) > 0
	THEN
		verdict := 'peer';
		SELECT moltis.secs_until(b.until) INTO wait_secs FROM moltis.bans b
		WHERE b.kind = 'peer' AND b.subject = p_peer_key;
		IF coalesce(wait_secs, 0) = 0 THEN
			wait_secs := moltis.throttle_hit('login', p_peer_key, p_max,
				p_window_secs);
		END IF;
		IF wait_secs = 0 THEN
			verdict := 'name';
			SELECT moltis.secs_until(b.until) INTO wait_secs
			FROM moltis.bans b WHERE b.kind = 'name' AND b.subject =
				moltis.login_mark(coalesce(u.username, p_username));
		END IF;
		IF coalesce(wait_secs, 0) > 0 THEN
			RETURN NEXT;
			RETURN;
		END IF;
	END IF;
	verdict := 'ok';
	wait_secs := 0;
	IF u.disabled_at IS NULL THEN
		user_id := u.id;
		password_hash := u.password_hash;
	END IF;
	RETURN NEXT;
END
$$;

-- One more failure of KIND and SUBJECT; how often it was, in a row.  A day of
-- peace is forgiven.
CREATE FUNCTION moltis.ban_count(p_kind text, p_subject text)
RETURNS moltis.bans LANGUAGE sql AS $$
	INSERT INTO moltis.bans AS b (kind, subject, failures)
	VALUES (p_kind, p_subject, 1)
	ON CONFLICT (kind, subject) DO UPDATE SET last_at = now(),
		failures = CASE WHEN greatest(b.last_at, b.until)
			< now() - interval '24 hours' THEN 1 ELSE b.failures + 1 END,
		offences = CASE WHEN greatest(b.last_at, b.until)
			< now() - interval '24 hours' THEN 0 ELSE b.offences END
	RETURNING *
$$;

-- A password was wrong.  Of a device that the person knows only the device
-- suffers.
CREATE FUNCTION moltis.login_failure(p_peer text, p_peer_key text,
	p_username text, p_device bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	u moltis.users := moltis.login_user(p_username);
	mark text := moltis.login_mark(coalesce(u.username, p_username));
	b moltis.bans;
	span interval;
BEGIN
	IF moltis.device_known(u.id, p_device) THEN
		UPDATE moltis.devices d SET failures = d.failures + 1
		WHERE d.user_id = u.id AND d.token_hash = p_device;
		DELETE FROM moltis.devices d WHERE d.user_id = u.id
			AND d.token_hash = p_device AND d.failures >= 10;
		RETURN;
	END IF;
	b := moltis.ban_count('peer', p_peer_key);
	IF b.failures >= 10 THEN
		span := least(interval '5 minutes' * 2 ^ least(b.offences, 12),
			interval '24 hours');
		UPDATE moltis.bans x SET failures = 0, offences = x.offences + 1,
			until = now() + span
		WHERE x.kind = 'peer' AND x.subject = p_peer_key;
		INSERT INTO moltis.auth_log (name, user_id, peer, detail)
		VALUES ('auth.address_banned', NULL, p_peer, jsonb_build_object(
			'seconds', extract(epoch FROM span)::integer,
			'offence', b.offences + 1));
	END IF;
	INSERT INTO moltis.login_failures (name_mark, peer_key)
	VALUES (mark, p_peer_key)
	ON CONFLICT (name_mark, peer_key) DO UPDATE SET at = now();
	IF (SELECT count(*) FROM moltis.login_failures f WHERE f.name_mark = mark
		AND f.at > now() - interval '15 minutes') < 3 THEN
		RETURN;
	END IF;
	DELETE FROM moltis.login_failures f WHERE f.name_mark = mark;
	INSERT INTO moltis.bans (kind, subject, until)
	VALUES ('name', mark, now() + interval '15 minutes')
	ON CONFLICT (kind, subject) DO UPDATE SET last_at = now(),
		until = now() + interval '15 minutes';
	INSERT INTO moltis.auth_log (name, user_id, peer, detail)
	VALUES ('auth.name_locked', u.id, p_peer, jsonb_build_object(
		'login', left(mark, 16), 'seconds', 900));
	IF u.id IS NOT NULL THEN
		PERFORM moltis.security_note_person(u.id, 'auth.name_locked', p_peer,
			'alert', '{"addresses": 3, "seconds": 900}');
	END IF;
END
$$;

-- The browser is one the person knows from now on; 20 of them are kept.
CREATE FUNCTION moltis.device_note(p_user uuid, p_device bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	INSERT INTO moltis.devices (user_id, token_hash)
	VALUES (p_user, p_device)
	ON CONFLICT (user_id, token_hash) DO UPDATE SET failures = 0,
		last_used_at = now();
	DELETE FROM moltis.devices d WHERE d.user_id = p_user
		AND d.token_hash IN (SELECT o.token_hash FROM moltis.devices o
			WHERE o.user_id = p_user ORDER BY o.last_used_at DESC OFFSET 20)
$$;

DROP FUNCTION moltis.login_finish(uuid, text, text, bytea, text, text, text,
	text);
-- Only for the hash that was just verified: a changed password wins.
CREATE FUNCTION moltis.login_finish(p_user uuid, p_seen_hash text,
	p_new_hash text, p_token_hash bytea, p_peer text, p_agent text,
	p_peer_key text, p_device bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	u moltis.users;
BEGIN
	SELECT * INTO u FROM moltis.users x WHERE x.id = p_user
		AND x.disabled_at IS NULL AND x.password_hash = p_seen_hash FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF p_new_hash IS NOT NULL THEN
		UPDATE moltis.users SET password_hash = p_new_hash WHERE id = p_user;
	END IF;
	PERFORM moltis.login_session_make(p_user, p_token_hash, 'password',
		p_peer, p_agent);
	IF p_device IS NOT NULL THEN
		PERFORM moltis.device_note(p_user, p_device);
	END IF;
	-- Only failures are to be few: a success gives its own try back.
	UPDATE moltis.throttle SET hits = greatest(hits - 1, 0)
	WHERE (class = 'login' AND subject = p_peer_key)
		OR (class = 'login.device' AND subject = encode(p_device, 'hex'));
	UPDATE moltis.bans SET failures = 0
	WHERE kind = 'peer' AND subject = p_peer_key;
	DELETE FROM moltis.login_failures
	WHERE name_mark = moltis.login_mark(u.username);
	INSERT INTO moltis.auth_log (name, user_id, peer)
	VALUES ('auth.login', p_user, p_peer);
	RETURN true;
END
$$;

DROP FUNCTION moltis.login_lookup(text);

CREATE OR REPLACE FUNCTION moltis.throttle_purge()
RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
	WITH hits AS (DELETE FROM moltis.throttle
		WHERE window_start < now() - interval '1 day' RETURNING 1),
	bans AS (DELETE FROM moltis.bans
		WHERE greatest(last_at, until) < now() - interval '2 days' RETURNING 1),
	failures AS (DELETE FROM moltis.login_failures
		WHERE at < now() - interval '1 hour' RETURNING 1),
	devices AS (DELETE FROM moltis.devices
		WHERE last_used_at < now() - interval '180 days' RETURNING 1)
	SELECT (SELECT count(*) FROM hits) + (SELECT count(*) FROM bans)
		+ (SELECT count(*) FROM failures) + (SELECT count(*) FROM devices)
$$;

-- N more of SUBJECT at once; seconds to wait, 0 = allowed.
CREATE FUNCTION moltis.throttle_add(p_class text, p_subject text, p_n integer,
	p_max integer, p_window_secs integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	t record;
BEGIN
	INSERT INTO moltis.throttle AS o (class, subject, window_start, hits)
	VALUES (p_class, p_subject, now(), p_n)
	ON CONFLICT (class, subject) DO UPDATE SET
		hits = CASE WHEN o.window_start <= now()
			- make_interval(secs => p_window_secs) THEN p_n
			ELSE least(o.hits + p_n, 1000000) END,
		window_start = CASE WHEN o.window_start <= now()
			- make_interval(secs => p_window_secs) THEN now()
			ELSE o.window_start END
	RETURNING hits, window_start INTO t;
	IF t.hits <= p_max THEN
		RETURN 0;
	END IF;
	RETURN greatest(1, ceil(extract(epoch FROM t.window_start
		+ make_interval(secs => p_window_secs) - now())))::integer;
END
$$;

-- Calls of the entered person and account that a process let through since it
-- last told (src/op/op_meter.h).  What is refused is not counted; the process
-- remembers the refusal.
CREATE FUNCTION moltis.meter_take(p_class text, p_person integer,
	p_person_max integer, p_account integer, p_account_max integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	wait integer;
BEGIN
	wait := moltis.throttle_add('calls.' || p_class, moltis.ctx_user()::text,
		p_person, p_person_max, 60);
	IF wait > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO42P', DETAIL = wait::text,
			MESSAGE = format('too many requests: a person may make %s in a '
				'minute', p_person_max);
	END IF;
	wait := moltis.throttle_add('calls.account',
		moltis.ctx_account()::text, p_account, p_account_max, 60);
	IF wait > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO42A', DETAIL = wait::text,
			MESSAGE = format('too many requests: the people of an account '
				'may make %s in a minute together', p_account_max);
	END IF;
END
$$;

REVOKE ALL ON FUNCTION moltis.login_user(text),
	moltis.device_known(uuid, bytea), moltis.device_note(uuid, bytea),
	moltis.ban_count(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION moltis.principal_of_key(bytea, text),
	moltis.session_of_hash(bytea),
	moltis.credential_touch(text, moltis.principal, text) FROM PUBLIC;
