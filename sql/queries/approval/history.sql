-- The newest requests with what became of them.
-- tenant: row
-- params: max int
-- returns: requests jsonb
SELECT coalesce(jsonb_agg(moltis.exec_history_entry(r)
	ORDER BY r.created_at DESC, r.id), '[]') AS requests
FROM (SELECT * FROM moltis.exec_requests e
	WHERE e.account_id = moltis.ctx_account()
	ORDER BY e.created_at DESC, e.id LIMIT $1::int) r
