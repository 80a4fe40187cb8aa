-- Runs a job now.
-- tenant: row
-- params: job_id text, force bool
-- returns: job_id text, turn_id uuid
SELECT job_id, turn_id FROM moltis.cron_job_run($1::text, $2::bool)
