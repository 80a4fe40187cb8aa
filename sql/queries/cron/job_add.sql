-- A new job, if the limits let it.
-- tenant: row
-- params: job jsonb, next_ms bigint, rate_max int, window_secs int, tool_call text
-- returns: entry jsonb
SELECT moltis.cron_job_add($1::jsonb, $2::bigint, $3::int, $4::int, $5::text) AS entry
