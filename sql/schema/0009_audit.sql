-- The audit trails: each a chain of hashes that nobody can cut unseen.
--
-- An account's trail is moltis.audit; the deployment's own is moltis.auth_log.
-- Every entry has the next number and a hash over the hash before it and all
-- its own columns; the newest number and hash are kept apart, so that an entry
-- taken off the end is missed as well.  Entries are never changed; what is
-- older than a year may go, and the chain then begins at an anchor.
--
-- Lock order, for whoever writes both: the rows you change; then
-- account_heads, in the order of accounts, which emit() and an audit entry
-- both take first; the head of auth_log is taken at the very end, by a
-- trigger that waits for the commit.

-- Thirty-two zeros: what comes before the first entry.
CREATE FUNCTION moltis.chain_start()
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT decode(repeat('00', 32), 'hex')
$$;

-- ---------------------------------------------------------------------------
-- The trail of an account.

-- The number in the chain is the number of the entry: an id that counts all
-- accounts together would tell one about the others.
ALTER TABLE moltis.audit ADD COLUMN username text NOT NULL DEFAULT '',
	ADD COLUMN chain_seq bigint, ADD COLUMN prev_hash bytea,
	ADD COLUMN hash bytea;

-- Where each chain ends and begins.  For our own functions: no grant at all.
CREATE TABLE moltis.audit_heads (
	account_id uuid PRIMARY KEY REFERENCES moltis.accounts ON DELETE CASCADE,
	chain_seq bigint NOT NULL DEFAULT 0,
	hash bytea NOT NULL DEFAULT moltis.chain_start(),
	anchor_seq bigint NOT NULL DEFAULT 0, -- the last entry that was purged
	anchor_hash bytea NOT NULL DEFAULT moltis.chain_start(),
	oldest_at timestamptz NOT NULL DEFAULT now()
);

-- record_send() writes the length of every column before it: no two different
-- rows read alike.
CREATE FUNCTION moltis.audit_digest(p_prev bytea, a moltis.audit)
RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN sha256(p_prev || record_send(ROW('audit1'::text, a.account_id,
		a.chain_seq, a.at, a.name, a.severity, a.user_id, a.username, a.actor,
		a.via, a.peer, a.detail)));
END
$$;

-- What was written before there were chains.
DO $$
DECLARE
	acct uuid;
	a moltis.audit;
	n bigint;
	h bytea;
BEGIN
	UPDATE moltis.audit o SET username = u.username
	FROM moltis.users u WHERE u.id = o.user_id;
	FOR acct IN SELECT account_id FROM moltis.accounts ORDER BY 1 LOOP
		n := 0;
		h := moltis.chain_start();
		FOR a IN SELECT * FROM moltis.audit o WHERE o.account_id = acct
			ORDER BY o.id LOOP
			n := n + 1;
			a.chain_seq := n;
			UPDATE moltis.audit o SET chain_seq = n, prev_hash = h,
				hash = moltis.audit_digest(h, a)
			WHERE o.account_id = acct AND o.id = a.id
			RETURNING o.hash INTO h;
		END LOOP;
		INSERT INTO moltis.audit_heads (account_id, chain_seq, hash, oldest_at)
		SELECT acct, n, h, coalesce((SELECT min(o.at) FROM moltis.audit o
			WHERE o.account_id = acct), now());
	END LOOP;
END
$$;

ALTER TABLE moltis.audit DROP COLUMN id,
	ALTER chain_seq SET NOT NULL, ALTER prev_hash SET NOT NULL,
	ALTER hash SET NOT NULL,
	ADD PRIMARY KEY (account_id, chain_seq);

SELECT moltis.fence('moltis.audit_heads', '');

-- Whatever a program writes there, an entry tells who was entered.
CREATE FUNCTION moltis.audit_honest()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	new.user_id := moltis.ctx_user();
	new.actor := moltis.ctx_actor();
	new.at := now();
	RETURN new;
END
$$;
CREATE TRIGGER a_honest BEFORE INSERT ON moltis.audit FOR EACH ROW
	WHEN (current_user IN ('moltis_api', 'moltis_worker'))
	EXECUTE FUNCTION moltis.audit_honest();

