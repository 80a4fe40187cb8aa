-- Many people: invitations, members, several accounts of one person, what an
-- account may use up, and the administration of the deployment.
--
-- Every function that reaches beyond the entered account says itself who may
-- call it: the scopes of operations are a second fence, not the only one.

-- Quotas.  NULL is the default of moltis.quota_default().
ALTER TABLE moltis.accounts
	ADD COLUMN max_members integer CHECK (max_members BETWEEN 1 AND 200),
	ADD COLUMN max_sessions integer CHECK (max_sessions BETWEEN 1 AND 100000),
	ADD COLUMN max_turns_day integer
		CHECK (max_turns_day BETWEEN 0 AND 1000000);
-- Turns of the day (UTC), beside the counter that every turn locks anyway.
ALTER TABLE moltis.account_heads
	ADD COLUMN turn_day date,
	ADD COLUMN turns_today integer NOT NULL DEFAULT 0;

CREATE FUNCTION moltis.quota_default(p_name text)
RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE p_name WHEN 'members' THEN 50 WHEN 'sessions' THEN 1000
		WHEN 'turns_per_day' THEN 10000 END
$$;

CREATE FUNCTION moltis.quota(p_account uuid, p_name text)
RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	a moltis.accounts;
BEGIN
	SELECT * INTO a FROM moltis.accounts WHERE account_id = p_account;
	RETURN coalesce(CASE p_name WHEN 'members' THEN a.max_members
		WHEN 'sessions' THEN a.max_sessions
		WHEN 'turns_per_day' THEN a.max_turns_day END,
		moltis.quota_default(p_name));
END
$$;
REVOKE ALL ON FUNCTION moltis.quota(uuid, text) FROM PUBLIC;

-- Whichever statement makes a session; the lock makes the count true when
-- several do at once.
CREATE OR REPLACE FUNCTION moltis.chat_sessions_limit()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	most integer := moltis.quota(NEW.account_id, 'sessions');
BEGIN
	PERFORM FROM moltis.account_heads h
	WHERE h.account_id = NEW.account_id FOR UPDATE;
	IF (SELECT count(*) FROM moltis.chat_sessions s
		WHERE s.account_id = NEW.account_id) > most THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', MESSAGE =
			format('at most %s sessions: delete some first', most);
	END IF;
	RETURN NULL;
END
$$;

-- May this person do anything in this account?
CREATE FUNCTION moltis.is_member(p_account uuid, p_user uuid)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	RETURN EXISTS (SELECT FROM moltis.memberships m
		JOIN moltis.users u ON u.id = m.user_id AND u.disabled_at IS NULL
		JOIN moltis.accounts a ON a.account_id = m.account_id
			AND a.disabled_at IS NULL
		WHERE m.account_id = p_account AND m.user_id = p_user);
END
$$;
REVOKE ALL ON FUNCTION moltis.is_member(uuid, uuid) FROM PUBLIC;

-- Whichever statement makes a turn: at most so many a day, and none of
-- somebody who is out.  The counter's row is locked first, so that who is put
-- out meanwhile (turns_end) is seen here.
CREATE FUNCTION moltis.turns_limit()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	today date := (now() AT TIME ZONE 'UTC')::date;
	most integer := moltis.quota(NEW.account_id, 'turns_per_day');
	n integer;
BEGIN
	UPDATE moltis.account_heads h SET turn_day = today,
		turns_today = CASE WHEN h.turn_day = today
			THEN h.turns_today + 1 ELSE 1 END
	WHERE h.account_id = NEW.account_id RETURNING h.turns_today INTO n;
	IF n > most THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', MESSAGE =
			format('this account may send %s messages a day and has: go on '
				'tomorrow, or ask the administrator for more', most),
			DETAIL = ceil(extract(epoch FROM
				(today + 1)::timestamp AT TIME ZONE 'UTC' - now()))::text;
	END IF;
	IF NOT moltis.is_member(NEW.account_id, NEW.user_id) THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'this person may not do anything in this account any more';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER turns_limit AFTER INSERT ON moltis.turns
	FOR EACH ROW EXECUTE FUNCTION moltis.turns_limit();

