-- Takes due jobs of any account for a moment.
-- tenant: none: worker's claim over all accounts; ids and schedules only
-- params: worker text, lease_secs int, max int
-- returns: account_id uuid, job_id uuid, version bigint, schedule jsonb, slot_ms bigint, now_ms bigint
SELECT account_id, job_id, version, schedule, slot_ms, now_ms
FROM moltis.cron_claim($1::text, $2::int, $3::int)
