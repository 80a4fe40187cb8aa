-- The deployment's own trail, newest first.
-- tenant: none: rows of no account, for administrators of the deployment
-- params: before bigint, event text, severity text, actor text, since_ms bigint, until_ms bigint, max int
-- returns: id bigint, at_ms bigint, event text, severity text, user_id uuid, username text, actor text, via text, peer text, detail jsonb
SELECT id, at_ms, event, severity, user_id, username, actor, via, peer, detail
FROM moltis.deployment_audit($1::bigint, $2::text, $3::text, $4::text,
	$5::bigint, $6::bigint, $7::int)
