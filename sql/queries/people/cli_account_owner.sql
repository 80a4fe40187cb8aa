-- The owners of accounts with a name, two at most.
-- tenant: none: owner role only
-- params: name text
-- returns: username text
SELECT username FROM moltis.cli_account_owner($1::text)
