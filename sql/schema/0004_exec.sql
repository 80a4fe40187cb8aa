-- Commands the agent wants to run: asked, decided, started once, finished.
--
-- A row holds what was asked and what a person made of it; what runs is read
-- from here and checked against its hash.  Decisions are single UPDATEs, so
-- that of any number at the same time one wins.

CREATE TABLE moltis.exec_requests (
	account_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	session_id uuid NOT NULL,
	turn_id uuid NOT NULL,
	tool_call_id text NOT NULL,
	user_id uuid NOT NULL,
	command text NOT NULL CHECK (octet_length(command) <= 16384),
	final_command text NOT NULL CHECK (octet_length(final_command) <= 16384),
	cwd text NOT NULL,
	env_names text NOT NULL,
	timeout_secs integer NOT NULL CHECK (timeout_secs BETWEEN 1 AND 1800),
	image text NOT NULL,
	hash bytea NOT NULL CHECK (length(hash) = 32),
	sandbox jsonb NOT NULL,
	verdict text NOT NULL CHECK (verdict IN ('run', 'ask', 'refuse')),
	reason text NOT NULL,
	rule text NOT NULL,
	segments integer NOT NULL,
	floor boolean NOT NULL,
	state text NOT NULL CHECK (state IN ('pending', 'ready', 'refused',
		'denied', 'timeout', 'cancelled', 'started', 'finished')),
	decision text CHECK (decision IN ('policy', 'remembered', 'approved',
		'modified', 'denied')),
	decided_by uuid,
	decided_via text,
	decided_at timestamptz,
	note text NOT NULL DEFAULT '',
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	started_at timestamptz,
	finished_at timestamptz,
	result jsonb,
	PRIMARY KEY (account_id, id),
	UNIQUE (account_id, turn_id, tool_call_id),
	FOREIGN KEY (account_id, session_id)
		REFERENCES moltis.chat_sessions (account_id, id) ON DELETE CASCADE,
	FOREIGN KEY (account_id, turn_id)
		REFERENCES moltis.turns (account_id, id) ON DELETE CASCADE
);
CREATE INDEX exec_requests_pending ON moltis.exec_requests
	(account_id, session_id) WHERE state = 'pending';
CREATE INDEX exec_requests_newest ON moltis.exec_requests
	(account_id, created_at DESC);

-- "Remember for this session": the exact command in the exact folder (S14).
CREATE TABLE moltis.exec_rules (
	account_id uuid NOT NULL,
	session_id uuid NOT NULL,
	command_hash bytea NOT NULL,
	cwd text NOT NULL,
	created_by uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, session_id, command_hash, cwd),
	FOREIGN KEY (account_id, session_id)
		REFERENCES moltis.chat_sessions (account_id, id) ON DELETE CASCADE
);

SELECT moltis.fence('moltis.exec_requests', 'SELECT');
SELECT moltis.fence('moltis.exec_rules', 'SELECT, INSERT');

-- What was asked is never rewritten.  Both programs take decisions; only the
-- worker asks, starts, and says how it ended.
GRANT UPDATE (state, decision, decided_by, decided_via, decided_at, note,
	final_command, timeout_secs, hash)
	ON moltis.exec_requests TO moltis_api, moltis_worker;
GRANT INSERT, UPDATE (reason, started_at, finished_at, result)
	ON moltis.exec_requests TO moltis_worker;

-- The hash of everything that decides what happens: length-prefixed, so that
-- no two different tuples read the same.
CREATE FUNCTION moltis.exec_hash(p_command text, p_cwd text, p_env text,
	p_timeout integer, p_image text)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT sha256(convert_to(string_agg(
		octet_length(x.v)::text || ':' || x.v || E'\n', '' ORDER BY x.n),
		'UTF8'))
	FROM (VALUES (1, p_command), (2, p_cwd), (3, p_env),
		(4, p_timeout::text), (5, p_image)) AS x (n, v)
$$;

