-- Sessions of the account, oldest first, after a cursor.
-- tenant: row
-- params: max int, after_ms bigint, after_key text
-- returns: entry jsonb, key text, created_ms bigint
SELECT moltis.session_entry(s) AS entry, s.key,
	moltis.epoch_ms(s.created_at) AS created_ms
FROM moltis.chat_sessions s
WHERE s.account_id = moltis.ctx_account()
	AND ($2::bigint IS NULL
		OR (moltis.epoch_ms(s.created_at), s.key) > ($2::bigint, $3::text))
ORDER BY moltis.epoch_ms(s.created_at), s.key LIMIT $1::int
