-- Live API keys of the entered person in this account, newest first.
-- tenant: row
-- params: none
-- returns: id uuid, label text, key_prefix text, scopes int, created_ms bigint, last_used_ms bigint, last_used_from text, expires_ms bigint, networks jsonb
SELECT id, label, key_prefix, coalesce(scopes, 0) AS scopes,
	moltis.epoch_ms(created_at) AS created_ms,
	moltis.epoch_ms(last_used_at) AS last_used_ms, last_used_from,
	moltis.epoch_ms(expires_at) AS expires_ms, to_jsonb(networks) AS networks
FROM moltis.api_keys
WHERE account_id = moltis.ctx_account() AND user_id = moltis.ctx_user()
	AND revoked_at IS NULL
ORDER BY created_at DESC, id
