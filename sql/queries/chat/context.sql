-- The session with the tokens its answers used.
-- tenant: row
-- params: key text
-- returns: entry jsonb, input_tokens bigint, output_tokens bigint
SELECT moltis.session_entry(s) AS entry,
	coalesce(u.input_tokens, 0) AS input_tokens,
	coalesce(u.output_tokens, 0) AS output_tokens
FROM moltis.chat_sessions s
LEFT JOIN LATERAL (
	SELECT sum((m.body ->> 'inputTokens')::bigint)::bigint AS input_tokens,
		sum((m.body ->> 'outputTokens')::bigint)::bigint AS output_tokens
	FROM moltis.messages m
	WHERE m.account_id = s.account_id AND m.session_id = s.id
		AND m.body ->> 'role' = 'assistant'
) u ON true
WHERE s.account_id = moltis.ctx_account() AND s.key = $1::text
