-- Replaces the password and ends the person's other login sessions.
-- tenant: none: the token is the right
-- params: token_hash bytea, seen_hash text, new_hash text, peer text
-- returns: done bool
SELECT moltis.password_put($1::bytea, $2::text, $3::text, $4::text) AS done
