-- Checks a credential and its scope and sets the tenant, or raises.
-- tenant: none: makes the tenant
-- params: kind text, hash bytea, username text, scope int, mask int, demand int, peer text
-- returns: user_id uuid, username text, account_id uuid, credential_id uuid, scopes int, expires_ms bigint, administrator bool, rotate bool, socket_hash bytea
SELECT user_id, username, account_id, credential_id, scopes, expires_ms,
	administrator, rotate, socket_hash
FROM moltis.enter($1::text, $2::bytea, $3::text, $4::int, $5::int, $6::int,
	$7::text)