CREATE FUNCTION moltis.audit_chain()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	h record;
BEGIN
	-- The lock of the event counter is the lock of the chain: one lock, one
	-- order, however events and entries are mixed.
	PERFORM FROM moltis.account_heads c WHERE c.account_id = new.account_id
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'account % has no counter', new.account_id;
	END IF;
	SELECT c.chain_seq, c.hash INTO h FROM moltis.audit_heads c
	WHERE c.account_id = new.account_id;
	IF NOT FOUND THEN
		INSERT INTO moltis.audit_heads AS c (account_id, oldest_at)
		VALUES (new.account_id, new.at)
		RETURNING c.chain_seq, c.hash INTO h;
	END IF;
	new.username := coalesce((SELECT u.username FROM moltis.users u
		WHERE u.id = new.user_id), '');
	new.chain_seq := h.chain_seq + 1;
	new.prev_hash := h.hash;
	new.hash := moltis.audit_digest(h.hash, new);
	UPDATE moltis.audit_heads c SET chain_seq = new.chain_seq, hash = new.hash
	WHERE c.account_id = new.account_id;
	RETURN new;
END
$$;
CREATE TRIGGER b_chain BEFORE INSERT ON moltis.audit FOR EACH ROW
	EXECUTE FUNCTION moltis.audit_chain();

-- Nobody changes or takes away an entry, the owner neither: only what is older
-- than a year goes, and the trail of an account that is gone itself.
CREATE FUNCTION moltis.audit_keep()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	IF tg_op = 'DELETE' THEN
		IF old.at < now() - interval '1 year' OR NOT EXISTS (
			SELECT FROM moltis.accounts c
			WHERE c.account_id = old.account_id) THEN
			RETURN old;
		END IF;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
		MESSAGE = 'the audit trail is append-only';
END
$$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON moltis.audit FOR EACH ROW
	EXECUTE FUNCTION moltis.audit_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON moltis.audit
	EXECUTE FUNCTION moltis.audit_keep();

-- ---------------------------------------------------------------------------
-- The deployment's own trail.

ALTER TABLE moltis.auth_log
	ADD COLUMN severity text NOT NULL DEFAULT 'info'
		CHECK (severity IN ('info', 'warn', 'alert')),
	ADD COLUMN username text NOT NULL DEFAULT '',
	ADD COLUMN chain_seq bigint UNIQUE, ADD COLUMN prev_hash bytea,
	ADD COLUMN hash bytea,
	ADD CONSTRAINT auth_log_chained CHECK ((chain_seq IS NULL) = (hash IS NULL));
CREATE INDEX auth_log_failures ON moltis.auth_log ((detail ->> 'login'), at)
	WHERE name = 'auth.login_failed';

CREATE TABLE moltis.auth_log_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	chain_seq bigint NOT NULL DEFAULT 0,
	hash bytea NOT NULL DEFAULT moltis.chain_start(),
	anchor_seq bigint NOT NULL DEFAULT 0,
	anchor_hash bytea NOT NULL DEFAULT moltis.chain_start(),
	oldest_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION moltis.auth_log_digest(p_prev bytea, a moltis.auth_log)
RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN sha256(p_prev || record_send(ROW('auth_log1'::text, a.chain_seq,
		a.id, a.at, a.name, a.severity, a.user_id, a.username, a.peer,
		a.detail)));
END
$$;

DO $$
DECLARE
	a moltis.auth_log;
	n bigint := 0;
	h bytea := moltis.chain_start();
BEGIN
	UPDATE moltis.auth_log o SET username = u.username
	FROM moltis.users u WHERE u.id = o.user_id;
	FOR a IN SELECT * FROM moltis.auth_log o ORDER BY o.id LOOP
		n := n + 1;
		a.chain_seq := n;
		UPDATE moltis.auth_log o SET chain_seq = n, prev_hash = h,
			hash = moltis.auth_log_digest(h, a)
		WHERE o.id = a.id RETURNING o.hash INTO h;
	END LOOP;
	INSERT INTO moltis.auth_log_head (chain_seq, hash, oldest_at)
	SELECT n, h, coalesce(min(o.at), now()) FROM moltis.auth_log o;
END
$$;

CREATE FUNCTION moltis.auth_log_name()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	new.username := coalesce((SELECT u.username FROM moltis.users u
		WHERE u.id = new.user_id), '');
	new.chain_seq := NULL;
	new.prev_hash := NULL;
	new.hash := NULL;
	RETURN new;
END
$$;
CREATE TRIGGER a_name BEFORE INSERT ON moltis.auth_log FOR EACH ROW
	EXECUTE FUNCTION moltis.auth_log_name();

-- One row of the whole deployment is locked here: at the commit, so that no
-- sign-in waits for the work of another, and always last.
CREATE FUNCTION moltis.auth_log_chain()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	h record;
	made bytea;