-- The life of a request, whichever statement moves it: forward only, decided
-- while it waits, by the person who is entered and never by a turn, on what
-- fits its hash.
CREATE FUNCTION moltis.exec_guard()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT (CASE old.state
		WHEN 'pending' THEN new.state IN ('ready', 'denied', 'timeout',
			'cancelled', 'refused')
		WHEN 'ready' THEN new.state IN ('cancelled', 'refused')
			OR (new.state = 'started' AND current_user = 'moltis_worker')
		WHEN 'started' THEN new.state = 'finished'
		ELSE false END) THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409', MESSAGE = format(
			'a command that is %s cannot become %s', old.state, new.state);
	END IF;
	IF new.state IN ('ready', 'denied') THEN
		IF old.expires_at <= now()
			OR new.decided_by IS DISTINCT FROM moltis.ctx_user()
			OR moltis.ctx_actor() LIKE 'turn:%'
			OR new.timeout_secs > old.timeout_secs
			OR new.hash <> moltis.exec_hash(new.final_command, new.cwd,
				new.env_names, new.timeout_secs, new.image)
			OR new.decision IS DISTINCT FROM (CASE
				WHEN new.state = 'denied' THEN 'denied'
				WHEN new.final_command = new.command THEN 'approved'
				ELSE 'modified' END) THEN
			RAISE EXCEPTION USING ERRCODE = 'MO409',
				MESSAGE = 'this is no decision on what was asked';
		END IF;
	ELSIF (new.decision, new.decided_by, new.decided_via, new.decided_at,
		new.note, new.final_command, new.timeout_secs, new.hash)
		IS DISTINCT FROM (old.decision, old.decided_by, old.decided_via,
		old.decided_at, old.note, old.final_command, old.timeout_secs,
		old.hash) THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'what was decided is not changed any more';
	END IF;
	RETURN new;
END
$$;
-- Not for the owner, who can do everything anyway: the hash is the fence.
CREATE TRIGGER exec_guard BEFORE UPDATE ON moltis.exec_requests
	FOR EACH ROW WHEN (current_user <> 'moltis_owner')
	EXECUTE FUNCTION moltis.exec_guard();

-- A request as clients read it.
CREATE FUNCTION moltis.exec_entry(r moltis.exec_requests)
RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('requestId', r.id, 'id', r.id,
		'command', r.command, 'cwd', '/workspace' || CASE WHEN r.cwd = ''
			THEN '' ELSE '/' || r.cwd END,
		'envNames', to_jsonb(string_to_array(nullif(r.env_names, ''), ' ')),
		'timeoutSecs', r.timeout_secs, 'reason', r.reason, 'floor', r.floor,
		'sandbox', r.sandbox, 'runId', r.turn_id,
		'toolCallId', r.tool_call_id,
		'sessionKey', (SELECT s.key FROM moltis.chat_sessions s
			WHERE s.account_id = r.account_id AND s.id = r.session_id),
		'createdAt', moltis.epoch_ms(r.created_at),
		'expiresAt', moltis.epoch_ms(r.expires_at))
$$;

-- The name of a person of one's own account.
CREATE FUNCTION moltis.member_name(p_account uuid, p_user uuid)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT u.username FROM moltis.users u
	JOIN moltis.memberships m ON m.user_id = u.id
	WHERE u.id = p_user AND m.account_id = p_account
		AND p_account = moltis.ctx_account()
$$;

-- How it went, for the list of past ones.
CREATE FUNCTION moltis.exec_history_entry(r moltis.exec_requests)
RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT moltis.exec_entry(r) || jsonb_build_object('state', r.state,
		'status', r.state, 'verdict', r.verdict, 'decision', r.decision,
		'finalCommand', r.final_command, 'note', r.note,
		'decidedAt', moltis.epoch_ms(r.decided_at),
		'decidedVia', r.decided_via,
		'decidedBy', moltis.member_name(r.account_id, r.decided_by),
		'startedAt', moltis.epoch_ms(r.started_at),
		'finishedAt', moltis.epoch_ms(r.finished_at),
		'exitCode', r.result -> 'exit_code')
$$;

CREATE FUNCTION moltis.exec_note(r moltis.exec_requests, p_name text,
	p_via text, p_peer text, p_detail jsonb)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO moltis.audit (account_id, name, user_id, actor, via, peer,
		detail)
	VALUES (r.account_id, p_name, moltis.ctx_user(), moltis.ctx_actor(),
		p_via, p_peer, jsonb_build_object('request', r.id,
		'session', r.session_id, 'turn', r.turn_id,
		'tool_call', r.tool_call_id, 'sha256', encode(r.hash, 'hex'))
		|| p_detail)
$$;

CREATE FUNCTION moltis.exec_resolved(r moltis.exec_requests, p_decision text,
	p_via text)
