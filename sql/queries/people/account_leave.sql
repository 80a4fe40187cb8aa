-- Takes the entered person out of an account he does not own, or raises.
-- tenant: row
-- params: to_account uuid, peer text
-- returns: done void
SELECT moltis.account_leave($1::uuid, $2::text) AS done
