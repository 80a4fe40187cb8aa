-- Who this connection is, what it could do, and the database's clock.
-- tenant: none: catalogue only, for moltis doctor
-- params: none
-- returns: role text, superuser bool, bypass_rls bool, owns bool, now_ms bigint
SELECT r.rolname::text AS role, r.rolsuper AS superuser,
	r.rolbypassrls AS bypass_rls,
	EXISTS (SELECT FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'moltis'
			AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns,
	(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
