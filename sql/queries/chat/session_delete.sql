-- Deletes a session with its messages and turns, unless a turn is running.
-- tenant: row
-- params: key text
-- returns: key text
DELETE FROM moltis.chat_sessions s
WHERE s.account_id = moltis.ctx_account() AND s.key = $1::text
RETURNING s.key
