-- Moves the asking login session to another account of its person, or raises.
-- tenant: row
-- params: to_account uuid, peer text
-- returns: account_id uuid, name text, scopes int
SELECT account_id, name, scopes FROM moltis.account_switch($1::uuid, $2::text)
