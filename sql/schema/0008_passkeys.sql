-- Passkeys (S178-S190): a person's public keys, and the challenges they sign.
--
-- Neither belongs to an account: a passkey is a way to be a person.  Programs
-- reach both tables through the functions below and through nothing else.
-- Signatures are checked in the program (src/auth/webauthn.h); here is what
-- must be decided in one place: a challenge serves once, a counter only
-- grows, a credential id belongs to one person of the deployment.

-- What an authenticator knows the person by; tells nothing about him.
ALTER TABLE moltis.users ADD COLUMN webauthn_handle bytea UNIQUE
	CHECK (length(webauthn_handle) = 32);
-- NULL: the session began otherwise.
ALTER TABLE moltis.login_sessions ADD COLUMN passkey_id uuid;

CREATE TABLE moltis.passkeys (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL REFERENCES moltis.users ON DELETE CASCADE,
	credential_id bytea NOT NULL UNIQUE
		CHECK (length(credential_id) BETWEEN 16 AND 1023),
	cose_key bytea NOT NULL CHECK (length(cose_key) BETWEEN 32 AND 1200),
	sign_count bigint NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
	backup_eligible boolean NOT NULL,
	backed_up boolean NOT NULL CHECK (backup_eligible OR NOT backed_up),
	name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz,
	-- Its counter went back once: somebody may have a copy.
	suspicious_at timestamptz
);
CREATE INDEX passkeys_user ON moltis.passkeys (user_id);

-- Lost in a crash of the database: whoever was at it begins again.
CREATE UNLOGGED TABLE moltis.passkey_challenges (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	-- register, setup and invite make a credential; login and reauth use one.
	purpose text NOT NULL CHECK (purpose IN
		('register', 'setup', 'invite', 'login', 'reauth')),
	challenge bytea NOT NULL CHECK (length(challenge) = 32),
	-- Whom it is for, NULL: for whoever proves himself, or, with a name, for
	-- nobody.
	user_id uuid,
	username text,
	-- What the other half must come with.
	session_id uuid REFERENCES moltis.login_sessions ON DELETE CASCADE,
	right_hash bytea,
	handle bytea,
	peer_key text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	expires_at timestamptz NOT NULL
		DEFAULT clock_timestamp() + interval '300 seconds'
);
CREATE INDEX passkey_challenges_expires
	ON moltis.passkey_challenges (expires_at);

CREATE FUNCTION moltis.b64url(p_bytes bytea)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
	SELECT translate(encode(p_bytes, 'base64'), '+/=' || chr(10), '-_')
$$;

-- RFC 2104.  The key is at most a block long.
CREATE FUNCTION moltis.hmac_sha256(p_key bytea, p_message bytea)
RETURNS bytea LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
	inner_pad bytea := decode(repeat('36', 64), 'hex');
	outer_pad bytea := decode(repeat('5c', 64), 'hex');
