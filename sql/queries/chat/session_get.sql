-- One session.
-- tenant: row
-- params: key text
-- returns: id uuid, entry jsonb
SELECT s.id, moltis.session_entry(s) AS entry FROM moltis.chat_sessions s
WHERE s.account_id = moltis.ctx_account() AND s.key = $1::text
