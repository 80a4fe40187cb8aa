-- Gives transfers of a worker back at once: one, or all.
-- tenant: none: worker's leases over all accounts; ids only
-- params: worker text, lease_token uuid
-- returns: released bigint
SELECT moltis.workspace_release($1::text, $2::uuid) AS released
