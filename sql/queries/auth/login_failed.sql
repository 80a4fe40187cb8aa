-- A failed login in the deployment's trail, and a warning when there are many.
-- tenant: none: failed logins belong to nobody
-- params: username text, peer text, method text
-- returns: done void
SELECT moltis.login_failed($1::text, $2::text, $3::text) AS done