BEGIN
	FOR i IN 0 .. length(p_key) - 1 LOOP
		inner_pad := set_byte(inner_pad, i, get_byte(p_key, i) # 54);
		outer_pad := set_byte(outer_pad, i, get_byte(p_key, i) # 92);
	END LOOP;
	RETURN sha256(outer_pad || sha256(inner_pad || p_message));
END
$$;

-- Credential ids for a name that has none: the same ones every time, and of
-- the lengths that authenticators make (S182).
CREATE FUNCTION moltis.passkey_decoys(p_username text)
RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	key bytea;
	dice bytea;
	ids jsonb := '[]';
BEGIN
	SELECT sha256(convert_to('passkey decoys|' || d.fence_secret, 'UTF8'))
	INTO key FROM moltis.deployment d;
	dice := moltis.hmac_sha256(key, convert_to(lower(p_username), 'UTF8'));
	FOR i IN 0 .. (get_byte(dice, 0) < 64)::int LOOP
		ids := ids || to_jsonb(moltis.b64url(substr(
			moltis.hmac_sha256(key, dice || set_byte('\x00'::bytea, 0, 2 * i))
			|| moltis.hmac_sha256(key, dice || set_byte('\x00'::bytea, 0, 2 * i + 1)),
			1, (ARRAY[16, 20, 32, 32, 32, 64])[1 + get_byte(dice, 1 + i) % 6])));
	END LOOP;
	RETURN ids;
END
$$;

-- A new challenge.  At most a thousand wait: an address that asks for more
-- loses its oldest, or else the address that asked for most does (S188).
CREATE FUNCTION moltis.passkey_challenge_put(c moltis.passkey_challenges)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	made uuid;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('moltis.passkey_challenges'));
	DELETE FROM moltis.passkey_challenges WHERE expires_at <= now();
	WHILE (SELECT count(*) FROM moltis.passkey_challenges) >= 1000 LOOP
		DELETE FROM moltis.passkey_challenges WHERE id = (
			SELECT o.id FROM moltis.passkey_challenges o JOIN (
				SELECT peer_key, count(*) AS many
				FROM moltis.passkey_challenges GROUP BY peer_key) b
				ON b.peer_key = o.peer_key
			ORDER BY o.peer_key = c.peer_key DESC, b.many DESC,
				o.created_at LIMIT 1);
	END LOOP;
	INSERT INTO moltis.passkey_challenges (purpose, challenge, user_id,
		username, session_id, right_hash, handle, peer_key)
	VALUES (c.purpose, c.challenge, c.user_id, c.username,
		c.session_id, c.right_hash, c.handle, c.peer_key)
	RETURNING id INTO made;
	RETURN made;
END
$$;

-- Takes a challenge away, whatever comes of it (S179): a row of NULLs when
-- there is none, when it is too old, or when it was made for something else.
CREATE FUNCTION moltis.passkey_challenge_take(p_id uuid, p_purpose text)
RETURNS moltis.passkey_challenges LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	c moltis.passkey_challenges;
BEGIN
	DELETE FROM moltis.passkey_challenges WHERE id = p_id RETURNING * INTO c;
	IF c.purpose IS DISTINCT FROM p_purpose OR c.expires_at <= now() THEN
		RETURN NULL;
	END IF;
	RETURN c;
END
$$;

-- The credential ids of a person, oldest first, as the browser wants them.
CREATE FUNCTION moltis.passkey_ids(p_user uuid)
RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT coalesce(jsonb_agg(moltis.b64url(k.credential_id)
		ORDER BY k.created_at, k.id), '[]')
	FROM moltis.passkeys k WHERE k.user_id = p_user
$$;

-- Twenty a person, counted while nobody else adds one (S185).
CREATE FUNCTION moltis.passkey_room(p_user uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	PERFORM FROM moltis.users WHERE id = p_user FOR UPDATE;
	IF (SELECT count(*) FROM moltis.passkeys WHERE user_id = p_user) >= 20 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', MESSAGE =
			'at most 20 passkeys: remove one first';
	END IF;
END
$$;

CREATE TYPE moltis.new_passkey AS (
	name text,
	credential_id bytea,
	cose_key bytea,
	sign_count bigint,
	backup_eligible boolean,
	backed_up boolean
);

-- Stores what the program has verified.
CREATE FUNCTION moltis.passkey_add(p_user uuid, k moltis.new_passkey,
	p_peer text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	made uuid;
BEGIN
	PERFORM moltis.passkey_room(p_user);
	INSERT INTO moltis.passkeys (user_id, name, credential_id, cose_key,
		sign_count, backup_eligible, backed_up)
	VALUES (p_user, k.name, k.credential_id, k.cose_key, k.sign_count,
		k.backup_eligible, k.backed_up)
	ON CONFLICT (credential_id) DO NOTHING RETURNING id INTO made;
	IF made IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'this passkey is registered already';
	END IF;
	PERFORM moltis.security_note_person(p_user, 'passkey.added', p_peer,
		'info', jsonb_build_object('passkey_id', made, 'name', k.name));
	RETURN made;
END
$$;

-- A passkey was used: its counter must have grown, unless it has none (S183).
-- 'rollback' is an alert of its own; 'gone' when it, or its person, is.
CREATE FUNCTION moltis.passkey_used(p_passkey uuid, p_sign_count bigint,
	p_backed_up boolean, p_peer text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	k moltis.passkeys;
BEGIN
	UPDATE moltis.passkeys p SET sign_count = p_sign_count,
		backed_up = p_backed_up, last_used_at = now()
	FROM moltis.users u
	WHERE p.id = p_passkey AND u.id = p.user_id AND u.disabled_at IS NULL
		AND (p.sign_count < p_sign_count
			OR (p.sign_count = 0 AND p_sign_count = 0));
	IF FOUND THEN
		RETURN 'ok';
	END IF;
	UPDATE moltis.passkeys p SET suspicious_at = now() FROM moltis.users u
	WHERE p.id = p_passkey AND u.id = p.user_id AND u.disabled_at IS NULL
	RETURNING p.* INTO k;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	PERFORM moltis.security_note_person(k.user_id, 'passkey.counter_rollback',
		p_peer, 'alert', jsonb_build_object('passkey_id', k.id,
		'name', k.name, 'stored', k.sign_count, 'presented', p_sign_count));
	RETURN 'rollback';
END
$$;

-- Registration by a signed-in person who proved himself lately (S172, S180).
CREATE FUNCTION moltis.passkey_register_begin(p_token bytea,
	p_challenge bytea, p_handle bytea, p_peer_key text)
RETURNS TABLE (challenge_id uuid, handle text, username text, excluded jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token);
	c moltis.passkey_challenges;
BEGIN
	IF who.user_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO401',
			MESSAGE = 'not authenticated';
	END IF;
	PERFORM moltis.demand_check('session', who, 2);
	PERFORM moltis.passkey_room(who.user_id);
	UPDATE moltis.users u SET webauthn_handle = p_handle
	WHERE u.id = who.user_id AND u.webauthn_handle IS NULL;
	SELECT u.webauthn_handle INTO c.handle FROM moltis.users u
	WHERE u.id = who.user_id;
	c.purpose := 'register';
	c.challenge := p_challenge;
	c.user_id := who.user_id;
	c.session_id := who.credential_id;
	c.peer_key := p_peer_key;
	RETURN QUERY SELECT moltis.passkey_challenge_put(c),
		moltis.b64url(c.handle), who.username,
		moltis.passkey_ids(who.user_id);
END
$$;

-- For the session that began it and nobody else (S190).
CREATE FUNCTION moltis.passkey_register_take(p_token bytea, p_id uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token);
	c moltis.passkey_challenges;
BEGIN
	c := moltis.passkey_challenge_take(p_id, 'register');
	IF c.session_id IS DISTINCT FROM who.credential_id
		OR c.user_id IS DISTINCT FROM who.user_id THEN
		RETURN NULL;
	END IF;
	RETURN moltis.b64url(c.challenge);
END
$$;

CREATE FUNCTION moltis.passkey_register_finish(p_token bytea,
	k moltis.new_passkey, p_peer text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token);
BEGIN
	IF who.user_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO401',
			MESSAGE = 'not authenticated';
	END IF;
	RETURN moltis.passkey_add(who.user_id, k, p_peer);
END
$$;

-- Signing in: with a name the ids of that person, or decoys; without one the
-- authenticator finds its own.  The same work is done for every name.
CREATE FUNCTION moltis.passkey_login_begin(p_username text,
	p_challenge bytea, p_peer_key text)
RETURNS TABLE (challenge_id uuid, allowed jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	ids jsonb := '[]';
	decoys jsonb;
	c moltis.passkey_challenges;
BEGIN
	c.purpose := 'login';
	c.challenge := p_challenge;
	c.peer_key := p_peer_key;
	IF p_username <> '' THEN
		c.username := p_username;
		decoys := moltis.passkey_decoys(p_username);
		SELECT u.id INTO c.user_id FROM moltis.users u
		WHERE u.username = lower(p_username) AND u.disabled_at IS NULL;
		ids := moltis.passkey_ids(c.user_id);
		IF ids = '[]' THEN
			ids := decoys;
		END IF;
	END IF;
	RETURN QUERY SELECT moltis.passkey_challenge_put(c), ids;
END
$$;

-- A person proves again that he is there.
CREATE FUNCTION moltis.passkey_reauth_begin(p_token bytea,
	p_challenge bytea, p_peer_key text)
RETURNS TABLE (challenge_id uuid, allowed jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token);
	ids jsonb := moltis.passkey_ids(who.user_id);
	c moltis.passkey_challenges;
BEGIN
	IF who.user_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO401',
			MESSAGE = 'not authenticated';
	ELSIF ids = '[]' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'you have no passkey: give your password';
	END IF;
	c.purpose := 'reauth';
	c.challenge := p_challenge;
	c.user_id := who.user_id;
	c.session_id := who.credential_id;
	c.peer_key := p_peer_key;
	RETURN QUERY SELECT moltis.passkey_challenge_put(c), ids;
END
$$;

-- Takes the challenge of a signature, with the key that must have made it: the
-- one of this credential id, if it belongs to an enabled person for whom the
-- challenge is.  P_TOKEN NULL: to sign in.
CREATE FUNCTION moltis.passkey_proof_take(p_token bytea, p_id uuid,
	p_credential bytea)
RETURNS TABLE (challenge text, passkey_id uuid, cose_key text, handle text,
	backup_eligible boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal := moltis.principal_of_session(p_token);
	c moltis.passkey_challenges;
BEGIN
	c := moltis.passkey_challenge_take(p_id,
		CASE WHEN p_token IS NULL THEN 'login' ELSE 'reauth' END);
	IF c.id IS NULL OR (p_token IS NOT NULL
		AND c.session_id IS DISTINCT FROM who.credential_id) THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT moltis.b64url(c.challenge), k.id,
		moltis.b64url(k.cose_key), moltis.b64url(u.webauthn_handle),
		k.backup_eligible
	FROM (SELECT 1) one
	LEFT JOIN (moltis.passkeys k JOIN moltis.users u ON u.id = k.user_id
			AND u.disabled_at IS NULL)
		ON k.credential_id = p_credential AND (k.user_id = c.user_id
			OR (c.user_id IS NULL AND c.username IS NULL));
END
$$;

-- After the signature was verified.
CREATE FUNCTION moltis.passkey_login_finish(p_passkey uuid,
	p_sign_count bigint, p_backed_up boolean, p_token_hash bytea, p_peer text,
	p_agent text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	verdict text := moltis.passkey_used(p_passkey, p_sign_count, p_backed_up,
		p_peer);
	person uuid;
BEGIN
	IF verdict <> 'ok' THEN
		RETURN verdict;
	END IF;
	SELECT k.user_id INTO person FROM moltis.passkeys k WHERE k.id = p_passkey;
	PERFORM moltis.login_session_make(person, p_token_hash, 'passkey', p_peer,
		p_agent);
	UPDATE moltis.login_sessions SET passkey_id = p_passkey
	WHERE token_hash = p_token_hash;
	INSERT INTO moltis.auth_log (name, user_id, peer, detail)
	VALUES ('auth.login', person, p_peer, '{"method": "passkey"}');
	RETURN verdict;
END
$$;

CREATE FUNCTION moltis.passkey_reauth_finish(p_passkey uuid,
	p_sign_count bigint, p_backed_up boolean, p_token bytea, p_peer text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	verdict text := moltis.passkey_used(p_passkey, p_sign_count, p_backed_up,
		p_peer);
	who moltis.principal := moltis.principal_of_session(p_token);
BEGIN
	IF verdict <> 'ok' THEN
		RETURN verdict;
	END IF;
	UPDATE moltis.login_sessions s SET proved_at = now()
	FROM moltis.passkeys k WHERE s.id = who.credential_id
		AND k.id = p_passkey AND k.user_id = s.user_id;
	IF NOT FOUND THEN
		RETURN 'gone';
	END IF;
	PERFORM moltis.security_note(who.account_id, 'auth.reauthenticated',
		who.user_id, p_peer, 'info', '{"method": "passkey"}');
	RETURN verdict;
END
$$;

-- First administrator, by passkey.
CREATE FUNCTION moltis.passkey_setup_begin(p_code_hash bytea,
	p_username text, p_challenge bytea, p_handle bytea, p_peer_key text)
RETURNS TABLE (verdict text, challenge_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	c moltis.passkey_challenges;
BEGIN
	verdict := moltis.setup_code_try(p_code_hash);
	IF verdict = 'ok' THEN
		c.purpose := 'setup';
		c.challenge := p_challenge;
		c.username := p_username;
		c.right_hash := p_code_hash;
		c.handle := p_handle;
		c.peer_key := p_peer_key;
		challenge_id := moltis.passkey_challenge_put(c);
	END IF;
	RETURN NEXT;
END
$$;

-- The challenge of somebody who is nobody yet: his right is what binds it.
CREATE FUNCTION moltis.passkey_right_take(p_purpose text, p_right_hash bytea,
	p_id uuid)
RETURNS TABLE (challenge text, handle text, username text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	c moltis.passkey_challenges;
BEGIN
	c := moltis.passkey_challenge_take(p_id, p_purpose);
	IF c.right_hash = p_right_hash THEN
		RETURN QUERY SELECT moltis.b64url(c.challenge),
			moltis.b64url(c.handle), c.username;
	END IF;
END
$$;

CREATE FUNCTION moltis.passkey_setup_finish(p_code_hash bytea,
	p_username text, p_handle bytea, k moltis.new_passkey, p_token_hash bytea,
	p_peer text, p_agent text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	verdict text := moltis.setup_finish(p_code_hash, p_username, NULL,
		p_token_hash, p_peer, p_agent);
	person uuid;
	made uuid;
BEGIN
	IF verdict <> 'ok' THEN
		RETURN verdict;
	END IF;
	SELECT s.user_id INTO person FROM moltis.login_sessions s
	WHERE s.token_hash = p_token_hash;
	UPDATE moltis.users SET webauthn_handle = p_handle WHERE id = person;
	made := moltis.passkey_add(person, k, p_peer);
	UPDATE moltis.login_sessions SET method = 'passkey', passkey_id = made
	WHERE token_hash = p_token_hash;
	RETURN verdict;
END
$$;

-- By invitation, a new person or a reset one.
CREATE FUNCTION moltis.passkey_invite_begin(p_right_hash bytea,
	p_username text, p_challenge bytea, p_handle bytea, p_peer_key text)
RETURNS TABLE (verdict text, challenge_id uuid, handle text, username text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	i moltis.invitations;
	c moltis.passkey_challenges;
BEGIN
	SELECT * INTO i FROM moltis.invitations o
	WHERE o.token_hash = p_right_hash;
	verdict := moltis.invite_verdict(i);
	IF verdict <> 'ok' THEN
		RETURN NEXT;
		RETURN;
	END IF;
	c.handle := p_handle;
	username := p_username;
	IF i.kind = 'reset' THEN
		SELECT coalesce(u.webauthn_handle, p_handle), u.username
		INTO c.handle, username FROM moltis.users u WHERE u.id = i.user_id;
	ELSIF p_username IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO400', COLUMN = 'username',
			MESSAGE = 'a user name is required';
	ELSIF EXISTS (SELECT FROM moltis.users u
		WHERE u.username = lower(p_username)) THEN
		verdict := 'taken';
		RETURN NEXT;
		RETURN;
	END IF;
	c.purpose := 'invite';
	c.challenge := p_challenge;
	c.username := username;
	c.right_hash := p_right_hash;
	c.peer_key := p_peer_key;
	challenge_id := moltis.passkey_challenge_put(c);
	handle := moltis.b64url(c.handle);
	RETURN NEXT;
END
$$;

CREATE FUNCTION moltis.passkey_invite_finish(p_right_hash bytea,
	p_username text, p_handle bytea, k moltis.new_passkey, p_token_hash bytea,
	p_peer text, p_agent text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	got record;
	made uuid;
BEGIN
	SELECT * INTO got FROM moltis.invite_accept(p_right_hash, p_username,
		NULL, NULL);
	IF got.verdict <> 'ok' THEN
		RETURN got.verdict;
	END IF;
	UPDATE moltis.users SET webauthn_handle = p_handle
	WHERE id = got.user_id AND webauthn_handle IS NULL;
	made := moltis.passkey_add(got.user_id, k, p_peer);
	PERFORM moltis.login_session_make(got.user_id, p_token_hash, 'passkey',
		p_peer, p_agent);
	UPDATE moltis.login_sessions SET passkey_id = made
	WHERE token_hash = p_token_hash;
	RETURN 'ok';
END
$$;

-- The person's own, for the operations: whoever is entered.
CREATE FUNCTION moltis.passkey_list()
RETURNS TABLE (id uuid, name text, created_ms bigint, last_used_ms bigint,
	backed_up boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT k.id, k.name, moltis.epoch_ms(k.created_at),
		moltis.epoch_ms(k.last_used_at), k.backed_up
	FROM moltis.passkeys k WHERE k.user_id = moltis.ctx_user()
	ORDER BY k.created_at, k.id
$$;

CREATE FUNCTION moltis.passkey_rename(p_id uuid, p_name text)
RETURNS SETOF uuid LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
	UPDATE moltis.passkeys k SET name = p_name
	WHERE k.id = p_id AND k.user_id = moltis.ctx_user() RETURNING k.id
$$;

-- Never the last way in (S184).  What was signed in by it ends with it, but
-- for the session that says so.
CREATE FUNCTION moltis.passkey_remove(p_id uuid)
RETURNS TABLE (id uuid, name text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	me uuid := moltis.ctx_user();
	has_password boolean;
BEGIN
	SELECT u.password_hash IS NOT NULL INTO has_password FROM moltis.users u
	WHERE u.id = me FOR UPDATE;
	IF NOT EXISTS (SELECT FROM moltis.passkeys k
		WHERE k.id = p_id AND k.user_id = me) THEN
		RETURN;
	END IF;
	IF NOT has_password AND (SELECT count(*) FROM moltis.passkeys k
		WHERE k.user_id = me) = 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE = 'this is your '
			'only way to sign in: set a password or add another passkey first';
	END IF;
	DELETE FROM moltis.login_sessions s WHERE s.passkey_id = p_id
		AND 'session:' || s.id IS DISTINCT FROM moltis.ctx_actor();
	RETURN QUERY DELETE FROM moltis.passkeys k WHERE k.id = p_id
		RETURNING k.id, k.name;
END
$$;

-- The person of a reset begins anew: no session, no old password, no old
-- passkey.  Keys stay, as with a changed password.
CREATE FUNCTION moltis.user_reset(p_user uuid,
	p_password_hash text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	UPDATE moltis.users SET password_hash = p_password_hash
	WHERE id = p_user;
	DELETE FROM moltis.passkeys k WHERE k.user_id = p_user;
	DELETE FROM moltis.login_sessions s WHERE s.user_id = p_user;
	PERFORM moltis.security_note_person(p_user, 'auth.reset', '', 'warn',
		'{}');
END
$$;

CREATE FUNCTION moltis.passkey_count(p_user uuid)
RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT count(*)::integer FROM moltis.passkeys k WHERE k.user_id = p_user
$$;
REVOKE ALL ON FUNCTION moltis.user_reset(uuid, text),
	moltis.passkey_count(uuid) FROM PUBLIC;

-- A credential is a password or a passkey (S155).
DROP FUNCTION moltis.auth_state();
CREATE FUNCTION moltis.auth_state()
RETURNS TABLE (configured boolean, has_password boolean, has_passkeys boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT moltis.configured(), EXISTS (SELECT FROM moltis.users
		WHERE password_hash IS NOT NULL), EXISTS (SELECT FROM moltis.passkeys)
$$;

REVOKE ALL ON FUNCTION moltis.passkey_decoys(text),
	moltis.passkey_challenge_put(moltis.passkey_challenges),
	moltis.passkey_challenge_take(uuid, text), moltis.passkey_ids(uuid),
	moltis.passkey_room(uuid),
	moltis.passkey_add(uuid, moltis.new_passkey, text),
	moltis.passkey_used(uuid, bigint, boolean, text) FROM PUBLIC;