BEGIN
	SELECT * INTO h FROM moltis.auth_log_head FOR NO KEY UPDATE;
	new.chain_seq := h.chain_seq + 1;
	made := moltis.auth_log_digest(h.hash, new);
	UPDATE moltis.auth_log o SET chain_seq = new.chain_seq,
		prev_hash = h.hash, hash = made
	WHERE o.id = new.id;
	UPDATE moltis.auth_log_head SET chain_seq = new.chain_seq, hash = made;
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER chain AFTER INSERT ON moltis.auth_log
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	EXECUTE FUNCTION moltis.auth_log_chain();

CREATE FUNCTION moltis.auth_log_keep()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	IF tg_op = 'DELETE' THEN
		IF old.at < now() - interval '1 year' THEN
			RETURN old;
		END IF;
	ELSIF tg_op = 'UPDATE' THEN
		-- Only to be chained, once.
		IF old.chain_seq IS NULL AND (old.id, old.at, old.name, old.user_id,
			old.peer, old.detail, old.severity, old.username)
			IS NOT DISTINCT FROM (new.id, new.at, new.name, new.user_id,
			new.peer, new.detail, new.severity, new.username) THEN
			RETURN new;
		END IF;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
		MESSAGE = 'the audit trail is append-only';
END
$$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON moltis.auth_log FOR EACH ROW
	EXECUTE FUNCTION moltis.auth_log_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON moltis.auth_log
	EXECUTE FUNCTION moltis.auth_log_keep();

-- An account that goes takes its trail with it: where that ended stays here.
CREATE FUNCTION moltis.account_deleted()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	INSERT INTO moltis.auth_log (name, peer, severity, detail)
	SELECT 'account.deleted', '', 'warn', jsonb_build_object('account',
		old.account_id, 'name', old.name, 'entries', h.chain_seq,
		'hash', encode(h.hash, 'hex'))
	FROM (VALUES (1)) one (n)
	LEFT JOIN moltis.audit_heads h ON h.account_id = old.account_id;
	RETURN old;
END
$$;
CREATE TRIGGER account_deleted BEFORE DELETE ON moltis.accounts
	FOR EACH ROW EXECUTE FUNCTION moltis.account_deleted();

-- ---------------------------------------------------------------------------
-- Checking a chain, in pages: FROM what was seen last.

-- What is wrong first between an entry and the one before it.
CREATE FUNCTION moltis.chain_fault(p_before bigint, p_seq bigint,
	p_linked boolean, p_same boolean)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN p_seq > p_before + 2 THEN format(
			'and those up to %s were removed', p_seq - 1)
		WHEN p_seq > p_before + 1 THEN 'was removed'
		WHEN NOT p_same THEN 'was changed'
		WHEN NOT p_linked THEN
			'does not follow the one before it: one of the two was replaced'
		END
$$;

-- How a chain that was read to LAST ends, against its head.
CREATE FUNCTION moltis.chain_end_fault(p_last bigint, p_hash bytea,
	p_head bigint, p_head_hash bytea)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN p_head IS NULL AND p_last > 0 THEN
			'has no head: the record of the newest entry is gone'
		WHEN p_last > p_head THEN 'was put in after the newest'
		WHEN p_last < p_head - 1 THEN format(
			'and those up to %s, the newest, were removed', p_head)
		WHEN p_last < p_head THEN 'the newest, was removed'
		WHEN p_hash <> p_head_hash THEN 'is not what was written last'
		END
$$;

CREATE TYPE moltis.chain_page AS (
	checked integer,  -- entries of this page that are good
	seq bigint,       -- the last of them,
	hash text,        -- and its hash
	done boolean,     -- there are no more
	bad bigint,       -- number of the first bad one, or NULL
	fault text        -- what is wrong with it
);

-- Both trails in one form, oldest first; P_ACCOUNT NULL is the deployment's.
CREATE FUNCTION moltis.trail(p_account uuid, p_after bigint, p_max integer)
RETURNS TABLE (chain_seq bigint, prev_hash bytea, hash bytea, made bytea)
LANGUAGE sql STABLE AS $$
	(SELECT a.chain_seq, a.prev_hash, a.hash,
		moltis.audit_digest(a.prev_hash, a)
	FROM moltis.audit a WHERE p_account IS NOT NULL
		AND a.account_id = p_account AND a.chain_seq > p_after
	ORDER BY a.chain_seq LIMIT p_max)
	UNION ALL
	(SELECT a.chain_seq, a.prev_hash, a.hash,
		moltis.auth_log_digest(a.prev_hash, a)
	FROM moltis.auth_log a WHERE p_account IS NULL AND a.chain_seq > p_after
	ORDER BY a.chain_seq LIMIT p_max)
