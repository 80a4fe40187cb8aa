-- Forgets the messages of a session.
-- tenant: row
-- params: session_id uuid
-- returns: entry jsonb
WITH gone AS (
	DELETE FROM moltis.messages m
	WHERE m.account_id = moltis.ctx_account() AND m.session_id = $1::uuid
)
UPDATE moltis.chat_sessions s SET message_count = 0, version = s.version + 1,
	updated_at = now()
WHERE s.account_id = moltis.ctx_account() AND s.id = $1::uuid
RETURNING moltis.session_entry(s) AS entry
