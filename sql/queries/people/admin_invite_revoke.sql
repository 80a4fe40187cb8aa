-- Ends an open invitation of the deployment; again is fine.
-- tenant: none: administrators only
-- params: id uuid, peer text
-- returns: done int
SELECT 1 AS done WHERE moltis.admin_invite_revoke($1::uuid, $2::text)
