-- What came of a transfer.
-- tenant: row
-- params: transfer_id uuid, size bigint, entries jsonb, status int, code text, error text
-- returns: done bool
SELECT moltis.workspace_finish($1::uuid, $2::bigint, $3::jsonb, $4::int, $5::text, $6::text) AS done
