-- A new token for a login session whose own is a day old.
-- tenant: none: the token is the right
-- params: old_hash bytea, new_hash bytea
-- returns: done bool
SELECT moltis.session_rotate($1::bytea, $2::bytea) AS done
