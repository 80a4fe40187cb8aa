-- Makes runs of claimed jobs, each with its next time.
-- tenant: none: worker only, jobs it has claimed; ids only
-- params: worker text, items jsonb, max_running int
-- returns: account_id uuid, job_id uuid, verdict text
SELECT account_id, job_id, verdict
FROM moltis.cron_fire($1::text, $2::jsonb, $3::int)
