-- What a worker needs to go on with a turn: session, newest messages, steps.
-- tenant: row
-- params: turn_id uuid, max_messages int
-- returns: session_id uuid, session_key text, model text, user_index int, client_seq bigint, abort_requested bool, attempts int, elapsed_ms bigint, origin text, timeout_secs int, image text, note text, messages jsonb, steps jsonb
SELECT t.session_id, s.key AS session_key, coalesce(t.model, s.model) AS model,
	t.user_index, t.client_seq, t.abort_requested, t.attempts,
	(extract(epoch FROM now() - t.started_at) * 1000)::bigint AS elapsed_ms,
	t.origin, t.timeout_secs, t.image, t.note,
	coalesce((SELECT jsonb_agg(m.body ORDER BY m.index) FROM (
		SELECT o.index, o.body FROM moltis.messages o
		WHERE o.account_id = t.account_id AND o.session_id = t.session_id
			AND o.index <= t.user_index
		ORDER BY o.index DESC LIMIT $2::int) m), '[]') AS messages,
	coalesce((SELECT jsonb_agg(jsonb_build_object('kind', p.kind,
		'body', p.body) ORDER BY p.step) FROM moltis.turn_steps p
		WHERE p.account_id = t.account_id AND p.turn_id = t.id), '[]') AS steps
FROM moltis.turns t
JOIN moltis.chat_sessions s ON s.account_id = t.account_id
	AND s.id = t.session_id
WHERE t.account_id = moltis.ctx_account() AND t.id = $1::uuid
