-- Drops the messages of a session that wait behind a run.
-- tenant: row
-- params: key text
-- returns: cleared int
SELECT moltis.chat_cancel_queued($1::text) AS cleared
