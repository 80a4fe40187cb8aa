-- The gate in the database: credentials, throttles, and signing people in.
-- Sentences raised under class MO are for callers; DETAIL carries numbers.

-- Admin has every scope, write includes read.
CREATE FUNCTION moltis.scope_expand(p_scopes integer)
RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN p_scopes & 4 <> 0 THEN 31
		WHEN p_scopes & 2 <> 0 THEN p_scopes | 1
		ELSE p_scopes END
$$;

CREATE FUNCTION moltis.scope_word(p_scope integer)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE p_scope WHEN 1 THEN 'operator.read' WHEN 2 THEN 'operator.write'
		WHEN 8 THEN 'operator.approvals' WHEN 16 THEN 'operator.pairing'
		ELSE 'operator.admin' END
$$;

CREATE TYPE moltis.principal AS (
	user_id uuid,
	username text,
	account_id uuid,
	credential_id uuid,
	scopes integer,
	expires_ms bigint,
	stale boolean -- its last use was noted more than a minute ago
);

-- The rights of a stored API key, or no row.
CREATE FUNCTION moltis.principal_of_key(p_hash bytea)
RETURNS moltis.principal LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
	k record;
BEGIN
	SELECT a.id, a.user_id, a.account_id, a.scopes, a.expires_at, u.username,
		a.last_used_at, m.scopes AS member_scopes
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
	who.user_id := k.user_id;
	who.username := k.username;
	who.account_id := k.account_id;
	who.credential_id := k.id;
	who.scopes := moltis.scope_expand(k.scopes)
		& moltis.scope_expand(k.member_scopes);
	who.expires_ms := extract(epoch FROM k.expires_at) * 1000;
	who.stale := k.last_used_at IS NULL
		OR k.last_used_at < now() - interval '1 minute';
	RETURN who;
END
$$;

-- The rights of a login session: 30 days at most, 7 days idle (S167).
CREATE FUNCTION moltis.principal_of_session(p_hash bytea)
RETURNS moltis.principal LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
BEGIN
	SELECT s.user_id, u.username, s.account_id, s.id,
		moltis.scope_expand(m.scopes),
		(extract(epoch FROM s.expires_at) * 1000)::bigint,
		s.last_seen_at < now() - interval '1 minute'
	INTO who FROM moltis.login_sessions s
	JOIN moltis.users u ON u.id = s.user_id AND u.disabled_at IS NULL
	JOIN moltis.memberships m ON m.account_id = s.account_id
		AND m.user_id = s.user_id
	JOIN moltis.accounts c ON c.account_id = s.account_id
		AND c.disabled_at IS NULL
	WHERE s.token_hash = p_hash AND s.expires_at > now()
		AND s.last_seen_at > now() - interval '7 days';
	RETURN who;
END
$$;

-- The command line on the server speaks for a person; only the owner role.
CREATE FUNCTION moltis.principal_of_cli(p_username text)
RETURNS moltis.principal LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
	found_count integer;
BEGIN
	IF session_user <> 'moltis_owner' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403',
			MESSAGE = 'the command line needs the owner role';
	END IF;
	SELECT count(*) INTO found_count FROM moltis.users u
	WHERE u.disabled_at IS NULL
		AND (u.username = lower(p_username) OR p_username = '');
	IF found_count = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404', MESSAGE = CASE
			WHEN p_username = '' THEN 'there is no user yet: set up the '
				'deployment in the browser first'
			ELSE 'no such user; see moltis user list' END;
	ELSIF found_count > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO400', MESSAGE = 'this deployment '
			'has several users: say which one with --user';
	END IF;
	SELECT u.id, u.username, m.account_id, u.id,
		moltis.scope_expand(m.scopes), NULL, false
	INTO who FROM moltis.users u
	JOIN moltis.memberships m ON m.user_id = u.id
	JOIN moltis.accounts c ON c.account_id = m.account_id
		AND c.disabled_at IS NULL
	WHERE u.disabled_at IS NULL
		AND (u.username = lower(p_username) OR p_username = '')
	ORDER BY m.is_owner DESC, m.created_at LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403',
			MESSAGE = 'every account of this user is disabled';
	END IF;
	RETURN who;
END
$$;

