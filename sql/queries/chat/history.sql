-- A page of visible messages of a session, oldest first, before an index.
-- tenant: row
-- params: key text, before int, max int
-- returns: history jsonb, first_index int, total int
WITH s AS (
	SELECT * FROM moltis.chat_sessions c
	WHERE c.account_id = moltis.ctx_account() AND c.key = $1::text
), page AS (
	SELECT m.index, moltis.message_entry(m) AS entry
	FROM s JOIN moltis.messages m ON m.account_id = s.account_id
		AND m.session_id = s.id
	WHERE moltis.message_visible(m)
		AND ($2::int IS NULL OR m.index < $2::int)
	ORDER BY m.index DESC LIMIT $3::int
)
SELECT coalesce((SELECT jsonb_agg(p.entry ORDER BY p.index) FROM page p), '[]')
		AS history,
	coalesce((SELECT min(p.index) FROM page p), 0) AS first_index,
	coalesce((SELECT s.message_count FROM s), 0) AS total
