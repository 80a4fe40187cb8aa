-- Counts of the entered account.
-- tenant: row
-- params: none
-- returns: sessions bigint, running bigint, queued bigint
SELECT (SELECT count(*) FROM moltis.chat_sessions
		WHERE account_id = moltis.ctx_account()) AS sessions,
	count(*) FILTER (WHERE state = 'running') AS running,
	count(*) FILTER (WHERE state = 'queued') AS queued
FROM moltis.turns WHERE account_id = moltis.ctx_account()
	AND state IN ('queued', 'running')
