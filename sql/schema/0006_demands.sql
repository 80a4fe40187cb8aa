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

REVOKE ALL ON FUNCTION moltis.emit_to(uuid, text, integer, jsonb),
	moltis.security_note(uuid, text, uuid, text, text, jsonb),
	moltis.security_note_person(uuid, text, text, text, jsonb) FROM PUBLIC;
