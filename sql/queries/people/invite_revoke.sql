-- Ends an open invitation of the entered account; again is fine.
-- tenant: row
-- params: invite_id uuid
-- returns: done int
SELECT 1 AS done WHERE moltis.invite_revoke($1::uuid)
