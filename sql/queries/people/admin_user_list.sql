-- A page of the people of the deployment, for its administrators.
-- tenant: none: administrators only, counts and names
-- params: username text, after_id uuid, limit int
-- returns: id uuid, username text, administrator bool, disabled bool, created_ms bigint, last_seen_ms bigint, accounts bigint, has_password bool, passkeys int
SELECT id, username, administrator, disabled, created_ms, last_seen_ms,
	accounts, has_password, passkeys
FROM moltis.admin_user_list($1::text, $2::uuid, $3::int)
