-- Turns of a session that are not finished, with a lock on the session.
-- tenant: row
-- params: key text
-- returns: id uuid, active bigint
SELECT s.id, (SELECT count(*) FROM moltis.turns t
	WHERE t.account_id = moltis.ctx_account() AND t.session_id = s.id
		AND t.state IN ('queued', 'running')) AS active
FROM moltis.chat_sessions s
WHERE s.account_id = moltis.ctx_account() AND s.key = $1::text
FOR UPDATE
