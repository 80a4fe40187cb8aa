-- Drops transfers that nobody came for.
-- tenant: none: worker's cleaning over all accounts
-- params: none
-- returns: dropped bigint
SELECT moltis.workspace_purge() AS dropped
