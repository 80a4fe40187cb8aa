-- A job that is to be changed, locked.
-- tenant: row
-- params: job_id text
-- returns: entry jsonb, now_ms bigint
SELECT entry, now_ms FROM moltis.cron_job_lock($1::text)