$$;

CREATE FUNCTION moltis.trail_head(p_account uuid)
RETURNS TABLE (chain_seq bigint, hash bytea, anchor_seq bigint,
	anchor_hash bytea) LANGUAGE sql STABLE AS $$
	SELECT h.chain_seq, h.hash, h.anchor_seq, h.anchor_hash
	FROM moltis.audit_heads h WHERE h.account_id = p_account
	UNION ALL
	SELECT h.chain_seq, h.hash, h.anchor_seq, h.anchor_hash
	FROM moltis.auth_log_head h WHERE p_account IS NULL
$$;

-- What is wrong where a trail begins: entries before its anchor, or an anchor
-- that no purge tells of.
CREATE FUNCTION moltis.trail_start_fault(p_account uuid, p_anchor bigint,
	p_hash bytea)
RETURNS text LANGUAGE sql STABLE AS $$
	WITH strays AS (
		SELECT FROM moltis.audit a WHERE p_account IS NOT NULL
			AND a.account_id = p_account AND a.chain_seq <= p_anchor
		UNION ALL
		SELECT FROM moltis.auth_log a WHERE p_account IS NULL
			AND (a.chain_seq <= p_anchor OR a.chain_seq IS NULL)
	), purges AS (
		SELECT a.detail FROM moltis.audit a WHERE p_account IS NOT NULL
			AND a.account_id = p_account AND a.name = 'audit.purged'
		UNION ALL
		SELECT a.detail FROM moltis.auth_log a WHERE p_account IS NULL
			AND a.name = 'audit.purged'
	)
	SELECT CASE WHEN EXISTS (SELECT FROM strays) THEN
			'or one before it was put in beside the chain'
		WHEN p_anchor > 0 AND NOT EXISTS (SELECT FROM purges p
			WHERE p.detail ->> 'through' = p_anchor::text
				AND p.detail ->> 'hash' = encode(p_hash, 'hex')) THEN
			'and those before it are gone, and no entry tells of a purge'
		END
$$;

-- FROM_SEQ NULL: from the anchor.
CREATE FUNCTION moltis.audit_verify(p_account uuid, p_from_seq bigint,
	p_from_hash text, p_max integer)
RETURNS moltis.chain_page LANGUAGE plpgsql STABLE AS $$
DECLARE
	h record;
	r record;
	p moltis.chain_page;
	last_hash bytea;
BEGIN
	SELECT * INTO h FROM moltis.trail_head(p_account);
	p.checked := 0;
	p.seq := coalesce(p_from_seq, h.anchor_seq, 0);
	last_hash := coalesce(decode(p_from_hash, 'hex'), h.anchor_hash,
		moltis.chain_start());
	IF p_from_seq IS NULL THEN
		p.fault := moltis.trail_start_fault(p_account, p.seq, last_hash);
		p.bad := CASE WHEN p.fault IS NOT NULL THEN p.seq END;
	END IF;
	FOR r IN SELECT * FROM moltis.trail(p_account, p.seq, p_max) LOOP
		EXIT WHEN p.bad IS NOT NULL;
		p.fault := moltis.chain_fault(p.seq, r.chain_seq,
			r.prev_hash = last_hash, r.hash = r.made);
		IF p.fault IS NOT NULL THEN
			p.bad := p.seq + 1;
			EXIT;
		END IF;
		p.seq := r.chain_seq;
		last_hash := r.hash;
		p.checked := p.checked + 1;
	END LOOP;
	p.done := p.bad IS NOT NULL OR p.checked < p_max;
	IF p.done AND p.bad IS NULL THEN
		p.fault := moltis.chain_end_fault(p.seq, last_hash, h.chain_seq,
			h.hash);
		p.bad := CASE WHEN p.fault IS NULL THEN NULL
			WHEN p.seq > h.chain_seq THEN h.chain_seq + 1
			WHEN p.seq < h.chain_seq THEN p.seq + 1 ELSE p.seq END;
	END IF;
	p.hash := encode(last_hash, 'hex');
	RETURN p;
END
$$;

