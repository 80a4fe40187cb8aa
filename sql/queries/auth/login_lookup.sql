-- What checking a password needs.
-- tenant: none: asked before anybody is known
-- params: username text
-- returns: user_id uuid, password_hash text
SELECT user_id, password_hash FROM moltis.login_lookup($1::text)
