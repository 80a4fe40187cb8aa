-- Sets one setting of the account; NULL takes it back.
-- tenant: row
-- params: setting text, value jsonb
-- returns: name text
WITH gone AS (
	DELETE FROM moltis.settings
	WHERE account_id = moltis.ctx_account() AND name = $1::text
		AND $2::jsonb IS NULL
	RETURNING name
), put AS (
	INSERT INTO moltis.settings (account_id, name, value)
	SELECT moltis.ctx_account(), $1::text, $2::jsonb
	WHERE $2::jsonb IS NOT NULL
	ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value,
		updated_at = now()
	RETURNING name
)
SELECT name FROM gone UNION ALL SELECT name FROM put
