-- Begins a login by passkey; the same for every name.
-- tenant: none: asked before anybody is known
-- params: username text, challenge bytea, peer_key text
-- returns: challenge_id uuid, allowed jsonb
SELECT challenge_id, allowed FROM moltis.passkey_login_begin($1::text, $2::bytea, $3::text)
