-- Some bytes of an upload that a worker moves.
-- tenant: row
-- params: transfer_id uuid, index int
-- returns: bytes bytea
SELECT c.bytes FROM moltis.workspace_chunks c
JOIN moltis.workspace_transfers t ON t.account_id = c.account_id
	AND t.id = c.transfer_id
WHERE c.account_id = moltis.ctx_account() AND c.transfer_id = $1::uuid
	AND c.index = $2::int AND t.kind = 'put' AND t.state = 'running'
