-- Drops a transfer of one's own; what changes files under way goes on.
-- tenant: row
-- params: transfer_id uuid
-- returns: id uuid
DELETE FROM moltis.workspace_transfers t
WHERE t.account_id = moltis.ctx_account() AND t.id = $1::uuid
	AND t.user_id = moltis.ctx_user()
	AND (t.state <> 'running' OR t.kind IN ('list', 'get'))
RETURNING t.id
