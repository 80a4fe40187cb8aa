-- The entered person and account.
-- tenant: row
-- params: none
-- returns: user_id uuid, username text, administrator bool, account_id uuid, account_name text
SELECT user_id, username, administrator, account_id, account_name FROM moltis.whoami()
