-- Ends a login session.
-- tenant: none: the token is the right
-- params: token_hash bytea
-- returns: done void
SELECT moltis.logout($1::bytea) AS done
