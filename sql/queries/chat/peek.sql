-- The running turn of a session, what waits behind it, and which failed.
-- tenant: row
-- params: key text, failed_max int
-- returns: turn_id uuid, state text, waiting bigint, queued jsonb, failed jsonb
WITH s AS (
	SELECT c.account_id, c.id FROM moltis.chat_sessions c
	WHERE c.account_id = moltis.ctx_account() AND c.key = $1::text
), live AS (
	SELECT t.id, t.state, t.user_index, t.input, t.client_seq, t.created_at
	FROM s JOIN moltis.turns t ON t.account_id = s.account_id
		AND t.session_id = s.id AND t.state IN ('queued', 'running')
), failed AS (
	SELECT t.id, t.user_index, t.error, t.finished_at
	FROM s JOIN moltis.turns t ON t.account_id = s.account_id
		AND t.session_id = s.id AND t.state = 'failed'
	JOIN moltis.messages m ON m.account_id = t.account_id
		AND m.session_id = t.session_id AND m.index = t.user_index
		AND m.turn_id = t.id
	ORDER BY t.user_index DESC LIMIT $2::int
)
SELECT first.id AS turn_id, first.state, rest.waiting,
	coalesce((SELECT jsonb_agg(jsonb_build_object('runId', l.id,
		'text', l.input, 'seq', l.client_seq,
		'createdAt', moltis.epoch_ms(l.created_at))
		ORDER BY l.created_at, l.id)
		FROM live l WHERE l.user_index IS NULL), '[]') AS queued,
	coalesce((SELECT jsonb_agg(jsonb_build_object('runId', f.id,
		'messageIndex', f.user_index, 'error', f.error,
		'at', moltis.epoch_ms(f.finished_at)) ORDER BY f.user_index)
		FROM failed f), '[]') AS failed
FROM (SELECT greatest(count(*) - 1, 0) AS waiting FROM live) rest
LEFT JOIN LATERAL (SELECT l.id, l.state FROM live l
	ORDER BY l.state DESC, l.created_at, l.id LIMIT 1) first ON true
