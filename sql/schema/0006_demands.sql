-- What an operation may demand of its caller beside a scope: a signed-in
-- person, one who proved himself a moment ago, an administrator; and from
-- where a key may be used.  Also how the database itself speaks up about
-- something an owner should know.

ALTER TYPE moltis.principal ADD ATTRIBUTE administrator boolean;
ALTER TYPE moltis.principal ADD ATTRIBUTE proved_at timestamptz;

-- When the person last gave a password or passkey in this session (S172).
ALTER TABLE moltis.login_sessions
	ADD COLUMN proved_at timestamptz NOT NULL DEFAULT now();
-- NULL: from everywhere.
ALTER TABLE moltis.api_keys
	ADD COLUMN networks cidr[] CHECK (cardinality(networks) BETWEEN 1 AND 20);
GRANT SELECT (networks), INSERT (networks) ON moltis.api_keys
	TO moltis_api, moltis_worker;

ALTER TABLE moltis.audit ADD COLUMN severity text NOT NULL DEFAULT 'info'
	CHECK (severity IN ('info', 'warn', 'alert'));

-- An address as text, or NULL: what is none matches no network.
CREATE FUNCTION moltis.peer_inet(p_peer text)
RETURNS inet LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
BEGIN
	RETURN CASE WHEN p_peer LIKE '::ffff:%.%' THEN substr(p_peer, 8)
		ELSE p_peer END::inet;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN NULL;
END
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
		a.last_used_at, a.networks, m.scopes AS member_scopes, u.administrator
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
	who.stale := k.last_used_at IS NULL
		OR k.last_used_at < now() - interval '1 minute';
	who.administrator := k.administrator;
	RETURN who;
END
$$;

CREATE OR REPLACE FUNCTION moltis.principal_of_session(p_hash bytea)
RETURNS moltis.principal LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.principal;
BEGIN
	SELECT s.user_id, u.username, s.account_id, s.id,
		moltis.scope_expand(m.scopes),
		(extract(epoch FROM s.expires_at) * 1000)::bigint,
		s.last_seen_at < now() - interval '1 minute',
		u.administrator, s.proved_at
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

-- Beside the scope: 1 a signed-in person, 2 proved within ten minutes, 4 an
-- administrator of the deployment.  The same numbers are in src/op/op.h.
CREATE FUNCTION moltis.demand_check(p_kind text, who moltis.principal,
	p_demand integer)
RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
	IF p_demand & 7 <> 0 AND p_kind = 'key' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'this needs a signed-in person: an API key cannot do it';
	END IF;
	IF p_demand & 4 <> 0 AND p_kind <> 'cli'
		AND who.administrator IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'this is for administrators of the deployment';
	END IF;
	IF p_demand & 2 <> 0 AND p_kind = 'session' AND coalesce(
		who.proved_at, '-infinity') <= now() - interval '10 minutes' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO423', MESSAGE =
			'confirm that it is you: give your password or passkey again';
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
		PERFORM moltis.credential_touch(p_kind, p_hash);
	END IF;
	RETURN who;
END
$$;

-- An event of an account nobody has entered: for the functions of the owner.
CREATE FUNCTION moltis.emit_to(p_account uuid, p_name text, p_scope integer,
	p_payload jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	n bigint;
BEGIN
	UPDATE moltis.account_heads SET event_seq = event_seq + 1
	WHERE account_id = p_account RETURNING event_seq INTO n;
	INSERT INTO moltis.events (account_id, seq, name, scope, payload)
	VALUES (p_account, n, p_name, p_scope, p_payload);
	PERFORM pg_notify('moltis_events', p_account::text);
END
$$;

-- What concerns the safety of an account, in the transaction it belongs to: a
-- row of its audit trail, and for warnings and alerts the event
-- `security.NAME` for its administrators (S276).
CREATE FUNCTION moltis.security_note(p_account uuid, p_name text,
	p_user uuid, p_peer text, p_severity text, p_detail jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	INSERT INTO moltis.audit (account_id, name, user_id, actor, via, peer,
		severity, detail)
	VALUES (p_account, p_name, p_user, 'system', 'server',
		coalesce(p_peer, ''), p_severity, coalesce(p_detail, '{}'));
	IF p_severity <> 'info' THEN
		PERFORM moltis.emit_to(p_account, 'security.' || p_name, 4,
			coalesce(p_detail, '{}') || jsonb_build_object('severity',
			p_severity, 'at', (extract(epoch FROM now()) * 1000)::bigint));
	END IF;
END
$$;

-- The same in every account the person owns.
CREATE FUNCTION moltis.security_note_person(p_user uuid, p_name text,
	p_peer text, p_severity text, p_detail jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	acct uuid;
BEGIN
	FOR acct IN SELECT m.account_id FROM moltis.memberships m
		WHERE m.user_id = p_user AND m.is_owner ORDER BY 1 LOOP
		PERFORM moltis.security_note(acct, p_name, p_user, p_peer,
			p_severity, p_detail);
	END LOOP;
END
$$;

REVOKE ALL ON FUNCTION moltis.principal_of_key(bytea, text),
	moltis.emit_to(uuid, text, integer, jsonb),
	moltis.security_note(uuid, text, uuid, text, text, jsonb),
	moltis.security_note_person(uuid, text, text, text, jsonb) FROM PUBLIC;
