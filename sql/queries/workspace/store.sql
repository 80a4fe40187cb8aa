-- The next bytes of a download.
-- tenant: row
-- params: transfer_id uuid, index int, bytes bytea
-- returns: stored bool
SELECT moltis.workspace_store($1::uuid, $2::int, $3::bytea) AS stored
