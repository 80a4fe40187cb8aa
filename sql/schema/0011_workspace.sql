-- Files of a session's workspace, on their way between a person and the host
-- that keeps them.
--
-- The programs meet here and nowhere else: one writes what is wanted and, for
-- an upload, its bytes; a worker on the host of the workspace does it and
-- writes what came of it, for a download with the bytes.  Rows and bytes go
-- when they were fetched, ten minutes later at the latest.

CREATE TABLE moltis.workspace_transfers (
	account_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	session_id uuid NOT NULL,
	user_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('list', 'get', 'put', 'remove')),
	path text NOT NULL CHECK (octet_length(path) <= 1024),
	-- filling: an upload whose bytes are still arriving
	state text NOT NULL CHECK (state IN ('filling', 'waiting', 'running',
		'done', 'failed')),
	size bigint NOT NULL CHECK (size BETWEEN 0 AND 26214400),
	held bigint NOT NULL DEFAULT 0, -- bytes in chunks, or still to come
	chunks integer NOT NULL DEFAULT 0,
	lease_owner text,
	lease_token uuid,
	lease_until timestamptz,
	attempts integer NOT NULL DEFAULT 0,
	entries jsonb,
	status integer NOT NULL DEFAULT 0,
	error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (account_id, id),
	FOREIGN KEY (account_id, session_id)
		REFERENCES moltis.chat_sessions (account_id, id) ON DELETE CASCADE
);
CREATE INDEX workspace_waiting ON moltis.workspace_transfers (created_at)
	WHERE state IN ('waiting', 'running');
CREATE INDEX workspace_expiry ON moltis.workspace_transfers (expires_at);

CREATE TABLE moltis.workspace_chunks (
	account_id uuid NOT NULL,
	transfer_id uuid NOT NULL,
	index integer NOT NULL CHECK (index BETWEEN 0 AND 199),
	bytes bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
	PRIMARY KEY (account_id, transfer_id, index),
	FOREIGN KEY (account_id, transfer_id)
		REFERENCES moltis.workspace_transfers (account_id, id)
		ON DELETE CASCADE
);
-- They are files: to compress them again costs time and gains little.
ALTER TABLE moltis.workspace_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

SELECT moltis.fence('moltis.workspace_transfers',
	'SELECT, INSERT, UPDATE, DELETE');
SELECT moltis.fence('moltis.workspace_chunks', 'SELECT, INSERT, DELETE');

