-- Every table with rows of accounts, and whether the fence stands around it.
-- tenant: none: catalogue only, for moltis doctor
-- params: none
-- returns: name text, enabled bool, forced bool, has_policy bool
SELECT c.relname::text AS name, c.relrowsecurity AS enabled,
	c.relforcerowsecurity AS forced,
	EXISTS (SELECT FROM pg_catalog.pg_policy p
		WHERE p.polrelid = c.oid AND p.polname = 'tenant') AS has_policy
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
	AND a.attname = 'account_id' AND NOT a.attisdropped
WHERE n.nspname = 'moltis' AND c.relkind IN ('r', 'p')
ORDER BY c.relname
