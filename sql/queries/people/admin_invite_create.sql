-- An invitation to an account of one's own, or back in, or raises.
-- tenant: none: administrators only
-- params: hash bytea, kind text, username text, administrator bool, note text, hours int, peer text
-- returns: id uuid, expires_ms bigint
SELECT id, expires_ms FROM moltis.admin_invite_create($1::bytea, $2::text,
	$3::text, $4::bool, $5::text, $6::int, $7::text)
