-- The account's audit trail, newest first.
-- tenant: row
-- params: before bigint, event text, severity text, actor text, since_ms bigint, until_ms bigint, max int
-- returns: id bigint, at_ms bigint, event text, severity text, user_id uuid, username text, actor text, via text, peer text, detail jsonb
SELECT a.chain_seq AS id, moltis.epoch_ms(a.at) AS at_ms, a.name AS event,
	a.severity, a.user_id, a.username, a.actor, a.via, a.peer, a.detail
FROM moltis.audit a
WHERE a.account_id = moltis.ctx_account()
	AND a.chain_seq < coalesce($1::bigint, 9223372036854775807)
	AND moltis.audit_matches(a.name, $2::text)
	AND ($3::text IS NULL OR a.severity = $3::text)
	AND ($4::text IS NULL OR a.username = lower($4::text)
		OR a.user_id::text = $4::text OR a.actor = $4::text)
	AND ($5::bigint IS NULL OR moltis.epoch_ms(a.at) >= $5::bigint)
	AND ($6::bigint IS NULL OR moltis.epoch_ms(a.at) < $6::bigint)
ORDER BY a.chain_seq DESC LIMIT $7::int
