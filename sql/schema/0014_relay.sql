-- Deltas on their way to other workers.
--
-- Not chat: what is here is said again, whole, by the row of the event `final`.
-- Hence unlogged, gone after ten seconds, and empty after a crash or a
-- failover, which a worker notices by its own row being away.  Nobody reads
-- or writes these tables but the functions below, and only the worker may
-- call those.

-- The worker's id is random and told to nobody: whoever knows it may read
-- what its accounts are sent.
CREATE UNLOGGED TABLE moltis.relay_workers (
	worker uuid PRIMARY KEY,
	until timestamptz NOT NULL
);
REVOKE ALL ON moltis.relay_workers FROM PUBLIC;

-- Which worker has sockets of which account; made with a credential of one.
CREATE UNLOGGED TABLE moltis.relay_listeners (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	worker uuid NOT NULL REFERENCES moltis.relay_workers ON DELETE CASCADE,
	PRIMARY KEY (account_id, worker)
);
CREATE INDEX relay_listeners_worker ON moltis.relay_listeners (worker);

-- What a turn said in at most 50 ms.  N counts from 0 within one speech, which
-- is a turn on one worker, and jumps where something was left out; the text is
-- a JSON array, never looked into here.
CREATE UNLOGGED TABLE moltis.relay_batches (
	account_id uuid NOT NULL REFERENCES moltis.accounts ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	sender uuid NOT NULL,
	turn_id uuid NOT NULL,
	speech uuid NOT NULL,
	n bigint NOT NULL,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	items text NOT NULL CHECK (octet_length(items) <= 1048576),
	PRIMARY KEY (account_id, id)
);
CREATE INDEX relay_batches_at ON moltis.relay_batches (at);

SELECT moltis.fence('moltis.relay_listeners', '');
SELECT moltis.fence('moltis.relay_batches', '');

-- A sign of life, and the cleaning.  OTHERS: workers beside this one.  KNOWN:
-- false when its row, and what it listened to, was not there.
CREATE FUNCTION moltis.relay_beat(p_worker uuid)
RETURNS TABLE (others integer, known boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	known := EXISTS (SELECT FROM moltis.relay_workers w
		WHERE w.worker = p_worker);
	INSERT INTO moltis.relay_workers AS w (worker, until)
	VALUES (p_worker, now() + interval '15 seconds')
	ON CONFLICT (worker) DO UPDATE SET until = excluded.until;
	DELETE FROM moltis.relay_workers WHERE worker IN (
		SELECT w.worker FROM moltis.relay_workers w WHERE w.until < now()
		FOR UPDATE SKIP LOCKED);
	DELETE FROM moltis.relay_batches b USING (
		SELECT o.account_id, o.id FROM moltis.relay_batches o
		WHERE o.at < clock_timestamp() - interval '10 seconds'
		FOR UPDATE SKIP LOCKED) o
	WHERE b.account_id = o.account_id AND b.id = o.id;
	others := (SELECT count(*) FROM moltis.relay_workers w
		WHERE w.worker <> p_worker);
	RETURN NEXT;
END
$$;

-- The entered account has sockets of WORKER; false: WORKER has no beat.
CREATE FUNCTION moltis.relay_listen(p_worker uuid)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	INSERT INTO moltis.relay_listeners (account_id, worker)
	SELECT moltis.ctx_account(), w.worker FROM moltis.relay_workers w
	WHERE w.worker = p_worker AND moltis.ctx_account() IS NOT NULL
	FOR KEY SHARE
	ON CONFLICT DO NOTHING;
	RETURN EXISTS (SELECT FROM moltis.relay_listeners l
		WHERE l.account_id = moltis.ctx_account() AND l.worker = p_worker);
END
$$;

CREATE FUNCTION moltis.relay_unlisten(p_worker uuid, p_accounts uuid[])
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	WITH gone AS (DELETE FROM moltis.relay_listeners l
		WHERE l.worker = p_worker AND l.account_id = ANY (p_accounts)
		RETURNING 1)
	SELECT count(*) FROM gone
$$;

-- Stores what turns said, behind their leases, for accounts that another
-- worker has sockets of; says of which turns that was.
CREATE FUNCTION moltis.relay_put(p_worker uuid, p_accounts uuid[],
	p_turns uuid[], p_tokens uuid[], p_speeches uuid[], p_ns bigint[],
	p_items text[])
RETURNS TABLE (turn_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	INSERT INTO moltis.relay_batches AS b (account_id, sender, turn_id,
		speech, n, items)
	SELECT t.account_id, p_worker, t.id, u.speech, u.n, u.items
	FROM unnest(p_accounts, p_turns, p_tokens, p_speeches, p_ns, p_items)
		AS u (account_id, turn_id, token, speech, n, items)
	JOIN moltis.turns t ON t.account_id = u.account_id
		AND t.id = u.turn_id AND t.lease_token = u.token
		AND t.state = 'running'
	WHERE EXISTS (SELECT FROM moltis.relay_listeners l
		JOIN moltis.relay_workers w ON w.worker = l.worker
		WHERE l.account_id = t.account_id AND l.worker <> p_worker
			AND w.until > now())
	RETURNING b.turn_id
$$;

-- What others said to accounts of WORKER, of P_ACCOUNTS or all when NULL; of
-- each speech in P_SPEECHES only what comes after the number known of it.  A
-- speech has one speaker, so its rows are in order; its lease ends before the
-- next speech of the turn begins.
CREATE FUNCTION moltis.relay_fetch(p_worker uuid, p_accounts uuid[],
	p_speeches uuid[], p_ns bigint[])
RETURNS TABLE (account_id uuid, turn_id uuid, speech uuid, n bigint,
	items text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT b.account_id, b.turn_id, b.speech, b.n, b.items
	FROM moltis.relay_listeners l
	JOIN moltis.relay_batches b ON b.account_id = l.account_id
	LEFT JOIN unnest(p_speeches, p_ns) AS k (speech, n)
		ON k.speech = b.speech
	WHERE l.worker = p_worker AND b.sender <> p_worker
		AND (p_accounts IS NULL OR l.account_id = ANY (p_accounts))
		AND b.at > clock_timestamp() - interval '10 seconds'
		AND (k.speech IS NULL OR b.n > k.n)
	ORDER BY b.id LIMIT 64
$$;

REVOKE ALL ON FUNCTION moltis.relay_beat(uuid), moltis.relay_listen(uuid),
	moltis.relay_unlisten(uuid, uuid[]),
	moltis.relay_put(uuid, uuid[], uuid[], uuid[], uuid[], bigint[], text[]),
	moltis.relay_fetch(uuid, uuid[], uuid[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.relay_beat(uuid), moltis.relay_listen(uuid),
	moltis.relay_unlisten(uuid, uuid[]),
	moltis.relay_put(uuid, uuid[], uuid[], uuid[], uuid[], bigint[], text[]),
	moltis.relay_fetch(uuid, uuid[], uuid[], bigint[])
	TO moltis_worker;
