-- What an account owns: settings, chat sessions, messages, turns, events and
-- the audit trail.  References between tenant tables are composite, so that a
-- row of another account cannot even be pointed at.

CREATE TABLE moltis.settings (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	name text NOT NULL,
	value jsonb NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, name)
);

CREATE TABLE moltis.chat_sessions (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	key text NOT NULL,
	label text,
	model text,
	archived boolean NOT NULL DEFAULT false,
	parent_key text,
	fork_point integer,
	message_count integer NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, id),
	UNIQUE (account_id, key)
);

-- At most 1000 sessions an account, whichever statement makes one; the lock
-- makes the count true when several do at once.
CREATE FUNCTION moltis.chat_sessions_limit()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM moltis.account_heads h
	WHERE h.account_id = NEW.account_id FOR UPDATE;
	IF (SELECT count(*) FROM moltis.chat_sessions s
		WHERE s.account_id = NEW.account_id) > 1000 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429',
			MESSAGE = 'at most 1000 sessions: delete some first';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER sessions_limit AFTER INSERT ON moltis.chat_sessions
	FOR EACH ROW EXECUTE FUNCTION moltis.chat_sessions_limit();

-- One user message to its final answer.  `lease_token` is the right to write:
-- a worker that lost it cannot commit anything of the turn any more.
CREATE TABLE moltis.turns (
	account_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	session_id uuid NOT NULL,
	user_id uuid NOT NULL,
	state text NOT NULL DEFAULT 'queued'
		CHECK (state IN ('queued', 'running', 'done', 'failed', 'aborted')),
	origin text NOT NULL,
	input text NOT NULL,
	model text,
	client_seq bigint,
	idempotency_key text,
	user_index integer,
	abort_requested boolean NOT NULL DEFAULT false,
	lease_owner text,
	lease_token uuid,
	lease_until timestamptz,
	attempts integer NOT NULL DEFAULT 0,
	error jsonb,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	started_at timestamptz,
	finished_at timestamptz,
	PRIMARY KEY (account_id, id),
	UNIQUE (account_id, idempotency_key),
	FOREIGN KEY (account_id, session_id)
		REFERENCES moltis.chat_sessions (account_id, id) ON DELETE CASCADE
);
CREATE INDEX turns_waiting ON moltis.turns (created_at)
	WHERE state IN ('queued', 'running');
CREATE INDEX turns_session ON moltis.turns (account_id, session_id, created_at)
	WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX turns_one_running ON moltis.turns (account_id, session_id)
	WHERE state = 'running';

CREATE TABLE moltis.messages (
	account_id uuid NOT NULL,
	session_id uuid NOT NULL,
	index integer NOT NULL,
	turn_id uuid,
	body jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, session_id, index),
	FOREIGN KEY (account_id, session_id)
		REFERENCES moltis.chat_sessions (account_id, id) ON DELETE CASCADE
);

-- Every step of a turn, committed before the next begins.
CREATE TABLE moltis.turn_steps (
	account_id uuid NOT NULL,
	turn_id uuid NOT NULL,
	step integer NOT NULL,
	kind text NOT NULL
		CHECK (kind IN ('model_reply', 'tool_call', 'tool_result')),
	body jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, turn_id, step),
	FOREIGN KEY (account_id, turn_id)
		REFERENCES moltis.turns (account_id, id) ON DELETE CASCADE
);

CREATE TABLE moltis.events (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	seq bigint NOT NULL,
	name text NOT NULL,
	scope integer NOT NULL,
	payload jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, seq)
);

CREATE TABLE moltis.audit (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	at timestamptz NOT NULL DEFAULT now(),
	name text NOT NULL,
	user_id uuid,
	actor text NOT NULL,
	via text NOT NULL,
	peer text NOT NULL,
	detail jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (account_id, id)
);

