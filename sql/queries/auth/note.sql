-- A line of the deployment's login log.
-- tenant: none: failed logins belong to nobody
-- params: name text, peer text, detail jsonb
-- returns: done void
SELECT moltis.auth_note($1::text, $2::text, coalesce($3::jsonb, '{}')) AS done
