-- The last runs of a job that have ended, newest first.
-- tenant: row
-- params: job_id text, max int
-- returns: found bool, runs jsonb
WITH j AS (SELECT c.id FROM moltis.cron_jobs c
	WHERE c.account_id = moltis.ctx_account()
		AND (c.id::text = lower($1::text) OR c.system_name = $1::text))
SELECT EXISTS (SELECT FROM j) AS found, coalesce((
	SELECT jsonb_agg(moltis.cron_run_entry(r.o)) FROM (
		SELECT o FROM moltis.cron_runs o
		WHERE o.account_id = moltis.ctx_account()
			AND o.job_id = (SELECT id FROM j) AND o.state <> 'running'
		ORDER BY o.started_at DESC LIMIT $2::int) r), '[]') AS runs
