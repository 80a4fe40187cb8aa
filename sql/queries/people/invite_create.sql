-- A new invitation into the entered account, or raises.
-- tenant: row
-- params: hash bytea, scopes int, note text, hours int
-- returns: id uuid, expires_ms bigint
SELECT id, expires_ms
FROM moltis.invite_create($1::bytea, $2::int, $3::text, $4::int)