SELECT moltis.fence('moltis.settings', 'SELECT, INSERT, UPDATE, DELETE');
SELECT moltis.fence('moltis.chat_sessions', 'SELECT, INSERT, UPDATE, DELETE');
SELECT moltis.fence('moltis.turns', 'SELECT, INSERT, UPDATE');
SELECT moltis.fence('moltis.messages', 'SELECT, INSERT, DELETE');
SELECT moltis.fence('moltis.turn_steps', 'SELECT, INSERT');
SELECT moltis.fence('moltis.events', 'SELECT, INSERT');
-- Append-only: nobody may change or delete what was written.
SELECT moltis.fence('moltis.audit', 'SELECT, INSERT');

-- An event in the transaction of its change.  Taking the number locks the
-- account's counter until commit, so numbers have no gaps and no overtaking.
CREATE FUNCTION moltis.emit(p_name text, p_scope integer, p_payload jsonb)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	UPDATE moltis.account_heads SET event_seq = event_seq + 1
	WHERE account_id = (SELECT moltis.ctx_account())
	RETURNING event_seq INTO n;
	INSERT INTO moltis.events (account_id, seq, name, scope, payload)
	VALUES (moltis.ctx_account(), n, p_name, p_scope, p_payload);
	RETURN n;
END
$$;

-- A message at the end of a session; its index.
CREATE FUNCTION moltis.message_append(p_session uuid, p_turn uuid,
	p_body jsonb)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	UPDATE moltis.chat_sessions SET message_count = message_count + 1,
		updated_at = now(), version = version + 1
	WHERE account_id = (SELECT moltis.ctx_account()) AND id = p_session
	RETURNING message_count - 1 INTO n;
	INSERT INTO moltis.messages (account_id, session_id, index, turn_id, body)
	VALUES (moltis.ctx_account(), p_session, n, p_turn, p_body);
	RETURN n;
END
$$;

-- The first message of a turn joins the history when its turn is next.
CREATE FUNCTION moltis.turn_admit(p_turn uuid)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	t moltis.turns;
	s_key text;
	n integer;
BEGIN
	SELECT * INTO t FROM moltis.turns
	WHERE account_id = (SELECT moltis.ctx_account()) AND id = p_turn;
	IF t.user_index IS NOT NULL THEN
		RETURN t.user_index;
	END IF;
	n := moltis.message_append(t.session_id, t.id, jsonb_build_object(
		'role', 'user', 'content', t.input, 'run_id', t.id));
	UPDATE moltis.turns SET user_index = n
	WHERE account_id = t.account_id AND id = t.id;
	SELECT key INTO s_key FROM moltis.chat_sessions
	WHERE account_id = t.account_id AND id = t.session_id;
	PERFORM moltis.emit('chat', 1, jsonb_build_object('state', 'user_message',
		'sessionKey', s_key, 'runId', t.id, 'text', t.input,
		'seq', t.client_seq, 'messageIndex', n));
	RETURN n;
END
$$;

-- Takes a user message: at most QUEUE_MAX waiting a session (S227).  One row:
-- the turn, and how many are before it; -1 when the queue is full.
CREATE FUNCTION moltis.chat_send(p_key text, p_text text, p_model text,
	p_client_seq bigint, p_idempotency text, p_origin text, p_queue_max integer)
RETURNS TABLE (turn_id uuid, ahead integer, repeated boolean)
LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	s uuid;
	n integer;
	t uuid;
