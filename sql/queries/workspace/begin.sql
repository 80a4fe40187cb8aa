-- Writes down what is wanted of a session's workspace.
-- tenant: row
-- params: key text, kind text, path text, declared bigint
-- returns: transfer_id uuid
SELECT moltis.workspace_begin($1::text, $2::text, $3::text, $4::bigint) AS transfer_id
