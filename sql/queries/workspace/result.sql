-- How far a transfer is; a small download with its content.
-- tenant: row
-- params: transfer_id uuid, content_max bigint
-- returns: id uuid, session_key text, kind text, path text, state text, size bigint, chunks int, entries jsonb, status int, error text, content text
SELECT t.id, s.key AS session_key, t.kind, t.path, t.state, t.size, t.chunks,
	t.entries, t.status, t.error,
	CASE WHEN t.kind = 'get' AND t.state = 'done' AND t.size <= $2::bigint
		THEN coalesce((SELECT translate(encode(c.bytes, 'base64'), E'\n', '')
			FROM moltis.workspace_chunks c
			WHERE c.account_id = t.account_id AND c.transfer_id = t.id
				AND c.index = 0), '') END AS content
FROM moltis.workspace_transfers t
JOIN moltis.chat_sessions s ON s.account_id = t.account_id
	AND s.id = t.session_id
WHERE t.account_id = moltis.ctx_account() AND t.id = $1::uuid
