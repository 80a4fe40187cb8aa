-- Writes a changed job.
-- tenant: row
-- params: job_id text, job jsonb, next_ms bigint, reschedule bool, counts bool
-- returns: entry jsonb
SELECT moltis.cron_job_put($1::text, $2::jsonb, $3::bigint, $4::bool, $5::bool) AS entry
