-- Begins a fresh proof of a signed-in person.
-- tenant: none: the token is the right
-- params: token_hash bytea, challenge bytea, peer_key text
-- returns: challenge_id uuid, allowed jsonb
SELECT challenge_id, allowed FROM moltis.passkey_reauth_begin($1::bytea, $2::bytea, $3::text)