-- Last use, at most once a minute, never waiting for another request.
CREATE FUNCTION moltis.credential_touch(p_kind text, p_hash bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	IF p_kind = 'key' THEN
		UPDATE moltis.api_keys SET last_used_at = now() WHERE key_hash IN (
			SELECT key_hash FROM moltis.api_keys WHERE key_hash = p_hash
			AND coalesce(last_used_at, '-infinity') < now() - interval '1 minute'
			FOR UPDATE SKIP LOCKED);
	ELSIF p_kind = 'session' THEN
		UPDATE moltis.login_sessions SET last_seen_at = now() WHERE id IN (
			SELECT id FROM moltis.login_sessions WHERE token_hash = p_hash
			AND last_seen_at < now() - interval '1 minute'
			FOR UPDATE SKIP LOCKED);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION moltis.credential_touch(text, bytea) FROM PUBLIC;

CREATE FUNCTION moltis.configured()
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT EXISTS (SELECT FROM moltis.users WHERE administrator)
$$;

-- The one way to become somebody in a transaction.
CREATE FUNCTION moltis.enter(p_kind text, p_hash bytea, p_user text,
	p_scope integer, p_mask integer, p_interactive boolean)
RETURNS moltis.principal LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
BEGIN
	IF p_kind = 'key' THEN
		who := moltis.principal_of_key(p_hash);
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
	IF p_interactive AND p_kind = 'key' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'this needs a signed-in person: an API key cannot do it';
	END IF;
	PERFORM moltis.ctx_set(who.account_id, who.user_id,
		p_kind || ':' || who.credential_id);
	IF who.stale THEN
		PERFORM moltis.credential_touch(p_kind, p_hash);
	END IF;
	RETURN who;
END
$$;

-- One more attempt of SUBJECT; seconds to wait, 0 = allowed.
CREATE FUNCTION moltis.throttle_hit(p_class text, p_subject text,
	p_max integer, p_window_secs integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	t record;
BEGIN
	INSERT INTO moltis.throttle AS o (class, subject, window_start, hits)
	VALUES (p_class, p_subject, now(), 1)
	ON CONFLICT (class, subject) DO UPDATE SET
		hits = CASE WHEN o.window_start <= now()
			- make_interval(secs => p_window_secs) THEN 1
			ELSE least(o.hits + 1, 1000000) END,
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

CREATE FUNCTION moltis.throttle_purge()
RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
	WITH gone AS (DELETE FROM moltis.throttle
		WHERE window_start < now() - interval '1 day' RETURNING 1)
	SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION moltis.throttle_purge() FROM PUBLIC;

-- A limit of the entered person, counted in the transaction it belongs to.
CREATE FUNCTION moltis.rate_take(p_class text, p_max integer,
	p_window_secs integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	wait integer;
BEGIN
	wait := moltis.throttle_hit('user.' || p_class, moltis.ctx_user()::text,
		p_max, p_window_secs);
	IF wait > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', DETAIL = wait::text,
			MESSAGE = format('too many requests: at most %s in %s seconds',
				p_max, p_window_secs);
	END IF;
END
$$;

-- Setup code: one at a time, 30 minutes, five wrong tries (S160).
CREATE FUNCTION moltis.setup_code_put(p_hash bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	IF session_user <> 'moltis_owner' OR moltis.configured() THEN
		RETURN false;
	END IF;
	INSERT INTO moltis.setup_code (code_hash, expires_at)
	VALUES (p_hash, now() + interval '30 minutes')
	ON CONFLICT (one) DO UPDATE SET code_hash = excluded.code_hash,
		expires_at = excluded.expires_at, wrong_tries = 0;
	RETURN true;
END
$$;

-- What a setup code is worth: 'ok', 'wrong', 'expired' or 'configured'.  A
-- wrong one is counted; the fifth ends the code.
CREATE FUNCTION moltis.setup_code_try(p_hash bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	c record;
BEGIN
	IF moltis.configured() THEN
		RETURN 'configured';
	END IF;
	SELECT * INTO c FROM moltis.setup_code FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'wrong';
	END IF;
	IF c.code_hash <> p_hash THEN
		UPDATE moltis.setup_code SET wrong_tries = wrong_tries + 1;
		DELETE FROM moltis.setup_code WHERE wrong_tries >= 5;
		RETURN 'wrong';
	END IF;
	IF c.expires_at <= now() THEN
		RETURN 'expired';
	END IF;
	RETURN 'ok';
END
$$;

-- Signs a person in: the row behind a cookie.
CREATE FUNCTION moltis.login_session_make(p_user uuid, p_hash bytea,
	p_method text, p_peer text, p_user_agent text)
RETURNS uuid LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
	INSERT INTO moltis.login_sessions (user_id, account_id, token_hash,
		method, peer, user_agent, expires_at)
	SELECT p_user, m.account_id, p_hash, p_method, p_peer,
		left(p_user_agent, 200), now() + interval '30 days'
	FROM moltis.memberships m WHERE m.user_id = p_user
	ORDER BY m.is_owner DESC, m.created_at LIMIT 1
	RETURNING id
$$;
REVOKE ALL ON FUNCTION
	moltis.login_session_make(uuid, bytea, text, text, text) FROM PUBLIC;

-- First administrator with an account of his own; consumes the code.  The
-- lock makes two setups at once one.
CREATE FUNCTION moltis.setup_finish(p_code_hash bytea, p_username text,
	p_password_hash text, p_token_hash bytea, p_peer text, p_agent text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	verdict text;
	new_user uuid;
	new_account uuid;
BEGIN
	LOCK TABLE moltis.users IN SHARE ROW EXCLUSIVE MODE;
	verdict := moltis.setup_code_try(p_code_hash);
	IF verdict <> 'ok' THEN
		RETURN verdict;
	END IF;
	DELETE FROM moltis.setup_code;
	INSERT INTO moltis.users (username, password_hash, administrator)
	VALUES (lower(p_username), p_password_hash, true) RETURNING id INTO new_user;
	INSERT INTO moltis.accounts (name) VALUES (p_username)
	RETURNING account_id INTO new_account;
	INSERT INTO moltis.account_heads (account_id) VALUES (new_account);
	INSERT INTO moltis.memberships (account_id, user_id, scopes, is_owner)
	VALUES (new_account, new_user, 31, true);
	PERFORM moltis.login_session_make(new_user, p_token_hash, 'password',
		p_peer, p_agent);
	INSERT INTO moltis.auth_log (name, user_id, peer)
	VALUES ('auth.setup_completed', new_user, p_peer);
	RETURN 'ok';
END
$$;

-- What a login needs to check a password.  No name means the only person.
CREATE FUNCTION moltis.login_lookup(p_username text)
RETURNS TABLE (user_id uuid, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT u.id, u.password_hash FROM moltis.users u
	WHERE u.disabled_at IS NULL AND u.password_hash IS NOT NULL
		AND (u.username = lower(p_username) OR (p_username = ''
			AND (SELECT count(*) FROM moltis.users) = 1))
$$;

-- Only for the hash that was just verified: a changed password wins.
CREATE FUNCTION moltis.login_finish(p_user uuid, p_seen_hash text,
	p_new_hash text, p_token_hash bytea, p_peer text, p_agent text,
	p_peer_key text, p_username text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	PERFORM FROM moltis.users u WHERE u.id = p_user
		AND u.disabled_at IS NULL AND u.password_hash = p_seen_hash FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF p_new_hash IS NOT NULL THEN
		UPDATE moltis.users SET password_hash = p_new_hash WHERE id = p_user;
	END IF;
	PERFORM moltis.login_session_make(p_user, p_token_hash, 'password',
		p_peer, p_agent);
	-- Only failures are to be few: a success gives its own try back.
	UPDATE moltis.throttle SET hits = greatest(hits - 1, 0)
	WHERE (class = 'login' AND subject = p_peer_key)
		OR (class = 'login.name' AND subject = p_username);
	INSERT INTO moltis.auth_log (name, user_id, peer)
	VALUES ('auth.login', p_user, p_peer);
	RETURN true;
END
$$;

CREATE FUNCTION moltis.auth_note(p_name text, p_peer text, p_detail jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	INSERT INTO moltis.auth_log (name, peer, detail)
	VALUES (p_name, p_peer, p_detail)
$$;

CREATE FUNCTION moltis.logout(p_token_hash bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	DELETE FROM moltis.login_sessions WHERE token_hash = p_token_hash
$$;

-- The password of the person behind a login session.
CREATE FUNCTION moltis.session_password(p_token_hash bytea)
RETURNS TABLE (user_id uuid, username text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT u.id, u.username, u.password_hash
	FROM moltis.principal_of_session(p_token_hash) w
	JOIN moltis.users u ON u.id = w.user_id
$$;

CREATE FUNCTION moltis.password_put(p_token_hash bytea, p_seen_hash text,
	p_new_hash text, p_peer text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
BEGIN
	who := moltis.principal_of_session(p_token_hash);
	UPDATE moltis.users SET password_hash = p_new_hash WHERE id = who.user_id
		AND password_hash IS NOT DISTINCT FROM p_seen_hash;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	DELETE FROM moltis.login_sessions s WHERE s.user_id = who.user_id
		AND s.id <> who.credential_id;
	INSERT INTO moltis.auth_log (name, user_id, peer)
	VALUES ('auth.password_changed', who.user_id, p_peer);
	RETURN true;
END
$$;

CREATE FUNCTION moltis.auth_state()
RETURNS TABLE (configured boolean, has_password boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT moltis.configured(), EXISTS (SELECT FROM moltis.users
		WHERE password_hash IS NOT NULL)
$$;

CREATE FUNCTION moltis.authority()
RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT authority_epoch FROM moltis.deployment
$$;

CREATE FUNCTION moltis.whoami()
RETURNS TABLE (user_id uuid, username text, administrator boolean,
	account_id uuid, account_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT u.id, u.username, u.administrator, a.account_id, a.name
	FROM moltis.users u, moltis.accounts a
	WHERE u.id = moltis.ctx_user() AND a.account_id = moltis.ctx_account()
$$;

-- For the operator on the server.
CREATE FUNCTION moltis.user_list()
RETURNS TABLE (username text, administrator boolean, disabled boolean,
	created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT u.username, u.administrator, u.disabled_at IS NOT NULL,
		u.created_at
	FROM moltis.users u WHERE session_user = 'moltis_owner'
	ORDER BY u.created_at
$$;

CREATE FUNCTION moltis.purge()
RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
	WITH gone AS (DELETE FROM moltis.login_sessions WHERE expires_at < now()
		OR last_seen_at < now() - interval '7 days' RETURNING 1)
	SELECT count(*) + moltis.throttle_purge() FROM gone
$$;
REVOKE ALL ON FUNCTION moltis.purge() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.purge() TO moltis_worker;
REVOKE ALL ON FUNCTION moltis.principal_of_key(bytea),
	moltis.principal_of_session(bytea), moltis.principal_of_cli(text)
	FROM PUBLIC;
