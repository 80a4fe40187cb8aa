-- What a worker is to do, from its beginning.
-- tenant: row
-- params: transfer_id uuid
-- returns: session_id uuid, kind text, path text, size bigint, attempts int, expired bool
SELECT session_id, kind, path, size, attempts, expired FROM moltis.workspace_load($1::uuid)
