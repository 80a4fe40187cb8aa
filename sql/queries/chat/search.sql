-- Messages of the account that contain a text, newest first.
-- tenant: row
-- params: query text, max int
-- returns: hits jsonb
SELECT coalesce(jsonb_agg(h.hit), '[]') AS hits FROM (
	SELECT jsonb_build_object('sessionKey', s.key, 'label', s.label,
		'role', m.body ->> 'role', 'messageIndex', m.index,
		'snippet', substr(m.body ->> 'content', greatest(1,
			strpos(lower(m.body ->> 'content'), lower($1::text)) - 60), 200))
		AS hit
	FROM moltis.messages m
	JOIN moltis.chat_sessions s ON s.account_id = m.account_id
		AND s.id = m.session_id
	WHERE m.account_id = moltis.ctx_account()
		AND strpos(lower(m.body ->> 'content'), lower($1::text)) > 0
	ORDER BY m.created_at DESC LIMIT $2::int
) h
