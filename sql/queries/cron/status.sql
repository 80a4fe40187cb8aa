-- How many jobs there are, without those of the server.
-- tenant: row
-- params: none
-- returns: jobs bigint, enabled bigint, next_ms bigint
SELECT count(*) AS jobs, count(*) FILTER (WHERE j.enabled) AS enabled,
	moltis.epoch_ms(min(j.next_run_at) FILTER (WHERE j.enabled)) AS next_ms
FROM moltis.cron_jobs j
WHERE j.account_id = moltis.ctx_account() AND j.system_name IS NULL
