-- The entered person and account, and how the person was let in.
-- tenant: row
-- params: none
-- returns: user_id uuid, username text, administrator bool, has_password bool, account_id uuid, account_name text, method text, fresh_ms bigint
SELECT user_id, username, administrator, has_password, account_id,
	account_name, method, fresh_ms
FROM moltis.whoami()
