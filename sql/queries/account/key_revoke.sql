-- Ends an API key of the entered person; again is fine.
-- tenant: row
-- params: id uuid
-- returns: id uuid, label text
UPDATE moltis.api_keys SET revoked_at = coalesce(revoked_at, now())
WHERE account_id = moltis.ctx_account() AND user_id = moltis.ctx_user()
	AND id = $1::uuid
RETURNING id, label
