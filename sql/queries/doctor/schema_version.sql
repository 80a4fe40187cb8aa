-- The last migration that was applied.
-- tenant: none: deployment-wide number, for moltis doctor
-- params: none
-- returns: version int
SELECT coalesce(max(version), 0) AS version FROM public.schema_migrations
