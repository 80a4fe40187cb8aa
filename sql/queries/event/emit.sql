-- One event of the account, in the transaction of the change it tells about.
-- tenant: row
-- params: name text, scope int, payload jsonb
-- returns: seq bigint
SELECT moltis.emit($1::text, $2::int, coalesce($3::jsonb, '{}')) AS seq
