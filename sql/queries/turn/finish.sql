-- Ends a turn; its lease ends with it.
-- tenant: row
-- params: turn_id uuid, state text, error jsonb
-- returns: turn_id uuid
UPDATE moltis.turns t SET state = $2::text, error = $3::jsonb,
	finished_at = now(), lease_token = NULL, lease_until = NULL
WHERE t.account_id = moltis.ctx_account() AND t.id = $1::uuid
	AND t.state = 'running'
RETURNING t.id AS turn_id
