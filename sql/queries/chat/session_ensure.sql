-- The session of this key, made when it is new.
-- tenant: row
-- params: key text, label text
-- returns: id uuid, created bool, entry jsonb
INSERT INTO moltis.chat_sessions AS s (account_id, key, label)
VALUES (moltis.ctx_account(), $1::text, $2::text)
ON CONFLICT (account_id, key) DO UPDATE SET key = excluded.key
RETURNING s.id, s.xmax = 0 AS created, moltis.session_entry(s) AS entry