-- A question that ends is told in its own account, whoever ended it.
CREATE OR REPLACE FUNCTION moltis.exec_resolved(r moltis.exec_requests,
	p_decision text, p_via text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	payload jsonb := jsonb_build_object(
		'requestId', r.id, 'decision', p_decision,
		'command', coalesce(r.final_command, r.command),
		'sessionKey', moltis.exec_entry(r) -> 'sessionKey',
		'runId', r.turn_id, 'toolCallId', r.tool_call_id,
		'decidedBy', coalesce(moltis.member_name(r.account_id,
			r.decided_by), ''), 'via', p_via);
BEGIN
	IF moltis.ctx_account() IS NOT DISTINCT FROM r.account_id THEN
		PERFORM moltis.emit('exec.approval.resolved', 8, payload);
	ELSE
		PERFORM moltis.emit_to(r.account_id, 'exec.approval.resolved', 8,
			payload);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION moltis.exec_cancel_of_turn()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	FOR r IN UPDATE moltis.exec_requests e SET state = 'cancelled'
		WHERE e.account_id = new.account_id AND e.turn_id = new.id
			AND e.state IN ('pending', 'ready')
		RETURNING * LOOP
		-- The owner role ended it by hand: there is nobody to speak for.
		CONTINUE WHEN moltis.ctx_account() IS NULL;
		PERFORM moltis.exec_resolved(r, 'cancelled', 'turn');
		-- Who administers the deployment is not named in other accounts.
		CONTINUE WHEN moltis.ctx_account() <> r.account_id;
		PERFORM moltis.exec_note(r, 'exec.cancelled', 'turn', '', '{}');
	END LOOP;
	RETURN NULL;
END
$$;

-- The worker that runs it must still be able to end it.
CREATE OR REPLACE FUNCTION moltis.enter_turn(p_account uuid, p_turn uuid,
	p_token uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who uuid;
BEGIN
	SELECT t.user_id INTO who FROM moltis.turns t
	JOIN moltis.accounts a ON a.account_id = t.account_id
		AND (a.disabled_at IS NULL OR t.abort_requested)
	WHERE t.account_id = p_account AND t.id = p_turn AND t.state = 'running'
		AND t.lease_token = p_token
	FOR UPDATE OF t;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'the lease of this turn is lost';
	END IF;
	PERFORM moltis.ctx_set(p_account, who, 'turn:' || p_turn);
	RETURN true;
END
$$;

-- Ends what runs or waits in ACCOUNT, of USER; NULL is all of them.  Twice,
-- around the lock of the counters: a turn that is being made meanwhile is in
-- the second round, or is refused by turns_limit().  Locks turns before
-- counters, as workers do.
CREATE FUNCTION moltis.turns_end(p_account uuid, p_user uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	t record;
BEGIN
	FOR i IN 1..2 LOOP
		FOR t IN WITH ended AS (
			UPDATE moltis.turns o SET abort_requested = o.state = 'running',
				finished_at = CASE o.state WHEN 'queued' THEN now() END,
				state = CASE o.state WHEN 'queued' THEN 'aborted'
					ELSE o.state END
			WHERE o.state IN ('queued', 'running')
				AND (p_account IS NULL OR o.account_id = p_account)
				AND (p_user IS NULL OR o.user_id = p_user)
			RETURNING o.account_id, o.id, o.session_id, o.state)
			SELECT e.account_id, e.id, s.key FROM ended e
			JOIN moltis.chat_sessions s ON s.account_id = e.account_id
				AND s.id = e.session_id
			WHERE e.state = 'aborted' ORDER BY 1, 2 LOOP
			PERFORM moltis.emit_to(t.account_id, 'chat', 1,
				jsonb_build_object('state', 'aborted', 'sessionKey', t.key,
				'runId', t.id));
		END LOOP;
		PERFORM FROM moltis.account_heads h
		WHERE h.account_id = p_account OR (p_account IS NULL
			AND h.account_id IN (SELECT m.account_id
				FROM moltis.memberships m WHERE m.user_id = p_user))
		ORDER BY h.account_id FOR UPDATE;
	END LOOP;
	PERFORM pg_notify('moltis_turns', '');
END
$$;
REVOKE ALL ON FUNCTION moltis.turns_end(uuid, uuid) FROM PUBLIC;

-- Names of scopes, in the order clients list them.
CREATE FUNCTION moltis.scope_names(p_scopes integer)
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_agg(moltis.scope_word(s) ORDER BY n), '[]')
	FROM unnest(ARRAY[4, 1, 2, 8, 16]) WITH ORDINALITY x (s, n)
	WHERE p_scopes & s <> 0
$$;

-- What happens to people and accounts as a whole, for the deployment's own
-- log.
CREATE FUNCTION moltis.deployment_note(p_name text, p_peer text,
	p_detail jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	INSERT INTO moltis.auth_log (name, user_id, peer, detail)
	VALUES (p_name, moltis.ctx_user(), coalesce(p_peer, ''), p_detail)
$$;
REVOKE ALL ON FUNCTION moltis.deployment_note(text, text, jsonb) FROM PUBLIC;

-- Pages that show the members read again.
CREATE FUNCTION moltis.member_event(p_account uuid, p_kind text, p_user uuid,
	p_scopes integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT moltis.emit_to(p_account, 'member', 4, jsonb_build_object(
		'kind', p_kind, 'user_id', p_user,
		'username', (SELECT u.username FROM moltis.users u
			WHERE u.id = p_user),
		'scopes', moltis.scope_names(coalesce(p_scopes, 0))))
$$;
REVOKE ALL ON FUNCTION moltis.member_event(uuid, text, uuid, integer)
	FROM PUBLIC;

-- The scopes of the entered person here, for what only a signed-in person may
-- do; 0 for an API key.
CREATE FUNCTION moltis.ctx_person_scopes()
RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	n integer;
BEGIN
	IF moltis.ctx_actor() NOT LIKE 'session:%'
		AND moltis.ctx_actor() NOT LIKE 'cli:%' THEN
		RETURN 0;
	END IF;
	SELECT moltis.scope_expand(m.scopes) INTO n FROM moltis.memberships m
	WHERE m.account_id = moltis.ctx_account()
		AND m.user_id = moltis.ctx_user();
	RETURN coalesce(n, 0);
END
$$;

CREATE FUNCTION moltis.members_check()
RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
	IF moltis.ctx_person_scopes() & 4 = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'only a signed-in administrator of the account may do this';
	END IF;
END
$$;

-- An administrator of the deployment, signed in; or the operator on the
-- server, whose command line speaks as one.
CREATE FUNCTION moltis.ctx_administrator()
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	RETURN coalesce(moltis.ctx_actor() LIKE 'cli:%'
		OR (moltis.ctx_actor() LIKE 'session:%' AND EXISTS (
			SELECT FROM moltis.users u WHERE u.id = moltis.ctx_user()
				AND u.administrator AND u.disabled_at IS NULL)), false);
END
$$;

CREATE FUNCTION moltis.administrator_check()
RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
	IF NOT moltis.ctx_administrator() THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'this is for administrators of the deployment';
	END IF;
END
$$;

-- Before and after what may take an administrator away: one at a time, and
-- never the last who can still sign in.
CREATE FUNCTION moltis.administrators_lock()
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT pg_advisory_xact_lock(hashtext('moltis.administrators'))
$$;
REVOKE ALL ON FUNCTION moltis.administrators_lock() FROM PUBLIC;

CREATE FUNCTION moltis.administrators_left()
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	PERFORM FROM moltis.users u
	JOIN moltis.memberships m ON m.user_id = u.id
	JOIN moltis.accounts a ON a.account_id = m.account_id
		AND a.disabled_at IS NULL
	WHERE u.administrator AND u.disabled_at IS NULL LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE =
			'this would leave the deployment without an administrator: '
			'make another one first';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION moltis.administrators_left() FROM PUBLIC;

-- Invitations: the right to become a member, a person with an account, or
-- oneself again.  Only the hash of the token is kept (S162).
CREATE TABLE moltis.invitations (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
	kind text NOT NULL CHECK (kind IN ('member', 'account', 'reset')),
	account_id uuid REFERENCES moltis.accounts ON DELETE CASCADE,
	user_id uuid REFERENCES moltis.users ON DELETE CASCADE,
	scopes integer CHECK (scopes BETWEEN 1 AND 31),
	administrator boolean NOT NULL DEFAULT false,
	note text NOT NULL DEFAULT '',
	created_by uuid NOT NULL REFERENCES moltis.users ON DELETE CASCADE,
	by_operator boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz,
	used_by uuid,
	revoked_at timestamptz,
	CHECK ((kind = 'member') = (account_id IS NOT NULL)),
	CHECK ((kind = 'member') = (scopes IS NOT NULL)),
	CHECK ((kind = 'reset') = (user_id IS NOT NULL)),
	CHECK (kind = 'account' OR NOT administrator)
);
CREATE INDEX invitations_account ON moltis.invitations (account_id)
	WHERE used_at IS NULL AND revoked_at IS NULL;
SELECT moltis.fence('moltis.invitations', '');

-- Is it still good, whatever the clock says?  Not when who made it could not
-- make it any more: an invitation outlives nobody's rights.
CREATE FUNCTION moltis.invite_good(i moltis.invitations)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who moltis.users;
BEGIN
	IF i.id IS NULL OR i.used_at IS NOT NULL OR i.revoked_at IS NOT NULL THEN
		RETURN false;
	END IF;
	SELECT * INTO who FROM moltis.users u WHERE u.id = i.created_by;
	IF i.kind = 'member' THEN
		RETURN EXISTS (SELECT FROM moltis.memberships m
			WHERE m.account_id = i.account_id AND m.user_id = i.created_by
				AND moltis.scope_expand(m.scopes) & 4 <> 0
				AND i.scopes & ~moltis.scope_expand(m.scopes) = 0)
			AND moltis.is_member(i.account_id, i.created_by);
	END IF;
	IF NOT i.by_operator
		AND (who.disabled_at IS NOT NULL OR NOT who.administrator) THEN
		RETURN false;
	END IF;
	RETURN i.kind = 'account' OR EXISTS (SELECT FROM moltis.users u
		WHERE u.id = i.user_id AND u.disabled_at IS NULL);
END
$$;
REVOKE ALL ON FUNCTION moltis.invite_good(moltis.invitations) FROM PUBLIC;

-- The text of a person about to be invited to what is there already.
CREATE FUNCTION moltis.invite_check_member(p_scopes integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	n integer;
BEGIN
	PERFORM moltis.members_check();
	IF p_scopes & ~moltis.ctx_person_scopes() <> 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', COLUMN = 'scopes', MESSAGE =
			'nobody can give a scope that he does not have himself';
	END IF;
	PERFORM FROM moltis.account_heads h WHERE h.account_id = acct FOR UPDATE;
	SELECT count(*) INTO n FROM moltis.invitations i
	WHERE i.account_id = acct AND i.used_at IS NULL
		AND i.revoked_at IS NULL AND i.expires_at > now();
	IF n >= 100 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', MESSAGE =
			'at most 100 open invitations: revoke some first';
	END IF;
	SELECT count(*) INTO n FROM moltis.memberships m
	WHERE m.account_id = acct;
	IF n >= moltis.quota(acct, 'members') THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE = format(
			'this account may have %s members and has them', n);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION moltis.invite_check_member(integer) FROM PUBLIC;

CREATE FUNCTION moltis.invite_create(p_hash bytea, p_scopes integer,
	p_note text, p_hours integer)
RETURNS TABLE (id uuid, expires_ms bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.invite_check_member(p_scopes);
	RETURN QUERY INSERT INTO moltis.invitations AS i (token_hash, kind,
		account_id, scopes, note, created_by, expires_at)
	VALUES (p_hash, 'member', moltis.ctx_account(), p_scopes, p_note,
		moltis.ctx_user(), now() + make_interval(hours => p_hours))
	RETURNING i.id, moltis.epoch_ms(i.expires_at);
END
$$;

-- The open invitations of the entered account.
CREATE FUNCTION moltis.invite_list()
RETURNS TABLE (id uuid, scopes integer, note text, created_by text,
	created_ms bigint, expires_ms bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	IF moltis.ctx_person_scopes() & 4 = 0 THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT i.id, i.scopes, i.note, u.username,
		moltis.epoch_ms(i.created_at), moltis.epoch_ms(i.expires_at)
	FROM moltis.invitations i JOIN moltis.users u ON u.id = i.created_by
	WHERE i.account_id = moltis.ctx_account() AND i.expires_at > now()
		AND moltis.invite_good(i)
	ORDER BY i.created_at DESC, i.id LIMIT 200;
END
$$;

CREATE FUNCTION moltis.invite_revoke(p_id uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.members_check();
	UPDATE moltis.invitations i SET revoked_at = coalesce(revoked_at, now())
	WHERE i.id = p_id AND i.account_id = moltis.ctx_account()
		AND i.used_at IS NULL;
	RETURN FOUND;
END
$$;

-- What a token is worth: its row and ok, expired or wrong.
CREATE FUNCTION moltis.invite_verdict(i moltis.invitations)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT CASE WHEN NOT moltis.invite_good(i) THEN 'wrong'
		WHEN i.expires_at <= now() THEN 'expired' ELSE 'ok' END
$$;
REVOKE ALL ON FUNCTION moltis.invite_verdict(moltis.invitations) FROM PUBLIC;

-- What somebody who holds a token may know of it.
CREATE FUNCTION moltis.invite_lookup(p_token_hash bytea)
RETURNS TABLE (verdict text, kind text, account_name text, username text,
	scopes integer, administrator boolean, expires_ms bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	i moltis.invitations;
	v text;
BEGIN
	SELECT * INTO i FROM moltis.invitations o
	WHERE o.token_hash = p_token_hash;
	v := moltis.invite_verdict(i);
	IF v <> 'ok' THEN
		RETURN QUERY SELECT v, ''::text, NULL::text, NULL::text, 0, false,
			0::bigint;
		RETURN;
	END IF;
	RETURN QUERY SELECT v, i.kind,
		(SELECT a.name FROM moltis.accounts a
			WHERE a.account_id = i.account_id),
		(SELECT u.username FROM moltis.users u WHERE u.id = i.user_id),
		coalesce(i.scopes, 0), i.administrator,
		moltis.epoch_ms(i.expires_at);
END
$$;

-- A new person, or NULL when the name is taken.
CREATE FUNCTION moltis.user_make(p_username text, p_password_hash text,
	p_administrator boolean)
RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	INSERT INTO moltis.users (username, password_hash, administrator)
	VALUES (lower(p_username), p_password_hash, p_administrator)
	ON CONFLICT (username) DO NOTHING RETURNING id
$$;
REVOKE ALL ON FUNCTION moltis.user_make(text, text, boolean) FROM PUBLIC;

-- An account of which USER is the owner.
CREATE FUNCTION moltis.account_make(p_user uuid, p_name text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	acct uuid;
BEGIN
	INSERT INTO moltis.accounts (name) VALUES (p_name)
	RETURNING account_id INTO acct;
	INSERT INTO moltis.account_heads (account_id) VALUES (acct);
	INSERT INTO moltis.memberships (account_id, user_id, scopes, is_owner)
	VALUES (acct, p_user, 31, true);
	RETURN acct;
END
$$;
REVOKE ALL ON FUNCTION moltis.account_make(uuid, text) FROM PUBLIC;

-- USER joins the account of an invitation.
CREATE FUNCTION moltis.member_join(i moltis.invitations, p_user uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	most integer := moltis.quota(i.account_id, 'members');
BEGIN
	PERFORM FROM moltis.account_heads h WHERE h.account_id = i.account_id
	FOR UPDATE;
	IF (SELECT count(*) FROM moltis.memberships m
		WHERE m.account_id = i.account_id) >= most THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE = format(
			'this account may have %s members and has them', most);
	END IF;
	INSERT INTO moltis.memberships (account_id, user_id, scopes)
	VALUES (i.account_id, p_user, i.scopes) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE =
			'you are a member of this account already';
	END IF;
	PERFORM moltis.member_event(i.account_id, 'joined', p_user, i.scopes);
	PERFORM moltis.security_note(i.account_id, 'member.joined', p_user, '',
		'info', jsonb_build_object('invitation', i.id,
		'invited_by', i.created_by,
		'scopes', moltis.scope_names(i.scopes)));
END
$$;
REVOKE ALL ON FUNCTION moltis.member_join(moltis.invitations, uuid)
	FROM PUBLIC;

-- Makes the token good, once: the person it brings in is USER (signed in, for
-- an account to join), or new with a name, or the one whose way in it resets.
-- The password's hash is NULL only when a passkey follows in the same
-- transaction.  ok, wrong, expired, or taken: another name is needed.
CREATE FUNCTION moltis.invite_accept(p_token_hash bytea, p_username text,
	p_password_hash text, p_user uuid)
RETURNS TABLE (verdict text, user_id uuid) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	i moltis.invitations;
	v text;
	who uuid := p_user;
BEGIN
	SELECT * INTO i FROM moltis.invitations o
	WHERE o.token_hash = p_token_hash FOR UPDATE;
	v := moltis.invite_verdict(i);
	IF v = 'ok' AND who IS NOT NULL AND i.kind <> 'member' THEN
		v := 'wrong';
	ELSIF v = 'ok' AND i.kind = 'reset' THEN
		who := i.user_id;
	ELSIF v = 'ok' AND who IS NULL THEN
		who := moltis.user_make(p_username, p_password_hash,
			i.administrator);
		v := CASE WHEN who IS NULL THEN 'taken' ELSE 'ok' END;
	END IF;
	IF v <> 'ok' THEN
		RETURN QUERY SELECT v, NULL::uuid;
		RETURN;
	END IF;
	IF i.kind = 'member' THEN
		PERFORM moltis.member_join(i, who);
	ELSIF i.kind = 'account' THEN
		PERFORM moltis.account_make(who, p_username);
	ELSE
		PERFORM moltis.user_reset(who, p_password_hash);
	END IF;
	UPDATE moltis.invitations o SET used_at = now(), used_by = who
	WHERE o.id = i.id;
	INSERT INTO moltis.auth_log (name, user_id, peer, detail)
	VALUES ('invite.accepted', who, '', jsonb_build_object('kind', i.kind,
		'invitation', i.id, 'invited_by', i.created_by,
		'administrator', i.administrator));
	RETURN QUERY SELECT 'ok'::text, who;
END
$$;
REVOKE ALL ON FUNCTION moltis.invite_accept(bytea, text, text, uuid)
	FROM PUBLIC;

-- A place to be signed in to: one's own account first.  Only somebody who has
-- proved who he is comes here, so the reason may be told.
CREATE OR REPLACE FUNCTION moltis.login_session_make(p_user uuid,
	p_hash bytea, p_method text, p_peer text, p_user_agent text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	made uuid;
BEGIN
	INSERT INTO moltis.login_sessions (user_id, account_id, token_hash,
		method, peer, user_agent, expires_at)
	SELECT p_user, m.account_id, p_hash, p_method, p_peer,
		left(p_user_agent, 200), now() + interval '30 days'
	FROM moltis.memberships m JOIN moltis.accounts a
		ON a.account_id = m.account_id AND a.disabled_at IS NULL
	WHERE m.user_id = p_user
	ORDER BY m.is_owner DESC, m.created_at LIMIT 1
	RETURNING id INTO made;
	IF made IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE = CASE
			WHEN EXISTS (SELECT FROM moltis.memberships m
				WHERE m.user_id = p_user) THEN 'every account you belong to '
				'is disabled: ask the administrator of this deployment'
			ELSE 'you belong to no account any more: ask somebody to invite '
				'you' END;
	END IF;
	RETURN made;
END
$$;

-- An invitation accepted with a password, or by the person of a login session
-- (SESSION, the hash of its token); a new session with TOKEN in the first
-- case.
CREATE FUNCTION moltis.invite_finish(p_token_hash bytea, p_username text,
	p_password_hash text, p_session bytea, p_new_session bytea, p_peer text,
	p_agent text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	got record;
	who uuid;
BEGIN
	IF p_session IS NOT NULL THEN
		SELECT w.user_id INTO who
		FROM moltis.principal_of_session(p_session) w;
		IF who IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'MO401',
				MESSAGE = 'not authenticated';
		END IF;
	ELSIF p_password_hash IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO400', COLUMN = 'password',
			MESSAGE = 'a password is required';
	END IF;
	SELECT * INTO got FROM moltis.invite_accept(p_token_hash, p_username,
		p_password_hash, who);
	IF got.verdict = 'ok' AND p_session IS NULL THEN
		PERFORM moltis.login_session_make(got.user_id, p_new_session,
			'password', p_peer, p_agent);
	END IF;
	RETURN got.verdict;
END
$$;

-- The people of the entered account, for its members.
CREATE FUNCTION moltis.member_list()
RETURNS TABLE (user_id uuid, username text, scopes integer, is_owner boolean,
	created_ms bigint, last_seen_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT m.user_id, u.username, m.scopes, m.is_owner,
		moltis.epoch_ms(m.created_at), moltis.epoch_ms(greatest(
		(SELECT max(s.last_seen_at) FROM moltis.login_sessions s
			WHERE s.user_id = m.user_id AND s.account_id = m.account_id),
		(SELECT max(k.last_used_at) FROM moltis.api_keys k
			WHERE k.user_id = m.user_id AND k.account_id = m.account_id)))
	FROM moltis.memberships m JOIN moltis.users u ON u.id = m.user_id
	WHERE m.account_id = moltis.ctx_account()
	ORDER BY m.is_owner DESC, u.username
$$;

-- The row of a member who may be changed: not the owner's, which nobody may.
CREATE FUNCTION moltis.member_lock(p_user uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	owner boolean;
BEGIN
	PERFORM moltis.members_check();
	SELECT m.is_owner INTO owner FROM moltis.memberships m
	WHERE m.account_id = moltis.ctx_account() AND m.user_id = p_user
	FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404',
			MESSAGE = 'no such member';
	ELSIF owner THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE =
			'the owner of an account cannot be changed or removed';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION moltis.member_lock(uuid) FROM PUBLIC;

CREATE FUNCTION moltis.member_update(p_user uuid, p_scopes integer)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.member_lock(p_user);
	IF p_scopes & ~moltis.ctx_person_scopes() <> 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', COLUMN = 'scopes', MESSAGE =
			'nobody can give a scope that he does not have himself';
	END IF;
	UPDATE moltis.memberships m SET scopes = p_scopes
	WHERE m.account_id = moltis.ctx_account() AND m.user_id = p_user;
	PERFORM moltis.member_event(moltis.ctx_account(), 'updated', p_user,
		p_scopes);
	RETURN moltis.member_name(moltis.ctx_account(), p_user);
END
$$;

-- Takes a member out.  His sessions and keys here go with the row; what runs
-- for him here stops.
CREATE FUNCTION moltis.member_out(p_account uuid, p_user uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	DELETE FROM moltis.memberships m
	WHERE m.account_id = p_account AND m.user_id = p_user;
	PERFORM moltis.turns_end(p_account, p_user);
	PERFORM moltis.member_event(p_account, 'removed', p_user, NULL);
	PERFORM moltis.administrators_left();
END
$$;
REVOKE ALL ON FUNCTION moltis.member_out(uuid, uuid) FROM PUBLIC;

CREATE FUNCTION moltis.member_remove(p_user uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	name text;
BEGIN
	PERFORM moltis.administrators_lock();
	PERFORM moltis.member_lock(p_user);
	name := moltis.member_name(moltis.ctx_account(), p_user);
	PERFORM moltis.member_out(moltis.ctx_account(), p_user);
	RETURN name;
END
$$;

-- Every account of the entered person.
CREATE FUNCTION moltis.my_accounts()
RETURNS TABLE (account_id uuid, name text, is_owner boolean, scopes integer,
	current boolean, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT a.account_id, a.name, m.is_owner, moltis.scope_expand(m.scopes),
		a.account_id = moltis.ctx_account(), a.disabled_at IS NOT NULL
	FROM moltis.memberships m
	JOIN moltis.accounts a ON a.account_id = m.account_id
	WHERE m.user_id = moltis.ctx_user()
	ORDER BY m.is_owner DESC, a.name, a.account_id
$$;

-- Moves the login session that asks to another account of its person; open
-- sockets of it are closed, because it is no longer what they proved.
CREATE FUNCTION moltis.account_switch(p_account uuid, p_peer text)
RETURNS TABLE (account_id uuid, name text, scopes integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	to_account record;
BEGIN
	IF coalesce(moltis.ctx_actor(), '') NOT LIKE 'session:%' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'only a login session can change its account';
	END IF;
	SELECT a.account_id, a.name, a.disabled_at, m.scopes INTO to_account
	FROM moltis.memberships m
	JOIN moltis.accounts a ON a.account_id = m.account_id
	WHERE m.account_id = p_account AND m.user_id = moltis.ctx_user()
	FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404',
			MESSAGE = 'no such account';
	ELSIF to_account.disabled_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403',
			MESSAGE = 'this account is disabled';
	END IF;
	IF p_account <> moltis.ctx_account() THEN
		UPDATE moltis.login_sessions s SET account_id = p_account
		WHERE s.id = split_part(moltis.ctx_actor(), ':', 2)::uuid
			AND s.user_id = moltis.ctx_user();
		PERFORM moltis.security_note(p_account, 'account.entered',
			moltis.ctx_user(), p_peer, 'info', '{}');
	END IF;
	RETURN QUERY SELECT to_account.account_id, to_account.name,
		moltis.scope_expand(to_account.scopes);
END
$$;

CREATE FUNCTION moltis.account_rename(p_name text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	before text;
BEGIN
	PERFORM moltis.members_check();
	SELECT a.name INTO before FROM moltis.accounts a
	WHERE a.account_id = moltis.ctx_account() FOR UPDATE;
	UPDATE moltis.accounts a SET name = p_name
	WHERE a.account_id = moltis.ctx_account();
	RETURN before;
END
$$;

-- Leaves an account one does not own.
CREATE FUNCTION moltis.account_leave(p_account uuid, p_peer text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	who uuid := moltis.ctx_user();
	owner boolean;
BEGIN
	IF coalesce(moltis.ctx_actor(), '') NOT LIKE 'session:%' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403', MESSAGE =
			'only a signed-in person can leave an account';
	END IF;
	PERFORM moltis.administrators_lock();
	SELECT m.is_owner INTO owner FROM moltis.memberships m
	WHERE m.account_id = p_account AND m.user_id = who FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404',
			MESSAGE = 'no such account';
	ELSIF owner THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE =
			'the owner cannot leave an account';
	END IF;
	PERFORM moltis.member_out(p_account, who);
	PERFORM moltis.security_note(p_account, 'member.left', who, p_peer,
		'info', '{}');
END
$$;

-- The administration of the deployment: counts and switches, never content.

-- A page of people; USERNAME '' is everybody, AFTER the last one seen.
CREATE FUNCTION moltis.admin_user_list(p_username text, p_after uuid,
	p_limit integer)
RETURNS TABLE (id uuid, username text, administrator boolean,
	disabled boolean, created_ms bigint, last_seen_ms bigint,
	accounts bigint, has_password boolean, passkeys integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.administrator_check();
	RETURN QUERY SELECT u.id, u.username, u.administrator,
		u.disabled_at IS NOT NULL, moltis.epoch_ms(u.created_at),
		moltis.epoch_ms(greatest(
			(SELECT max(s.last_seen_at) FROM moltis.login_sessions s
				WHERE s.user_id = u.id),
			(SELECT max(k.last_used_at) FROM moltis.api_keys k
				JOIN moltis.memberships m ON m.account_id = k.account_id
					AND m.user_id = k.user_id
				WHERE m.user_id = u.id))),
		(SELECT count(*) FROM moltis.memberships m WHERE m.user_id = u.id),
		u.password_hash IS NOT NULL, moltis.passkey_count(u.id)
	FROM moltis.users u
	WHERE (p_username = '' OR u.username = lower(p_username))
		AND (p_after IS NULL OR (u.created_at, u.id) > (
			SELECT o.created_at, o.id FROM moltis.users o
			WHERE o.id = p_after))
	ORDER BY u.created_at, u.id LIMIT p_limit;
END
$$;

-- Disabling ends the sessions, the keys and what runs; enabling brings none
-- of it back.  NULL leaves a flag as it is.
CREATE FUNCTION moltis.admin_user_update(p_user uuid, p_disabled boolean,
	p_administrator boolean, p_peer text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	u moltis.users;
BEGIN
	PERFORM moltis.administrator_check();
	PERFORM moltis.administrators_lock();
	SELECT * INTO u FROM moltis.users o WHERE o.id = p_user FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404', MESSAGE = 'no such user';
	END IF;
	IF p_administrator <> u.administrator THEN
		UPDATE moltis.users o SET administrator = p_administrator
		WHERE o.id = p_user;
	END IF;
	IF p_disabled <> (u.disabled_at IS NOT NULL) THEN
		UPDATE moltis.users o SET disabled_at =
			CASE WHEN p_disabled THEN now() END WHERE o.id = p_user;
	END IF;
	IF p_disabled THEN
		DELETE FROM moltis.login_sessions s WHERE s.user_id = p_user;
		UPDATE moltis.api_keys k SET revoked_at = now()
		WHERE k.user_id = p_user AND k.revoked_at IS NULL;
		PERFORM moltis.turns_end(NULL, p_user);
	END IF;
	PERFORM moltis.administrators_left();
	PERFORM moltis.deployment_note('user.updated', p_peer,
		jsonb_strip_nulls(jsonb_build_object('user', u.username,
		'disabled', p_disabled, 'administrator', p_administrator)));
	IF p_disabled IS NOT NULL THEN
		PERFORM moltis.security_note_person(p_user, CASE WHEN p_disabled
			THEN 'user.disabled' ELSE 'user.enabled' END, '', 'warn', '{}');
	END IF;
	RETURN u.username;
END
$$;

CREATE FUNCTION moltis.admin_account_list(p_after uuid, p_limit integer)
RETURNS TABLE (id uuid, name text, owner text, members bigint,
	disabled boolean, exec_off boolean, sessions bigint, messages bigint,
	created_ms bigint, max_members integer, max_sessions integer,
	max_turns_day integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.administrator_check();
	RETURN QUERY SELECT a.account_id, a.name,
		(SELECT u.username FROM moltis.memberships m
			JOIN moltis.users u ON u.id = m.user_id
			WHERE m.account_id = a.account_id AND m.is_owner
			ORDER BY m.created_at LIMIT 1),
		(SELECT count(*) FROM moltis.memberships m
			WHERE m.account_id = a.account_id),
		a.disabled_at IS NOT NULL, a.exec_off, c.sessions,
		coalesce(c.messages, 0), moltis.epoch_ms(a.created_at),
		moltis.quota(a.account_id, 'members'),
		moltis.quota(a.account_id, 'sessions'),
		moltis.quota(a.account_id, 'turns_per_day')
	FROM moltis.accounts a CROSS JOIN LATERAL (
		SELECT count(*) AS sessions, sum(s.message_count) AS messages
		FROM moltis.chat_sessions s WHERE s.account_id = a.account_id) c
	WHERE p_after IS NULL OR (a.created_at, a.account_id) > (
		SELECT o.created_at, o.account_id FROM moltis.accounts o
		WHERE o.account_id = p_after)
	ORDER BY a.created_at, a.account_id LIMIT p_limit;
END
$$;

-- Stops what runs commands in an account, as its kill switch does.
CREATE FUNCTION moltis.exec_stop(p_account uuid)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	UPDATE moltis.turns t SET abort_requested = true
	WHERE t.state = 'running' AND t.account_id = p_account
		AND EXISTS (SELECT FROM moltis.exec_requests e
			WHERE e.account_id = t.account_id AND e.turn_id = t.id
				AND e.state IN ('pending', 'ready', 'started'));
	SELECT pg_notify('moltis_turns', '')
$$;
REVOKE ALL ON FUNCTION moltis.exec_stop(uuid) FROM PUBLIC;

-- QUOTAS: those named in it are set, null to the default.  Disabling an
-- account ends its sessions and what runs; its keys are refused until it is
-- enabled again.
CREATE FUNCTION moltis.admin_account_update(p_account uuid,
	p_disabled boolean, p_exec_off boolean, p_quotas jsonb, p_peer text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	before moltis.accounts;
	q jsonb := coalesce(p_quotas, '{}');
BEGIN
	PERFORM moltis.administrator_check();
	PERFORM moltis.administrators_lock();
	SELECT * INTO before FROM moltis.accounts a
	WHERE a.account_id = p_account FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404',
			MESSAGE = 'no such account';
	END IF;
	UPDATE moltis.accounts a SET
		exec_off = coalesce(p_exec_off, a.exec_off),
		max_members = CASE WHEN q ? 'members'
			THEN (q ->> 'members')::integer ELSE a.max_members END,
		max_sessions = CASE WHEN q ? 'sessions'
			THEN (q ->> 'sessions')::integer ELSE a.max_sessions END,
		max_turns_day = CASE WHEN q ? 'turns_per_day'
			THEN (q ->> 'turns_per_day')::integer ELSE a.max_turns_day END
	WHERE a.account_id = p_account;
	IF p_disabled <> (before.disabled_at IS NOT NULL) THEN
		UPDATE moltis.accounts a SET disabled_at =
			CASE WHEN p_disabled THEN now() END
		WHERE a.account_id = p_account;
	END IF;
	IF p_disabled THEN
		DELETE FROM moltis.login_sessions s WHERE s.account_id = p_account;
		PERFORM moltis.turns_end(p_account, NULL);
	ELSIF p_exec_off THEN
		PERFORM moltis.exec_stop(p_account);
	END IF;
	PERFORM moltis.administrators_left();
	PERFORM moltis.deployment_note('account.updated', p_peer,
		jsonb_strip_nulls(jsonb_build_object('account', p_account,
		'disabled', p_disabled, 'exec_off', p_exec_off))
		|| CASE WHEN p_quotas IS NULL THEN '{}'
			ELSE jsonb_build_object('quotas', p_quotas) END);
	PERFORM moltis.security_note(p_account, 'account.updated', NULL, '',
		CASE WHEN p_disabled IS NULL AND p_exec_off IS NULL THEN 'info'
			ELSE 'warn' END,
		jsonb_strip_nulls(jsonb_build_object('disabled', p_disabled,
		'exec_off', p_exec_off))
		|| CASE WHEN p_quotas IS NULL THEN '{}'
			ELSE jsonb_build_object('quotas', p_quotas) END);
	RETURN before.name;
END
$$;

-- An invitation of the deployment: a new person with an account, or a way
-- back in for somebody.  The second is said aloud to whom it concerns.
CREATE FUNCTION moltis.admin_invite_create(p_hash bytea, p_kind text,
	p_username text, p_administrator boolean, p_note text, p_hours integer,
	p_peer text)
RETURNS TABLE (id uuid, expires_ms bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	whom moltis.users;
BEGIN
	PERFORM moltis.administrator_check();
	IF (SELECT count(*) FROM moltis.invitations i
		WHERE i.account_id IS NULL AND i.used_at IS NULL
			AND i.revoked_at IS NULL AND i.expires_at > now()) >= 1000 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', MESSAGE =
			'at most 1000 open invitations: revoke some first';
	END IF;
	IF p_kind = 'reset' THEN
		SELECT * INTO whom FROM moltis.users u
		WHERE u.username = lower(p_username);
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'MO404', COLUMN = 'username',
				MESSAGE = 'no such user';
		ELSIF whom.disabled_at IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'MO409', COLUMN = 'username',
				MESSAGE = 'this user is disabled: enable him first';
		END IF;
		PERFORM moltis.security_note_person(whom.id, 'auth.reset_invited',
			'', 'warn', '{}');
	END IF;
	PERFORM moltis.deployment_note('invite.created', p_peer,
		jsonb_strip_nulls(jsonb_build_object('kind', p_kind,
		'user', whom.username, 'administrator', p_administrator)));
	RETURN QUERY INSERT INTO moltis.invitations AS i (token_hash, kind,
		user_id, administrator, note, created_by, by_operator, expires_at)
	VALUES (p_hash, p_kind, whom.id,
		p_kind = 'account' AND coalesce(p_administrator, false), p_note,
		moltis.ctx_user(), moltis.ctx_actor() LIKE 'cli:%',
		now() + make_interval(hours => p_hours))
	RETURNING i.id, moltis.epoch_ms(i.expires_at);
END
$$;

CREATE FUNCTION moltis.admin_invite_list()
RETURNS TABLE (id uuid, kind text, username text, administrator boolean,
	note text, created_by text, created_ms bigint, expires_ms bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.administrator_check();
	RETURN QUERY SELECT i.id, i.kind, w.username, i.administrator, i.note,
		u.username, moltis.epoch_ms(i.created_at),
		moltis.epoch_ms(i.expires_at)
	FROM moltis.invitations i JOIN moltis.users u ON u.id = i.created_by
	LEFT JOIN moltis.users w ON w.id = i.user_id
	WHERE i.account_id IS NULL AND i.expires_at > now()
		AND moltis.invite_good(i)
	ORDER BY i.created_at DESC, i.id LIMIT 1000;
END
$$;

CREATE FUNCTION moltis.admin_invite_revoke(p_id uuid, p_peer text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
	PERFORM moltis.administrator_check();
	UPDATE moltis.invitations i SET revoked_at = coalesce(revoked_at, now())
	WHERE i.id = p_id AND i.account_id IS NULL AND i.used_at IS NULL;
	IF FOUND THEN
		PERFORM moltis.deployment_note('invite.revoked', p_peer,
			jsonb_build_object('invitation', p_id));
		RETURN true;
	END IF;
	RETURN false;
END
$$;

-- Whom the command line speaks as when it administers: the administrator who
-- is here longest.
CREATE FUNCTION moltis.cli_administrator()
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT u.username FROM moltis.users u
	JOIN moltis.memberships m ON m.user_id = u.id
	JOIN moltis.accounts a ON a.account_id = m.account_id
		AND a.disabled_at IS NULL
	WHERE session_user = 'moltis_owner' AND u.administrator
		AND u.disabled_at IS NULL
	ORDER BY u.created_at, u.id LIMIT 1
$$;

-- Whom it speaks as in an account of that name: its owner.
CREATE FUNCTION moltis.cli_account_owner(p_name text)
RETURNS TABLE (username text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT u.username FROM moltis.accounts a
	JOIN moltis.memberships m ON m.account_id = a.account_id AND m.is_owner
	JOIN moltis.users u ON u.id = m.user_id
	WHERE session_user = 'moltis_owner' AND a.name = p_name
		AND a.disabled_at IS NULL
	ORDER BY a.created_at LIMIT 2
$$;
