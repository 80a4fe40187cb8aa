-- Closes runs that hang and forgets old ones.
-- tenant: none: retention, over all accounts
-- params: none
-- returns: purged bigint
SELECT moltis.cron_purge() AS purged
