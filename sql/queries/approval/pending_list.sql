-- Requests a person can still decide, oldest first.
-- tenant: row
-- params: none
-- returns: pending jsonb, requests jsonb
SELECT coalesce(jsonb_agg(r.id ORDER BY r.created_at), '[]') AS pending,
	coalesce(jsonb_agg(moltis.exec_entry(r) ORDER BY r.created_at), '[]')
		AS requests
FROM moltis.exec_requests r
WHERE r.account_id = moltis.ctx_account() AND r.state = 'pending'
	AND r.expires_at > now()
