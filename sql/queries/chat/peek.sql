-- The running turn of a session and how many wait behind it.
-- tenant: row
-- params: key text
-- returns: turn_id uuid, state text, waiting bigint
SELECT t.id AS turn_id, t.state,
	count(*) OVER () - 1 AS waiting
FROM moltis.turns t
JOIN moltis.chat_sessions s ON s.account_id = t.account_id
	AND s.id = t.session_id
WHERE t.account_id = moltis.ctx_account() AND s.key = $1::text
	AND t.state IN ('queued', 'running')
ORDER BY t.state DESC, t.created_at LIMIT 1
