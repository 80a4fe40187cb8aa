-- Begins the first administrator by passkey.
-- tenant: none: the setup code is the right
-- params: code_hash bytea, username text, challenge bytea, handle bytea, peer_key text
-- returns: verdict text, challenge_id uuid
SELECT verdict, challenge_id FROM moltis.passkey_setup_begin($1::bytea, $2::text, $3::bytea, $4::bytea, $5::text)
