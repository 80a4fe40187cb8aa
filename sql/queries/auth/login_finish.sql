-- Makes the login session after the password was verified.
-- tenant: none: makes the credential
-- params: user_id uuid, seen_hash text, new_hash text, token_hash bytea, peer text, user_agent text, peer_key text, device bytea
-- returns: done bool
SELECT moltis.login_finish($1::uuid, $2::text, $3::text, $4::bytea, $5::text, $6::text, $7::text, $8::bytea) AS done
