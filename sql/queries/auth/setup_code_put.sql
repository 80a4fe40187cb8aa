-- Stores the hash of a new setup code; false when there is an administrator.
-- tenant: none: deployment setup, owner role only
-- params: hash bytea
-- returns: stored bool
SELECT moltis.setup_code_put($1::bytea) AS stored