BEGIN
	INSERT INTO moltis.chat_sessions AS c (account_id, key)
	VALUES (acct, p_key)
	ON CONFLICT (account_id, key) DO UPDATE SET updated_at = now()
	RETURNING c.id INTO s;
	IF p_idempotency IS NOT NULL THEN
		SELECT o.id INTO t FROM moltis.turns o
		WHERE o.account_id = acct AND o.idempotency_key = p_idempotency;
		IF FOUND THEN
			RETURN QUERY SELECT t, 0, true;
			RETURN;
		END IF;
	END IF;
	SELECT count(*) INTO n FROM moltis.turns o
	WHERE o.account_id = acct AND o.session_id = s
		AND o.state IN ('queued', 'running');
	IF n > p_queue_max THEN
		RETURN QUERY SELECT NULL::uuid, -1, false;
		RETURN;
	END IF;
	INSERT INTO moltis.turns AS o (account_id, session_id, user_id, origin,
		input, model, client_seq, idempotency_key)
	VALUES (acct, s, moltis.ctx_user(), p_origin, p_text, p_model,
		p_client_seq, p_idempotency)
	RETURNING o.id INTO t;
	IF n = 0 THEN
		PERFORM moltis.turn_admit(t);
	ELSE
		PERFORM moltis.emit('chat', 1, jsonb_build_object('state', 'queued',
			'sessionKey', p_key, 'runId', t, 'mode', 'followup',
			'position', n, 'text', p_text, 'seq', p_client_seq));
	END IF;
	RETURN QUERY SELECT t, n, false;
END
$$;

-- Stops the run of a session (or one run): a waiting one ends at once, a
-- running one is told through its lease.
CREATE FUNCTION moltis.chat_abort(p_key text, p_turn uuid)
RETURNS TABLE (turn_id uuid, session_key text, was text)
LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	t record;
BEGIN
	SELECT o.id, o.state, s.key INTO t FROM moltis.turns o
	JOIN moltis.chat_sessions s ON s.account_id = o.account_id
		AND s.id = o.session_id
	WHERE o.account_id = acct AND o.state IN ('queued', 'running')
		AND (p_turn IS NULL OR o.id = p_turn)
		AND (p_key IS NULL OR s.key = p_key)
	ORDER BY o.state DESC, o.created_at LIMIT 1 FOR UPDATE OF o;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF t.state = 'running' THEN
		UPDATE moltis.turns o SET abort_requested = true
		WHERE o.account_id = acct AND o.id = t.id;
	ELSE
		UPDATE moltis.turns o SET state = 'aborted', finished_at = now()
		WHERE o.account_id = acct AND o.id = t.id;
		PERFORM moltis.emit('chat', 1, jsonb_build_object('state', 'aborted',
			'sessionKey', t.key, 'runId', t.id));
	END IF;
	RETURN QUERY SELECT t.id, t.key, t.state;
END
$$;

CREATE FUNCTION moltis.chat_cancel_queued(p_key text)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	UPDATE moltis.turns o SET state = 'aborted', finished_at = now()
	FROM moltis.chat_sessions s
	WHERE o.account_id = (SELECT moltis.ctx_account())
		AND s.account_id = o.account_id AND s.id = o.session_id
		AND s.key = p_key AND o.state = 'queued' AND o.user_index IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- Worker: takes up to MAX turns that wait or whose worker is gone.  One a
-- session at a time, the oldest first.
CREATE FUNCTION moltis.turn_claim(p_worker text, p_lease_secs integer,
	p_max integer)
