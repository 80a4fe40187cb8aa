-- The password hash of the person behind a login session.
-- tenant: none: the token is the right
-- params: token_hash bytea
-- returns: user_id uuid, username text, password_hash text
SELECT user_id, username, password_hash FROM moltis.session_password($1::bytea)