-- Whose trails there are: for the operator on the server.
CREATE FUNCTION moltis.audit_accounts(p_account uuid, p_username text)
RETURNS TABLE (account_id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT a.account_id, a.name FROM moltis.accounts a
	WHERE session_user = 'moltis_owner'
		AND (p_account IS NULL OR a.account_id = p_account)
		AND (p_username IS NULL OR EXISTS (SELECT FROM moltis.memberships m
			JOIN moltis.users u ON u.id = m.user_id
			WHERE m.account_id = a.account_id AND m.is_owner
				AND u.username = lower(p_username)))
	ORDER BY a.created_at, a.account_id
$$;

-- ---------------------------------------------------------------------------
-- Retention (D53): a year, in steps of a month, so that the entry which tells
-- of a purge is one a month.  That entry is the anchor's witness.

CREATE FUNCTION moltis.audit_purge_one(p_account uuid)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	last record;
	n bigint;
BEGIN
	PERFORM FROM moltis.account_heads c WHERE c.account_id = p_account
	FOR NO KEY UPDATE;
	-- A prefix of the chain, at most so much at a time.
	SELECT max(x.chain_seq) AS seq INTO last FROM (
		SELECT a.chain_seq, bool_and(a.at < now() - interval '1 year')
			OVER (ORDER BY a.chain_seq) AS old
		FROM (SELECT * FROM moltis.audit o WHERE o.account_id = p_account
			ORDER BY o.chain_seq LIMIT 5000) a) x WHERE x.old;
	IF last.seq IS NULL THEN
		UPDATE moltis.audit_heads SET oldest_at = coalesce((SELECT a.at
			FROM moltis.audit a WHERE a.account_id = p_account
			ORDER BY a.chain_seq LIMIT 1), now())
		WHERE account_id = p_account;
		RETURN 0;
	END IF;
	UPDATE moltis.audit_heads h SET anchor_seq = a.chain_seq,
		anchor_hash = a.hash
	FROM moltis.audit a WHERE h.account_id = p_account
		AND a.account_id = p_account AND a.chain_seq = last.seq;
	DELETE FROM moltis.audit
	WHERE account_id = p_account AND chain_seq <= last.seq;
	GET DIAGNOSTICS n = ROW_COUNT;
	INSERT INTO moltis.audit (account_id, name, actor, via, peer, detail)
	SELECT p_account, 'audit.purged', 'system', 'server', '',
		jsonb_build_object('entries', n, 'through', h.anchor_seq,
			'hash', encode(h.anchor_hash, 'hex'))
	FROM moltis.audit_heads h WHERE h.account_id = p_account;
	UPDATE moltis.audit_heads SET oldest_at = (SELECT a.at
		FROM moltis.audit a WHERE a.account_id = p_account
		ORDER BY a.chain_seq LIMIT 1) WHERE account_id = p_account;
	RETURN n;
END
$$;

CREATE FUNCTION moltis.auth_log_purge()
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	last record;
	n bigint;
BEGIN
	PERFORM FROM moltis.auth_log_head FOR NO KEY UPDATE;
	SELECT max(x.chain_seq) AS seq INTO last FROM (
		SELECT a.chain_seq, bool_and(a.at < now() - interval '1 year')
			OVER (ORDER BY a.chain_seq) AS old
		FROM (SELECT * FROM moltis.auth_log o WHERE o.chain_seq IS NOT NULL
			ORDER BY o.chain_seq LIMIT 5000) a) x WHERE x.old;
	IF last.seq IS NULL THEN
		UPDATE moltis.auth_log_head SET oldest_at = coalesce((SELECT a.at
			FROM moltis.auth_log a ORDER BY a.chain_seq LIMIT 1), now());
		RETURN 0;
	END IF;
	UPDATE moltis.auth_log_head h SET anchor_seq = a.chain_seq,
		anchor_hash = a.hash
	FROM moltis.auth_log a WHERE a.chain_seq = last.seq;
	DELETE FROM moltis.auth_log WHERE chain_seq <= last.seq;
	GET DIAGNOSTICS n = ROW_COUNT;
	INSERT INTO moltis.auth_log (name, peer, detail)
	SELECT 'audit.purged', '', jsonb_build_object('entries', n, 'through',
		h.anchor_seq, 'hash', encode(h.anchor_hash, 'hex'))
	FROM moltis.auth_log_head h;
	UPDATE moltis.auth_log_head SET oldest_at = coalesce((SELECT a.at
		FROM moltis.auth_log a ORDER BY a.chain_seq LIMIT 1), now());
	RETURN n;
END
$$;

-- Worker: hourly, a few accounts at a time.
CREATE FUNCTION moltis.audit_purge()
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	acct uuid;
	n bigint := 0;
BEGIN
	FOR acct IN SELECT x.account_id FROM (SELECT h.account_id
			FROM moltis.audit_heads h
			WHERE h.oldest_at < now() - interval '13 months'
			ORDER BY h.oldest_at LIMIT 20) x ORDER BY 1 LOOP
		n := n + moltis.audit_purge_one(acct);
	END LOOP;
	IF EXISTS (SELECT FROM moltis.auth_log_head
		WHERE oldest_at < now() - interval '13 months') THEN
		n := n + moltis.auth_log_purge();
	END IF;
	RETURN n;
END
$$;

-- ---------------------------------------------------------------------------
-- What an owner should hear of (S276).

-- security_note(), at most once in SECS: a flood is a row, not a flood.
CREATE FUNCTION moltis.security_note_rarely(p_account uuid, p_name text,
	p_user uuid, p_peer text, p_detail jsonb, p_secs integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	IF moltis.throttle_hit('note.' || p_name, p_account::text, 1, p_secs) = 0
	THEN
		PERFORM moltis.security_note(p_account, p_name, p_user, p_peer,
			'warn', p_detail);
	END IF;
END
$$;

-- Commands: what the floor caught, people saying no again and again, what the
-- sandbox had to kill.
CREATE FUNCTION moltis.audit_watch()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	n integer;
	what jsonb := jsonb_build_object('request', new.detail -> 'request',
		'session', new.detail -> 'session', 'turn', new.detail -> 'turn');
BEGIN
	IF new.name = 'exec.requested' THEN
		IF new.detail -> 'floor' = 'true' THEN
			PERFORM moltis.security_note_rarely(new.account_id, 'command.floor',
				new.user_id, new.peer, what || jsonb_build_object('command',
				new.detail -> 'command', 'reason', new.detail -> 'reason'), 60);
		END IF;
	ELSIF new.name = 'exec.denied' THEN
		-- People decide at their pace: so many entries are ten minutes.
		SELECT count(*) INTO n FROM moltis.audit a
		WHERE a.account_id = new.account_id
			AND a.chain_seq > new.chain_seq - 5000
			AND a.name = 'exec.denied' AND a.at > now() - interval '10 minutes';
		IF n >= 5 THEN
			PERFORM moltis.security_note_rarely(new.account_id,
				'command.denials', new.user_id, new.peer,
				what || jsonb_build_object('count', n), 600);
		END IF;
	ELSE
		IF new.detail -> 'oom_killed' = 'true' THEN
			PERFORM moltis.security_note_rarely(new.account_id,
				'sandbox.oom', new.user_id, new.peer, what, 60);
		END IF;
		IF new.detail -> 'timed_out' = 'true' THEN
			PERFORM moltis.security_note_rarely(new.account_id,
				'sandbox.timeout', new.user_id, new.peer, what, 60);
		END IF;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER watch AFTER INSERT ON moltis.audit FOR EACH ROW
	WHEN (new.name IN ('exec.requested', 'exec.denied', 'exec.finished'))
	EXECUTE FUNCTION moltis.audit_watch();

CREATE OR REPLACE FUNCTION moltis.exec_finish(p_id uuid, p_result jsonb)
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
		'oom_killed', p_result -> 'oom_killed',
		'ms', (extract(epoch FROM now() - r.started_at) * 1000)::bigint));
	RETURN true;
