-- The next bytes of an upload.
-- tenant: row
-- params: transfer_id uuid, index int, bytes bytea
-- returns: received bigint, state text
SELECT received, state FROM moltis.workspace_append($1::uuid, $2::int, $3::bytea)
