-- People, accounts, credentials, and the fence between accounts.
--
-- Run as the owner role.  The programs connect as moltis_api and
-- moltis_worker: no superuser, no BYPASSRLS, no ownership.  A transaction of
-- theirs sees tenant rows only after enter() accepted a credential; enter()
-- signs the tenant it set, so that a SET of the same names by anybody else is
-- worth nothing.
CREATE SCHEMA moltis;
GRANT USAGE ON SCHEMA moltis TO moltis_api, moltis_worker;

CREATE TABLE moltis.deployment (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	fence_secret text NOT NULL,
	authority_epoch bigint NOT NULL DEFAULT 1,
	exec_off boolean NOT NULL DEFAULT false, -- kill switch of commands
	created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO moltis.deployment (fence_secret)
VALUES (gen_random_uuid()::text || gen_random_uuid()::text);

CREATE TABLE moltis.users (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	username text NOT NULL CHECK (username = lower(username)),
	password_hash text,
	administrator boolean NOT NULL DEFAULT false,
	disabled_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username ON moltis.users (username);

CREATE TABLE moltis.accounts (
	account_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	name text NOT NULL,
	exec_off boolean NOT NULL DEFAULT false,
	disabled_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- The event counter apart from its account: it is the hottest row.
CREATE TABLE moltis.account_heads (
	account_id uuid PRIMARY KEY REFERENCES moltis.accounts ON DELETE CASCADE,
	event_seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE moltis.memberships (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES moltis.users ON DELETE CASCADE,
	scopes integer NOT NULL CHECK (scopes BETWEEN 1 AND 31),
	is_owner boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, user_id)
);
CREATE INDEX memberships_user ON moltis.memberships (user_id);

CREATE TABLE moltis.login_sessions (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL REFERENCES moltis.users ON DELETE CASCADE,
	account_id uuid NOT NULL,
	token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
	method text NOT NULL CHECK (method IN ('password', 'passkey')),
	peer text NOT NULL,
	user_agent text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	FOREIGN KEY (account_id, user_id)
		REFERENCES moltis.memberships (account_id, user_id) ON DELETE CASCADE
);
CREATE INDEX login_sessions_user ON moltis.login_sessions (user_id);

-- scopes may be NULL only in rows of older deployments: such a key is refused.
CREATE TABLE moltis.api_keys (
	account_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL,
	label text NOT NULL,
	key_prefix text NOT NULL,
	key_hash bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
	scopes integer CHECK (scopes BETWEEN 0 AND 31),
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz,
	expires_at timestamptz,
	revoked_at timestamptz,
	PRIMARY KEY (account_id, id),
	FOREIGN KEY (account_id, user_id)
		REFERENCES moltis.memberships (account_id, user_id) ON DELETE CASCADE
);

CREATE TABLE moltis.setup_code (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	code_hash bytea NOT NULL,
	expires_at timestamptz NOT NULL,
	wrong_tries integer NOT NULL DEFAULT 0
);

-- Counters may be lost in a crash of the database: unlogged is enough.
CREATE UNLOGGED TABLE moltis.throttle (
	class text NOT NULL,
	subject text NOT NULL,
	window_start timestamptz NOT NULL,
	hits integer NOT NULL,
	PRIMARY KEY (class, subject)
);

CREATE TABLE moltis.auth_log (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT now(),
	name text NOT NULL,
	user_id uuid,
	peer text NOT NULL,
	detail jsonb NOT NULL DEFAULT '{}'
);

-- Who the transaction speaks for.  NULL unless enter() signed it in this
-- very transaction of this very backend.
-- These run in every statement of a program: PL/pgSQL keeps their plans for
-- the session, which a function in plain SQL does not.
CREATE FUNCTION moltis.ctx_sign(p_account text, p_user text, p_actor text)
RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	secret text;
BEGIN
	SELECT d.fence_secret INTO secret FROM moltis.deployment d;
	RETURN encode(sha256(convert_to(concat_ws('|', secret,
		pg_backend_pid(), extract(epoch FROM now()),
		p_account, p_user, p_actor), 'UTF8')), 'hex');
END
$$;
REVOKE ALL ON FUNCTION moltis.ctx_sign(text, text, text) FROM PUBLIC;

CREATE FUNCTION moltis.ctx_valid()
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	sig text := current_setting('moltis.sig', true);
	secret text;
BEGIN
	IF sig IS NULL OR sig = '' THEN
		RETURN false;
	END IF;
	-- What ctx_sign() does, without the price of calling it.
	SELECT d.fence_secret INTO secret FROM moltis.deployment d;
	RETURN coalesce(sig = encode(sha256(convert_to(concat_ws('|', secret,
		pg_backend_pid(), extract(epoch FROM now()),
		current_setting('moltis.account_id', true),
		current_setting('moltis.user_id', true),
		current_setting('moltis.actor', true)), 'UTF8')), 'hex'), false);
END
$$;

CREATE FUNCTION moltis.ctx_account()
RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT moltis.ctx_valid() THEN
		RETURN NULL;
	END IF;
	RETURN current_setting('moltis.account_id', true)::uuid;
END
$$;

CREATE FUNCTION moltis.ctx_user()
RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT moltis.ctx_valid() THEN
		RETURN NULL;
	END IF;
	RETURN nullif(current_setting('moltis.user_id', true), '')::uuid;
END
$$;

CREATE FUNCTION moltis.ctx_actor()
RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT moltis.ctx_valid() THEN
		RETURN NULL;
	END IF;
	RETURN current_setting('moltis.actor', true);
END
$$;

CREATE FUNCTION moltis.ctx_set(p_account uuid, p_user uuid, p_actor text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	acct text := p_account::text;
	person text := coalesce(p_user::text, '');
BEGIN
	PERFORM set_config('moltis.account_id', acct, true),
		set_config('moltis.user_id', person, true),
		set_config('moltis.actor', p_actor, true),
		set_config('moltis.sig',
			moltis.ctx_sign(acct, person, p_actor), true);
END
$$;
REVOKE ALL ON FUNCTION moltis.ctx_set(uuid, uuid, text) FROM PUBLIC;

-- Puts TABLE behind the fence: row-level security that holds for its owner
-- too, one policy for the programs, one that lets the owner's functions work.
CREATE FUNCTION moltis.fence(p_table regclass, p_grants text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
	EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
	EXECUTE format('CREATE POLICY tenant ON %s'
		' TO moltis_api, moltis_worker'
		' USING (account_id = (SELECT moltis.ctx_account()))'
		' WITH CHECK (account_id = (SELECT moltis.ctx_account()))', p_table);
	EXECUTE format('CREATE POLICY owner ON %s TO moltis_owner'
		' USING (true) WITH CHECK (true)', p_table);
	IF p_grants <> '' THEN
		EXECUTE format('GRANT %s ON %s TO moltis_api, moltis_worker',
			p_grants, p_table);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION moltis.fence(regclass, text) FROM PUBLIC;

SELECT moltis.fence('moltis.accounts', 'SELECT');
SELECT moltis.fence('moltis.account_heads', 'SELECT, UPDATE');
SELECT moltis.fence('moltis.memberships', 'SELECT');
-- Tokens are for enter() alone: no grant at all.
SELECT moltis.fence('moltis.login_sessions', '');
SELECT moltis.fence('moltis.api_keys', 'SELECT, INSERT, UPDATE');

-- The hash of a key is for enter() alone.
REVOKE SELECT ON moltis.api_keys FROM moltis_api, moltis_worker;
GRANT SELECT (account_id, id, user_id, label, key_prefix, scopes, created_at,
	last_used_at, expires_at, revoked_at)
	ON moltis.api_keys TO moltis_api, moltis_worker;
REVOKE UPDATE ON moltis.api_keys FROM moltis_api, moltis_worker;
GRANT UPDATE (revoked_at) ON moltis.api_keys TO moltis_api, moltis_worker;

-- Every change of anybody's rights moves the epoch, whoever makes it: open
-- sockets are checked again when it moved.  For each row, so that a statement
-- that changes nothing (a stranger's logout) costs nobody anything; once a
-- transaction, which is all that others can see.
CREATE FUNCTION moltis.authority_moved()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	UPDATE moltis.deployment SET authority_epoch = authority_epoch + 1
	WHERE xmin <> pg_current_xact_id()::xid;
	PERFORM pg_notify('moltis_authority', '');
	RETURN NULL;
END
$$;
CREATE TRIGGER authority AFTER UPDATE OF disabled_at, password_hash OR DELETE
	ON moltis.users FOR EACH ROW
	EXECUTE FUNCTION moltis.authority_moved();
CREATE TRIGGER authority AFTER UPDATE OF disabled_at OR DELETE
	ON moltis.accounts FOR EACH ROW
	EXECUTE FUNCTION moltis.authority_moved();
CREATE TRIGGER authority AFTER UPDATE OR DELETE ON moltis.memberships
	FOR EACH ROW EXECUTE FUNCTION moltis.authority_moved();
CREATE TRIGGER authority AFTER UPDATE OF account_id, expires_at OR DELETE
	ON moltis.login_sessions FOR EACH ROW
	EXECUTE FUNCTION moltis.authority_moved();
CREATE TRIGGER authority AFTER UPDATE OF scopes, expires_at, revoked_at
	OR DELETE ON moltis.api_keys FOR EACH ROW
	EXECUTE FUNCTION moltis.authority_moved();