END
$$;

-- The kill switch is heard of by those it concerns.
CREATE OR REPLACE FUNCTION moltis.exec_switch(p_username text, p_off boolean)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	accts uuid[];
	acct uuid;
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
	INSERT INTO moltis.auth_log (name, peer, severity, detail) VALUES (
		CASE WHEN p_off THEN 'exec.off' ELSE 'exec.on' END, 'cli', 'warn',
		jsonb_build_object('user', p_username));
	FOR acct IN SELECT h.account_id FROM moltis.account_heads h
		WHERE h.account_id = ANY (accts) ORDER BY 1 LOOP
		PERFORM moltis.security_note(acct, CASE WHEN p_off THEN 'exec.off'
			ELSE 'exec.on' END, NULL, 'cli', 'warn', jsonb_build_object(
			'everybody', p_username = ''));
	END LOOP;
	RETURN 'ok';
END
$$;

-- A login that failed, of a person or of nobody: the name itself is not
-- kept, people type passwords there.  The work is the same for both.
CREATE FUNCTION moltis.login_failed(p_username text, p_peer text,
	p_method text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	who uuid;
	called text;
	mark text;
	n integer;
BEGIN
	SELECT u.id, u.username INTO who, called FROM moltis.users u WHERE u.disabled_at IS NULL
		AND (u.username = lower(p_username) OR (p_username = ''
			AND (SELECT count(*) FROM moltis.users) = 1));
	mark := left(encode(sha256(convert_to(lower(coalesce(called,
		p_username)), 'UTF8')), 'hex'), 16);
	INSERT INTO moltis.auth_log (name, user_id, peer, severity, detail)
	VALUES ('auth.login_failed', who, p_peer, 'info',
		jsonb_build_object('login', mark, 'method', p_method));
	SELECT count(*) INTO n FROM moltis.auth_log l
	WHERE l.name = 'auth.login_failed' AND l.detail ->> 'login' = mark
		AND l.at > now() - interval '15 minutes';
	IF n < 5 OR moltis.throttle_hit('note.login_failures', mark, 1, 900) > 0
	THEN
		RETURN;
	END IF;
	INSERT INTO moltis.auth_log (name, user_id, peer, severity, detail)
	VALUES ('auth.login_failures', who, p_peer, 'warn',
		jsonb_build_object('login', mark, 'count', n));
	IF who IS NOT NULL THEN
		PERFORM moltis.security_note_person(who, 'auth.login_failures',
			p_peer, 'warn', jsonb_build_object('count', n, 'minutes', 15));
	END IF;
END
$$;

-- What of the deployment's trail a person finds in his own accounts as well.
CREATE FUNCTION moltis.auth_log_copy()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
	PERFORM moltis.security_note_person(new.user_id, new.name, new.peer,
		CASE new.name WHEN 'auth.password_changed' THEN 'warn' ELSE 'info' END,
		new.detail);
	RETURN NULL;
END
$$;
CREATE TRIGGER copy AFTER INSERT ON moltis.auth_log FOR EACH ROW
	WHEN (new.user_id IS NOT NULL AND new.name IN ('auth.setup_completed',
		'auth.login', 'auth.password_changed'))
	EXECUTE FUNCTION moltis.auth_log_copy();

-- A page elsewhere used the browser of somebody who is signed in here.
CREATE FUNCTION moltis.origin_rejected(p_token_hash bytea, p_origin text,
	p_via text, p_peer text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	who moltis.principal;
BEGIN
	who := moltis.principal_of_session(p_token_hash);
	IF who.user_id IS NOT NULL AND moltis.throttle_hit(
		'note.origin.rejected.' || p_via, who.account_id::text, 1, 60) = 0 THEN
		PERFORM moltis.security_note(who.account_id, 'origin.rejected',
			who.user_id, p_peer, 'warn', jsonb_build_object(
			'origin', left(p_origin, 200), 'via', p_via));
	END IF;
END
$$;

-- Ids of other accounts.  Looking one up needs an index that begins with it:
-- every table behind the fence that has ids gets one.
CREATE FUNCTION moltis.fence_ids(p_table regclass)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	col smallint;
BEGIN
	SELECT a.attnum INTO col FROM pg_catalog.pg_attribute a
	WHERE a.attrelid = p_table AND a.attname = 'id'
		AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped;
	IF col IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
		WHERE i.indrelid = p_table AND i.indkey[0] = col) THEN
		EXECUTE format('CREATE INDEX ON %s USING hash (id)', p_table);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION moltis.fence_ids(regclass) FROM PUBLIC;

SELECT moltis.fence_ids(a.attrelid) FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
WHERE c.relnamespace = 'moltis'::regnamespace AND a.attname = 'account_id'
	AND NOT a.attisdropped;
CREATE INDEX chat_sessions_by_key ON moltis.chat_sessions USING hash (key);

CREATE OR REPLACE FUNCTION moltis.fence(p_table regclass, p_grants text)
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
	PERFORM moltis.fence_ids(p_table);
END
$$;

-- Does one of the ids belong to an account that the entered person has
-- nothing to do with?
CREATE FUNCTION moltis.foreign_hit(p_ids uuid[])
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	mine uuid[] := ARRAY(SELECT m.account_id FROM moltis.memberships m
		WHERE m.user_id = moltis.ctx_user());
	t regclass;
	hit boolean;
BEGIN
	IF EXISTS (SELECT FROM moltis.chat_sessions s
		WHERE s.key IN (SELECT 'session:' || x FROM unnest(p_ids) x)
			AND s.account_id <> ALL (mine))
		OR EXISTS (SELECT FROM moltis.accounts a
		WHERE a.account_id = ANY (p_ids) AND a.account_id <> ALL (mine))
		OR EXISTS (SELECT FROM moltis.users u WHERE u.id = ANY (p_ids)
			AND NOT EXISTS (SELECT FROM moltis.memberships m
				WHERE m.user_id = u.id AND m.account_id = ANY (mine))) THEN
		RETURN true;
	END IF;
	FOR t IN SELECT DISTINCT i.indrelid FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid
			AND c.relnamespace = 'moltis'::regnamespace
		JOIN pg_attribute a ON a.attrelid = i.indrelid
			AND a.attnum = i.indkey[0] AND a.attname = 'id'
			AND a.atttypid = 'uuid'::regtype
		JOIN pg_attribute b ON b.attrelid = i.indrelid
			AND b.attname = 'account_id' AND NOT b.attisdropped LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s'
			' WHERE id = ANY ($1) AND account_id <> ALL ($2))', t)
		INTO hit USING p_ids, mine;
		IF hit THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;

