-- One setting of the account.
-- tenant: row
-- params: setting text
-- returns: value jsonb
SELECT value FROM moltis.settings
WHERE account_id = moltis.ctx_account() AND name = $1::text
