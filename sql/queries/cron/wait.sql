-- Milliseconds until some job is due.
-- tenant: none: one number of the deployment
-- params: none
-- returns: wait_ms bigint
SELECT moltis.cron_wait() AS wait_ms