RETURNS void LANGUAGE sql AS $$
	SELECT moltis.emit('exec.approval.resolved', 8, jsonb_build_object(
		'requestId', r.id, 'decision', p_decision,
		'command', coalesce(r.final_command, r.command),
		'sessionKey', moltis.exec_entry(r) -> 'sessionKey',
		'runId', r.turn_id, 'toolCallId', r.tool_call_id,
		'decidedBy', coalesce(moltis.member_name(r.account_id,
			r.decided_by), ''), 'via', p_via))
$$;

-- The operator's kill switch (S50), for one account or for all.
CREATE FUNCTION moltis.exec_is_off()
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT d.exec_off OR a.exec_off
	FROM moltis.deployment d, moltis.accounts a
	WHERE a.account_id = moltis.ctx_account()
$$;

-- Turns it; 'ok', or 'unknown' for a name nobody has.  Off also stops every
-- turn that has a command running or waiting.
CREATE FUNCTION moltis.exec_switch(p_username text, p_off boolean)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	accts uuid[];
BEGIN
	IF session_user <> 'moltis_owner' THEN
		RAISE EXCEPTION USING ERRCODE = 'MO403',
			MESSAGE = 'the kill switch needs the owner role';
	END IF;
	IF p_username = '' THEN
		UPDATE moltis.deployment SET exec_off = p_off;
		SELECT array_agg(account_id) INTO accts FROM moltis.accounts;
	ELSE
		SELECT array_agg(m.account_id) INTO accts FROM moltis.memberships m
		JOIN moltis.users u ON u.id = m.user_id
		WHERE u.username = lower(p_username) AND m.is_owner;
		IF accts IS NULL THEN
			RETURN 'unknown';
		END IF;
		UPDATE moltis.accounts SET exec_off = p_off
		WHERE account_id = ANY (accts);
	END IF;
	IF p_off THEN
		UPDATE moltis.turns t SET abort_requested = true
		WHERE t.state = 'running' AND t.account_id = ANY (accts)
			AND EXISTS (SELECT FROM moltis.exec_requests e
				WHERE e.account_id = t.account_id AND e.turn_id = t.id
					AND e.state IN ('pending', 'ready', 'started'));
		PERFORM pg_notify('moltis_turns', '');
	END IF;
	INSERT INTO moltis.auth_log (name, peer, detail) VALUES (
		CASE WHEN p_off THEN 'exec.off' ELSE 'exec.on' END, 'cli',
		jsonb_build_object('user', p_username));
	RETURN 'ok';
END
$$;

-- Worker: the row of a tool call, made once.  A limit or a rule may turn the
-- verdict; a person is asked when it still says ask.
CREATE FUNCTION moltis.exec_request(p_turn uuid, p_call text, p_command text,
	p_cwd text, p_env text, p_timeout integer, p_image text, p_sandbox jsonb,
	p_verdict text, p_reason text, p_rule text, p_segments integer,
	p_floor boolean, p_secs integer, p_remember boolean, p_session_max integer,
	p_account_max integer)
RETURNS moltis.exec_requests LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	t moltis.turns;
	r moltis.exec_requests;
	in_session integer;
	in_account integer;
