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

-- The rights of a stored API key used from PEER, or no row.  PEER NULL: it was
-- asked when the socket was made.
CREATE OR REPLACE FUNCTION moltis.principal_of_key(p_hash bytea, p_peer text)
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

-- The one way to become somebody in a transaction.
CREATE OR REPLACE FUNCTION moltis.enter(p_kind text, p_hash bytea, p_user text,
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
	PERFORM moltis.security_note_person(who.user_id, 'auth.password_changed',
		p_peer, 'warn', '{}');
	RETURN true;
END
$$;

REVOKE ALL ON FUNCTION moltis.session_of_hash(bytea),
	moltis.credential_touch(text, moltis.principal, text) FROM PUBLIC;