-- Room for NEED more bytes among those that wait in the database; the lock
-- makes the sum true when several ask at once.
CREATE FUNCTION moltis.workspace_room(p_need bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
BEGIN
	PERFORM FROM moltis.account_heads h WHERE h.account_id = acct FOR UPDATE;
	IF (SELECT coalesce(sum(t.held), 0) FROM moltis.workspace_transfers t
		WHERE t.account_id = acct) + p_need > 104857600 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', DETAIL = '60', MESSAGE =
			'files on their way take the 100 MiB an account has for them: '
			'wait until some have been fetched';
	END IF;
END
$$;

-- Writes down what a person wants.  An upload of SIZE bytes waits for them.
CREATE FUNCTION moltis.workspace_begin(p_key text, p_kind text, p_path text,
	p_size bigint)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	s uuid;
	t uuid;
BEGIN
	SELECT c.id INTO s FROM moltis.chat_sessions c
	WHERE c.account_id = acct AND c.key = p_key;
	-- The session everybody has is made by its first use.
	IF NOT FOUND AND p_key = 'main' AND p_kind = 'put' THEN
		INSERT INTO moltis.chat_sessions AS c (account_id, key)
		VALUES (acct, p_key)
		ON CONFLICT (account_id, key) DO UPDATE SET key = excluded.key
		RETURNING c.id INTO s;
	ELSIF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404', MESSAGE = 'no such session';
	END IF;
	-- What nobody came for; and of the rest only the newest.
	DELETE FROM moltis.workspace_transfers o
	WHERE o.account_id = acct AND o.state IN ('filling', 'done', 'failed')
		AND o.expires_at <= now();
	DELETE FROM moltis.workspace_transfers o
	WHERE o.account_id = acct AND o.id IN (
		SELECT f.id FROM moltis.workspace_transfers f
		WHERE f.account_id = acct AND f.state IN ('done', 'failed')
		ORDER BY f.created_at DESC OFFSET 31);
	PERFORM moltis.workspace_room(p_size);
	IF (SELECT count(*) FROM moltis.workspace_transfers o
		WHERE o.account_id = acct
			AND o.state IN ('filling', 'waiting', 'running')) >= 4 THEN
		RAISE EXCEPTION USING ERRCODE = 'MO429', DETAIL = '2', MESSAGE =
			'at most 4 files of an account are moved at once: wait until '
			'one has arrived';
	END IF;
	INSERT INTO moltis.workspace_transfers AS o (account_id, session_id,
		user_id, kind, path, size, held, state, expires_at)
	VALUES (acct, s, moltis.ctx_user(), p_kind, p_path, p_size, p_size,
		CASE WHEN p_size > 0 THEN 'filling' ELSE 'waiting' END,
		now() + CASE WHEN p_size > 0 THEN interval '2 minutes'
			ELSE interval '10 minutes' END)
	RETURNING o.id INTO t;
	RETURN t;
END
$$;

-- The next bytes of one's own upload; the last ones make it wait for a worker.
CREATE FUNCTION moltis.workspace_append(p_id uuid, p_index integer,
	p_bytes bytea)
RETURNS TABLE (received bigint, state text) LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	t moltis.workspace_transfers;
	got bigint;
BEGIN
	SELECT * INTO t FROM moltis.workspace_transfers o
	WHERE o.account_id = acct AND o.id = p_id
		AND o.user_id = moltis.ctx_user() AND o.kind = 'put' FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO404', MESSAGE = 'no such transfer';
	END IF;
	IF t.state <> 'filling' OR t.chunks <> p_index THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'these are not the next bytes of this upload';
	END IF;
	SELECT coalesce(sum(length(c.bytes)), 0) + length(p_bytes) INTO got
	FROM moltis.workspace_chunks c
	WHERE c.account_id = acct AND c.transfer_id = p_id;
	IF got > t.size THEN
		RAISE EXCEPTION USING ERRCODE = 'MO400',
			MESSAGE = 'the upload is longer than its size says';
	END IF;
	INSERT INTO moltis.workspace_chunks (account_id, transfer_id, index, bytes)
	VALUES (acct, p_id, p_index, p_bytes);
	UPDATE moltis.workspace_transfers o SET chunks = p_index + 1,
		state = CASE WHEN got = t.size THEN 'waiting' ELSE 'filling' END,
		expires_at = now() + CASE WHEN got = t.size
			THEN interval '10 minutes' ELSE interval '2 minutes' END
	WHERE o.account_id = acct AND o.id = p_id;
	RETURN QUERY SELECT got, CASE WHEN got = t.size THEN 'waiting'
		ELSE 'filling' END;
END
$$;

-- Worker: takes up to MAX of what waits or whose worker is gone; also what is
-- too late, so that an end can be made of it.
CREATE FUNCTION moltis.workspace_claim(p_worker text, p_lease_secs integer,
	p_max integer)
RETURNS TABLE (account_id uuid, transfer_id uuid, lease_token uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	UPDATE moltis.workspace_transfers t SET state = 'running',
		lease_owner = p_worker, lease_token = gen_random_uuid(),
		lease_until = now() + make_interval(secs => p_lease_secs),
		attempts = t.attempts + 1
	FROM (
		SELECT c.account_id, c.id FROM moltis.workspace_transfers c
		WHERE c.state = 'waiting'
			OR (c.state = 'running' AND c.lease_until < now())
		ORDER BY c.created_at LIMIT p_max
		FOR UPDATE SKIP LOCKED
	) c
	WHERE t.account_id = c.account_id AND t.id = c.id
	RETURNING t.account_id, t.id, t.lease_token
$$;

-- Worker: longer leases; a transfer that is missing from the answer is lost.
CREATE FUNCTION moltis.workspace_renew(p_worker text, p_lease_secs integer,
	p_tokens uuid[])
RETURNS TABLE (transfer_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	UPDATE moltis.workspace_transfers t SET
		lease_until = now() + make_interval(secs => p_lease_secs)
	WHERE t.state = 'running' AND t.lease_owner = p_worker
		AND t.lease_token = ANY (p_tokens)
	RETURNING t.id
$$;

-- Worker: gives back at once what it holds, or one of it.
CREATE FUNCTION moltis.workspace_release(p_worker text, p_token uuid)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	WITH given AS (UPDATE moltis.workspace_transfers t
		SET lease_until = '-infinity', attempts = greatest(attempts - 1, 0)
		WHERE t.state = 'running' AND t.lease_owner = p_worker
			AND (p_token IS NULL OR t.lease_token = p_token) RETURNING 1)
	SELECT count(*) FROM given
$$;

-- Worker: becomes the person of a transfer it holds the lease of, if he still
-- belongs to the account.
CREATE FUNCTION moltis.workspace_enter(p_account uuid, p_id uuid, p_token uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	who uuid;
BEGIN
	SELECT t.user_id INTO who FROM moltis.workspace_transfers t
	JOIN moltis.accounts a ON a.account_id = t.account_id
		AND a.disabled_at IS NULL
	JOIN moltis.memberships m ON m.account_id = t.account_id
		AND m.user_id = t.user_id
	JOIN moltis.users u ON u.id = t.user_id AND u.disabled_at IS NULL
	WHERE t.account_id = p_account AND t.id = p_id AND t.state = 'running'
		AND t.lease_token = p_token
	FOR UPDATE OF t;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'MO409',
			MESSAGE = 'the lease of this transfer is lost';
	END IF;
	PERFORM moltis.ctx_set(p_account, who, 'transfer:' || p_id);
	RETURN true;
END
$$;

-- Worker: the next bytes of a download.
CREATE FUNCTION moltis.workspace_store(p_id uuid, p_index integer,
	p_bytes bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	acct uuid := moltis.ctx_account();
BEGIN
	PERFORM moltis.workspace_room(length(p_bytes));
	UPDATE moltis.workspace_transfers t SET
		held = t.held + length(p_bytes), chunks = p_index + 1
	WHERE t.account_id = acct AND t.id = p_id AND t.kind = 'get'
		AND t.state = 'running' AND t.chunks = p_index;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO moltis.workspace_chunks (account_id, transfer_id, index, bytes)
	VALUES (acct, p_id, p_index, p_bytes);
	RETURN true;
END
$$;

-- Worker: the beginning of a transfer, again if another worker had begun it.
CREATE FUNCTION moltis.workspace_load(p_id uuid)
RETURNS TABLE (session_id uuid, kind text, path text, size bigint,
	attempts integer, expired boolean) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM moltis.workspace_chunks c USING moltis.workspace_transfers t
	WHERE t.account_id = (SELECT moltis.ctx_account()) AND t.id = p_id
		AND t.kind = 'get' AND c.account_id = t.account_id
		AND c.transfer_id = t.id;
	RETURN QUERY UPDATE moltis.workspace_transfers t SET
		held = CASE t.kind WHEN 'get' THEN 0 ELSE t.held END,
		chunks = CASE t.kind WHEN 'get' THEN 0 ELSE t.chunks END
	WHERE t.account_id = (SELECT moltis.ctx_account()) AND t.id = p_id
	RETURNING t.session_id, t.kind, t.path, t.size, t.attempts,
		t.expires_at <= now();
END
$$;

-- Worker: what came of it, told to everybody who may read.
CREATE FUNCTION moltis.workspace_finish(p_id uuid, p_size bigint,
	p_entries jsonb, p_status integer, p_code text, p_error text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	t moltis.workspace_transfers;
	s_key text;
BEGIN
	UPDATE moltis.workspace_transfers o SET
		state = CASE p_status WHEN 0 THEN 'done' ELSE 'failed' END,
		size = CASE WHEN p_status = 0 THEN p_size ELSE o.size END,
		held = CASE WHEN o.kind = 'get' AND p_status = 0 THEN o.held ELSE 0 END,
		entries = p_entries, status = p_status, error = p_error,
		lease_token = NULL, lease_until = NULL,
		expires_at = now() + interval '10 minutes'
	WHERE o.account_id = (SELECT moltis.ctx_account()) AND o.id = p_id
		AND o.state = 'running'
	RETURNING * INTO t;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF t.kind <> 'get' OR p_status <> 0 THEN
		DELETE FROM moltis.workspace_chunks c
		WHERE c.account_id = t.account_id AND c.transfer_id = t.id;
	END IF;
	SELECT c.key INTO s_key FROM moltis.chat_sessions c
	WHERE c.account_id = t.account_id AND c.id = t.session_id;
	PERFORM moltis.emit('workspace.done', 1, jsonb_strip_nulls(
		jsonb_build_object('id', t.id, 'sessionKey', s_key, 'kind', t.kind,
		'path', t.path, 'ok', p_status = 0, 'code', p_code,
		'error', p_error)));
	RETURN true;
END
$$;

-- Worker: what nobody came for.
CREATE FUNCTION moltis.workspace_purge()
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	WITH gone AS (DELETE FROM moltis.workspace_transfers
		WHERE (expires_at <= now() AND state IN ('filling', 'done', 'failed'))
			OR expires_at < now() - interval '1 hour' RETURNING 1)
	SELECT count(*) FROM gone
$$;

REVOKE ALL ON FUNCTION moltis.workspace_claim(text, integer, integer),
	moltis.workspace_renew(text, integer, uuid[]),
	moltis.workspace_release(text, uuid),
	moltis.workspace_enter(uuid, uuid, uuid), moltis.workspace_purge(),
	moltis.workspace_store(uuid, integer, bytea),
	moltis.workspace_load(uuid), moltis.workspace_finish(uuid, bigint, jsonb,
	integer, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.workspace_claim(text, integer, integer),
	moltis.workspace_renew(text, integer, uuid[]),
	moltis.workspace_release(text, uuid),
	moltis.workspace_enter(uuid, uuid, uuid), moltis.workspace_purge(),
	moltis.workspace_store(uuid, integer, bytea),
	moltis.workspace_load(uuid), moltis.workspace_finish(uuid, bigint, jsonb,
	integer, text, text) TO moltis_worker;

-- Worker: gives back turns of which nothing runs, so that another waits on for
-- the person who is asked.  It does not count as an interruption.
CREATE FUNCTION moltis.turn_hand_over(p_worker text, p_tokens uuid[])
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	WITH given AS (UPDATE moltis.turns t SET lease_until = '-infinity',
			attempts = greatest(t.attempts - 1, 0)
		WHERE t.state = 'running' AND t.lease_owner = p_worker
			AND t.lease_token = ANY (p_tokens) RETURNING 1)
	SELECT count(*) FROM given
$$;
REVOKE ALL ON FUNCTION moltis.turn_hand_over(text, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.turn_hand_over(text, uuid[])
	TO moltis_worker;

-- How it went, for the list of past ones; also when it has no exit code.
CREATE OR REPLACE FUNCTION moltis.exec_history_entry(r moltis.exec_requests)
RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT moltis.exec_entry(r) || jsonb_build_object('state', r.state,
		'status', r.state, 'verdict', r.verdict, 'decision', r.decision,
		'finalCommand', r.final_command, 'note', r.note,
		'decidedAt', moltis.epoch_ms(r.decided_at),
		'decidedVia', r.decided_via,
		'decidedBy', moltis.member_name(r.account_id, r.decided_by),
		'startedAt', moltis.epoch_ms(r.started_at),
		'finishedAt', moltis.epoch_ms(r.finished_at),
		'exitCode', r.result -> 'exit_code',
		'error', r.result -> 'error')
$$;

-- Failed turns are shown again whenever their session is opened.
CREATE INDEX turns_failed ON moltis.turns (account_id, session_id, user_index)
	WHERE state = 'failed';