-- After an answer "there is no such thing": whether it was somebody else's.
-- The account's trail says that it happened and not which id it was; the
-- deployment's says all.
CREATE FUNCTION moltis.miss_note(p_ids uuid[], p_method text, p_via text,
	p_peer text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
	acct uuid := moltis.ctx_account();
	home uuid;
BEGIN
	IF acct IS NULL OR NOT moltis.foreign_hit(p_ids) OR moltis.throttle_hit(
		'note.tenancy.foreign_id', acct::text, 1, 60) > 0 THEN
		RETURN;
	END IF;
	-- Not in the asker's own account: that would tell him what the answer
	-- does not, that such an id exists.
	FOR home IN SELECT m.account_id FROM moltis.memberships m
		JOIN moltis.users u ON u.id = m.user_id AND u.disabled_at IS NULL
		WHERE u.administrator AND m.is_owner ORDER BY 1 LOOP
		PERFORM moltis.security_note(home, 'tenancy.foreign_id',
			moltis.ctx_user(), p_peer, 'warn', jsonb_build_object('account',
			acct, 'method', p_method, 'via', p_via,
			'by', moltis.ctx_actor()));
	END LOOP;
	INSERT INTO moltis.auth_log (name, user_id, peer, severity, detail)
	VALUES ('tenancy.foreign_id', moltis.ctx_user(), p_peer, 'warn',
		jsonb_build_object('account', acct, 'method', p_method, 'via', p_via,
		'by', moltis.ctx_actor(), 'ids', to_jsonb(p_ids)));
END
$$;

-- "exec.*" is every name that begins so.
CREATE FUNCTION moltis.audit_matches(p_name text, p_event text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT p_event IS NULL OR p_name = p_event OR (right(p_event, 1) = '*'
		AND starts_with(p_name, left(p_event, -1)))
$$;

-- The deployment's trail, newest first, for its administrators.
CREATE FUNCTION moltis.deployment_audit(p_before bigint, p_event text,
	p_severity text, p_actor text, p_since bigint, p_until bigint,
	p_max integer)
RETURNS TABLE (id bigint, at_ms bigint, event text, severity text,
	user_id uuid, username text, actor text, via text, peer text,
	detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT l.chain_seq, moltis.epoch_ms(l.at), l.name, l.severity, l.user_id,
		l.username, CASE WHEN l.user_id IS NULL THEN 'nobody'
			ELSE 'person:' || l.user_id END,
		coalesce(l.detail ->> 'via', CASE WHEN l.peer = 'cli' THEN 'cli'
			ELSE 'server' END), l.peer, l.detail
	FROM moltis.auth_log l
	WHERE EXISTS (SELECT FROM moltis.users u WHERE u.id = moltis.ctx_user()
			AND u.administrator AND u.disabled_at IS NULL)
		AND l.chain_seq < coalesce(p_before, 9223372036854775807)
		AND moltis.audit_matches(l.name, p_event)
		AND (p_severity IS NULL OR l.severity = p_severity)
		AND (p_actor IS NULL OR l.username = lower(p_actor)
			OR l.user_id::text = p_actor)
		AND (p_since IS NULL OR moltis.epoch_ms(l.at) >= p_since)
		AND (p_until IS NULL OR moltis.epoch_ms(l.at) < p_until)
	ORDER BY l.chain_seq DESC LIMIT p_max
$$;

REVOKE ALL ON FUNCTION moltis.trail(uuid, bigint, integer),
	moltis.trail_head(uuid), moltis.trail_start_fault(uuid, bigint, bytea),
	moltis.audit_verify(uuid, bigint, text, integer),
	moltis.audit_accounts(uuid, text), moltis.audit_purge_one(uuid),
	moltis.auth_log_purge(), moltis.audit_purge(),
	moltis.security_note_rarely(uuid, text, uuid, text, jsonb, integer),
	moltis.foreign_hit(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.audit_purge() TO moltis_worker;
