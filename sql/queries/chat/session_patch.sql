-- Changes what is given of a session; each value has a flag that says so.
-- tenant: row
-- params: key text, set_label bool, label text, set_model bool, model text, archived bool
-- returns: entry jsonb
UPDATE moltis.chat_sessions s SET
	label = CASE WHEN $2::bool THEN $3::text ELSE s.label END,
	model = CASE WHEN $4::bool THEN $5::text ELSE s.model END,
	archived = coalesce($6::bool, s.archived),
	version = s.version + 1, updated_at = now()
WHERE s.account_id = moltis.ctx_account() AND s.key = $1::text
RETURNING moltis.session_entry(s) AS entry