BEGIN
	SELECT * INTO r FROM moltis.exec_requests e WHERE e.account_id = acct
		AND e.turn_id = p_turn AND e.tool_call_id = p_call;
	IF FOUND THEN
		RETURN r;
	END IF;
	SELECT * INTO t FROM moltis.turns o
	WHERE o.account_id = acct AND o.id = p_turn;
	r.account_id := acct;
	r.id := gen_random_uuid();
	r.session_id := t.session_id;
	r.turn_id := t.id;
	r.tool_call_id := p_call;
	r.user_id := t.user_id;
	r.command := p_command;
	r.final_command := p_command;
	r.cwd := p_cwd;
	r.env_names := p_env;
	r.timeout_secs := p_timeout;
	r.image := p_image;
	r.hash := moltis.exec_hash(p_command, p_cwd, p_env, p_timeout, p_image);
	r.sandbox := p_sandbox;
	r.verdict := p_verdict;
	r.reason := p_reason;
	r.rule := p_rule;
	r.segments := p_segments;
	r.floor := p_floor;
	r.note := '';
	r.created_at := now();
	r.expires_at := now() + make_interval(secs => p_secs);
	r.state := CASE p_verdict WHEN 'run' THEN 'ready' WHEN 'ask' THEN 'pending'
		ELSE 'refused' END;
	r.decision := CASE p_verdict WHEN 'run' THEN 'policy' END;
	IF moltis.exec_is_off() THEN
		r.state := 'refused';
		r.reason := 'commands are switched off by the operator';
	ELSIF t.abort_requested AND r.state <> 'refused' THEN
		r.state := 'cancelled';
	ELSIF r.state = 'pending' AND p_remember AND NOT p_floor AND EXISTS (
		SELECT FROM moltis.exec_rules u WHERE u.account_id = acct
		AND u.session_id = t.session_id AND u.cwd = p_cwd
		AND u.command_hash = sha256(convert_to(p_command, 'UTF8'))) THEN
		r.state := 'ready';
		r.decision := 'remembered';
	END IF;
	IF r.state = 'pending' THEN
		PERFORM FROM moltis.account_heads h WHERE h.account_id = acct
		FOR UPDATE;
		SELECT count(*) FILTER (WHERE e.session_id = t.session_id), count(*)
		INTO in_session, in_account FROM moltis.exec_requests e
		WHERE e.account_id = acct AND e.state = 'pending';
		IF in_session >= p_session_max OR in_account >= p_account_max THEN
			r.state := 'refused';
			r.reason := 'too many commands wait for approval already';
		ELSIF moltis.throttle_hit('user.approval', t.user_id::text, 60, 60)
			> 0 THEN
			r.state := 'refused';
			r.reason := 'too many approvals were asked for in a minute';
		END IF;
	END IF;
	INSERT INTO moltis.exec_requests SELECT r.*;
	PERFORM moltis.exec_note(r, 'exec.requested', 'agent', '',
		jsonb_build_object('command', left(p_command, 2000),
		'verdict', p_verdict, 'state', r.state, 'reason', r.reason,
		'floor', p_floor));
	IF r.state = 'pending' THEN
		PERFORM moltis.emit('exec.approval.requested', 8,
			moltis.exec_entry(r));
	END IF;
	RETURN r;
END
$$;

-- Worker: the row as it is; one whose time is up ends here.
CREATE FUNCTION moltis.exec_read(p_id uuid)
RETURNS moltis.exec_requests LANGUAGE plpgsql AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	UPDATE moltis.exec_requests e SET state = 'timeout'
	WHERE e.account_id = (SELECT moltis.ctx_account()) AND e.id = p_id
		AND e.state = 'pending' AND e.expires_at <= now()
	RETURNING * INTO r;
	IF FOUND THEN
		PERFORM moltis.exec_resolved(r, 'timeout', 'clock');
		PERFORM moltis.exec_note(r, 'exec.timeout', 'clock', '', '{}');
		RETURN r;
	END IF;
	SELECT * INTO r FROM moltis.exec_requests e
	WHERE e.account_id = (SELECT moltis.ctx_account()) AND e.id = p_id;
	RETURN r;
END
$$;

-- Worker: may it start now?  Once, and only what the hash was made of.
CREATE FUNCTION moltis.exec_start(p_id uuid)
RETURNS moltis.exec_requests LANGUAGE plpgsql AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	UPDATE moltis.exec_requests e SET state = 'started', started_at = now()
	WHERE e.account_id = (SELECT moltis.ctx_account()) AND e.id = p_id
		AND e.state = 'ready' AND NOT moltis.exec_is_off()
		AND NOT EXISTS (SELECT FROM moltis.turns t
			WHERE t.account_id = e.account_id AND t.id = e.turn_id
				AND t.abort_requested)
	RETURNING * INTO r;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'this command cannot be started (again)';
	END IF;
	PERFORM moltis.exec_note(r, 'exec.started', 'worker', '', '{}');
	RETURN r;
END
$$;

