-- Removes a job with its runs.
-- tenant: row
-- params: job_id text
-- returns: job_id text
SELECT moltis.cron_job_remove($1::text) AS job_id
