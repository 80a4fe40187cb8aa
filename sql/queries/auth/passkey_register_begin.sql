-- Begins a registration, for a person who proved himself lately.
-- tenant: none: the token is the right
-- params: token_hash bytea, challenge bytea, handle bytea, peer_key text
-- returns: challenge_id uuid, handle text, username text, excluded jsonb
SELECT challenge_id, handle, username, excluded FROM moltis.passkey_register_begin($1::bytea, $2::bytea, $3::bytea, $4::text)