CREATE FUNCTION moltis.exec_refuse(p_id uuid, p_reason text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	UPDATE moltis.exec_requests e SET state = 'refused', reason = p_reason
	WHERE e.account_id = (SELECT moltis.ctx_account()) AND e.id = p_id
		AND e.state IN ('ready', 'pending')
	RETURNING * INTO r;
	IF FOUND THEN
		PERFORM moltis.exec_note(r, 'exec.refused', 'worker', '',
			jsonb_build_object('reason', p_reason));
	END IF;
END
$$;

CREATE FUNCTION moltis.exec_finish(p_id uuid, p_result jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	UPDATE moltis.exec_requests e SET state = 'finished', result = p_result,
		finished_at = now()
	WHERE e.account_id = (SELECT moltis.ctx_account()) AND e.id = p_id
		AND e.state = 'started'
	RETURNING * INTO r;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM moltis.exec_note(r, 'exec.finished', 'worker', '',
		jsonb_build_object('exit_code', p_result -> 'exit_code',
		'timed_out', p_result -> 'timed_out',
		'ms', (extract(epoch FROM now() - r.started_at) * 1000)::bigint));
	RETURN true;
END
$$;

-- A person decides.  First one wins; the text that runs and its hash change
-- together.  Answers 'ok', 'gone' (unknown, another's, expired) or the
-- decision that was there before.
CREATE FUNCTION moltis.exec_resolve(p_id uuid, p_decision text,
	p_command text, p_timeout integer, p_note text, p_remember boolean,
	p_via text, p_peer text)
RETURNS TABLE (verdict text, command text) LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	r moltis.exec_requests;
	was moltis.exec_requests;
BEGIN
	UPDATE moltis.exec_requests e SET
		state = CASE p_decision WHEN 'denied' THEN 'denied' ELSE 'ready' END,
		decision = p_decision, decided_by = moltis.ctx_user(),
		decided_via = p_via, decided_at = now(), note = p_note,
		final_command = coalesce(p_command, e.command),
		timeout_secs = least(e.timeout_secs,
			coalesce(p_timeout, e.timeout_secs)),
		hash = moltis.exec_hash(coalesce(p_command, e.command), e.cwd,
			e.env_names, least(e.timeout_secs,
			coalesce(p_timeout, e.timeout_secs)), e.image)
	WHERE e.account_id = acct AND e.id = p_id AND e.state = 'pending'
		AND e.expires_at > now()
	RETURNING * INTO r;
	IF NOT FOUND THEN
		SELECT * INTO was FROM moltis.exec_requests e
		WHERE e.account_id = acct AND e.id = p_id;
		RETURN QUERY SELECT CASE
			WHEN was.id IS NULL OR was.state IN ('pending', 'timeout',
				'cancelled', 'refused') THEN 'gone'
			ELSE coalesce(was.decision, was.state) END, was.final_command;
		RETURN;
	END IF;
	IF p_remember AND p_decision <> 'denied' THEN
		INSERT INTO moltis.exec_rules (account_id, session_id, command_hash,
			cwd, created_by)
		VALUES (acct, r.session_id,
			sha256(convert_to(r.final_command, 'UTF8')), r.cwd,
			moltis.ctx_user())
		ON CONFLICT DO NOTHING;
	END IF;
	PERFORM moltis.exec_resolved(r, p_decision, p_via);
	PERFORM moltis.exec_note(r, 'exec.' || p_decision, p_via, p_peer,
		jsonb_build_object('command', left(r.command, 2000),
		'final', left(r.final_command, 2000), 'note', p_note,
		'remember', p_remember, 'by',
		moltis.member_name(acct, moltis.ctx_user())));
	RETURN QUERY SELECT 'ok', r.final_command;
END
$$;

-- A turn that ended takes its open questions with it, however it ended.
CREATE FUNCTION moltis.exec_cancel_of_turn()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	FOR r IN UPDATE moltis.exec_requests e SET state = 'cancelled'
		WHERE e.account_id = new.account_id AND e.turn_id = new.id
			AND e.state IN ('pending', 'ready')
		RETURNING * LOOP
		-- The owner ended it by hand: there is nobody to speak for.
		CONTINUE WHEN moltis.ctx_account() IS NULL;
		PERFORM moltis.exec_resolved(r, 'cancelled', 'turn');
		PERFORM moltis.exec_note(r, 'exec.cancelled', 'turn', '', '{}');
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER exec_cancel AFTER UPDATE OF state ON moltis.turns
	FOR EACH ROW WHEN (new.state IN ('done', 'failed', 'aborted'))
	EXECUTE FUNCTION moltis.exec_cancel_of_turn();
-- So does one that was told to stop: an approval that comes now is too late.
CREATE TRIGGER exec_abort AFTER UPDATE OF abort_requested ON moltis.turns
	FOR EACH ROW WHEN (new.abort_requested)
	EXECUTE FUNCTION moltis.exec_cancel_of_turn();
