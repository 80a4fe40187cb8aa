-- Notes that the person of a login session gave the password again.
-- tenant: none: the token is the right
-- params: token_hash bytea, seen_hash text, peer text
-- returns: done bool
SELECT moltis.session_prove($1::bytea, $2::text, $3::text) AS done
