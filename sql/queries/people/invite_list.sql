-- The open invitations into the entered account.
-- tenant: row
-- params: none
-- returns: id uuid, scopes int, note text, created_by text, created_ms bigint, expires_ms bigint
SELECT id, scopes, note, created_by, created_ms, expires_ms
FROM moltis.invite_list()