RETURNS TABLE (account_id uuid, turn_id uuid, lease_token uuid,
	attempts integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	UPDATE moltis.turns t SET state = 'running', lease_owner = p_worker,
		lease_token = gen_random_uuid(), attempts = t.attempts + 1,
		lease_until = now() + make_interval(secs => p_lease_secs),
		started_at = coalesce(t.started_at, now())
	FROM (
		SELECT c.account_id, c.id FROM moltis.turns c
		WHERE (c.state = 'running' AND c.lease_until < now())
			OR (c.state = 'queued' AND NOT EXISTS (
				SELECT FROM moltis.turns o
				WHERE o.account_id = c.account_id
					AND o.session_id = c.session_id AND o.id <> c.id
					AND (o.state = 'running' OR (o.state = 'queued'
						AND (o.created_at, o.id) < (c.created_at, c.id)))))
		ORDER BY c.created_at LIMIT p_max
		FOR UPDATE SKIP LOCKED
	) c
	WHERE t.account_id = c.account_id AND t.id = c.id
	RETURNING t.account_id, t.id, t.lease_token, t.attempts
$$;
REVOKE ALL ON FUNCTION moltis.turn_claim(text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.turn_claim(text, integer, integer)
	TO moltis_worker;

-- Worker: longer leases for what it still runs; which ones are to stop, and
-- which are no longer its own (missing from the answer).
CREATE FUNCTION moltis.turn_renew(p_worker text, p_lease_secs integer,
	p_tokens uuid[])
RETURNS TABLE (turn_id uuid, abort_requested boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	UPDATE moltis.turns t SET
		lease_until = now() + make_interval(secs => p_lease_secs)
	WHERE t.state = 'running' AND t.lease_owner = p_worker
		AND t.lease_token = ANY (p_tokens)
	RETURNING t.id, t.abort_requested
$$;
REVOKE ALL ON FUNCTION moltis.turn_renew(text, integer, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.turn_renew(text, integer, uuid[])
	TO moltis_worker;

-- Worker: gives turns back at once, so that another takes them (S290).
CREATE FUNCTION moltis.turn_release(p_worker text)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	WITH given AS (UPDATE moltis.turns t SET lease_until = '-infinity'
		WHERE t.state = 'running' AND t.lease_owner = p_worker RETURNING 1)
	SELECT count(*) FROM given
$$;
REVOKE ALL ON FUNCTION moltis.turn_release(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.turn_release(text) TO moltis_worker;

-- Worker: becomes the account of a turn it holds the lease of.  Locks the
-- turn, so that nobody else can take it over before this commits.
CREATE FUNCTION moltis.enter_turn(p_account uuid, p_turn uuid, p_token uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who uuid;
BEGIN
	SELECT t.user_id INTO who FROM moltis.turns t
	JOIN moltis.accounts a ON a.account_id = t.account_id
		AND a.disabled_at IS NULL
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
REVOKE ALL ON FUNCTION moltis.enter_turn(uuid, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.enter_turn(uuid, uuid, uuid)
	TO moltis_worker;

-- Worker: how far the events of accounts reach; numbers only.
CREATE FUNCTION moltis.event_heads(p_accounts uuid[])
RETURNS TABLE (account_id uuid, event_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT h.account_id, h.event_seq FROM moltis.account_heads h
	WHERE h.account_id = ANY (p_accounts)
$$;
REVOKE ALL ON FUNCTION moltis.event_heads(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.event_heads(uuid[]) TO moltis_worker;

-- Events are kept a week; a client that was away longer reads again.
CREATE FUNCTION moltis.event_purge()
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	WITH gone AS (DELETE FROM moltis.events
		WHERE created_at < now() - interval '7 days' RETURNING 1)
	SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION moltis.event_purge() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.event_purge() TO moltis_worker;

-- A session as clients list it (protocol: session entry).
CREATE FUNCTION moltis.epoch_ms(p_at timestamptz)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT (extract(epoch FROM p_at) * 1000)::bigint
$$;

CREATE FUNCTION moltis.session_entry(s moltis.chat_sessions)
RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('id', s.id, 'key', s.key, 'label', s.label,
		'model', s.model, 'createdAt', moltis.epoch_ms(s.created_at),
		'updatedAt', moltis.epoch_ms(s.updated_at),
		'messageCount', s.message_count, 'archived', s.archived,
		'parentSessionKey', s.parent_key, 'forkPoint', s.fork_point,
		'version', s.version, 'projectId', NULL, 'sandbox_enabled', NULL,
		'sandbox_image', NULL, 'worktree_branch', NULL,
		'channelBinding', NULL, 'activeChannel', false, 'mcpDisabled', NULL)
$$;

-- A message as clients read it.
CREATE FUNCTION moltis.message_entry(m moltis.messages)
RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT m.body || jsonb_build_object('historyIndex', m.index,
		'created_at', moltis.epoch_ms(m.created_at))
$$;

-- Whether clients see a message: an assistant message without text is not.
CREATE FUNCTION moltis.message_visible(m moltis.messages)
RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT NOT (m.body ->> 'role' = 'assistant' AND m.body -> 'tool_calls' IS NULL
		AND coalesce(btrim(m.body ->> 'content'), '') = '')
$$;
