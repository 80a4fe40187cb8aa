-- Every job of the account, the oldest first.
-- tenant: row
-- params: none
-- returns: jobs jsonb
SELECT coalesce(jsonb_agg(moltis.cron_job_entry(j) ORDER BY j.created_at, j.id),
	'[]') AS jobs
FROM moltis.cron_jobs j WHERE j.account_id = moltis.ctx_account()
