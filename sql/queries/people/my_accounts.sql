-- Every account of the entered person.
-- tenant: row
-- params: none
-- returns: account_id uuid, name text, is_owner bool, scopes int, current bool, disabled bool
SELECT account_id, name, is_owner, scopes, current, disabled FROM moltis.my_accounts()
