-- A new session with the first messages of another.
-- tenant: row
-- params: key text, new_key text, label text, fork_point int
-- returns: id uuid, label text, message_count int
WITH parent AS (
	SELECT * FROM moltis.chat_sessions s
	WHERE s.account_id = moltis.ctx_account() AND s.key = $1::text
		AND $4::int <= s.message_count
), child AS (
	INSERT INTO moltis.chat_sessions AS c (account_id, key, label, model,
		parent_key, fork_point, message_count)
	SELECT p.account_id, $2::text, $3::text, p.model, p.key, $4::int, $4::int
	FROM parent p
	RETURNING c.account_id, c.id, c.label, c.message_count
), copied AS (
	INSERT INTO moltis.messages (account_id, session_id, index, turn_id, body,
		created_at)
	SELECT c.account_id, c.id, m.index, m.turn_id, m.body, m.created_at
	FROM child c, parent p
	JOIN moltis.messages m ON m.account_id = p.account_id
		AND m.session_id = p.id AND m.index < $4::int
)
SELECT c.id, c.label, c.message_count FROM child c
