-- The open invitations of the deployment.
-- tenant: none: administrators only
-- params: none
-- returns: id uuid, kind text, username text, administrator bool, note text, created_by text, created_ms bigint, expires_ms bigint
SELECT id, kind, username, administrator, note, created_by, created_ms,
	expires_ms
FROM moltis.admin_invite_list()
