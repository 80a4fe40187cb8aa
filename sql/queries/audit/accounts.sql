-- Accounts whose trail the operator wants checked; NULL and NULL: all.
-- tenant: none: owner role only
-- params: account uuid, username text
-- returns: account_id uuid, name text
SELECT account_id, name FROM moltis.audit_accounts($1::uuid, $2::text)
