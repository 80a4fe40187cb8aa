-- Begins the registration of somebody who is invited.
-- tenant: none: the invitation is the right
-- params: right_hash bytea, username text, challenge bytea, handle bytea, peer_key text
-- returns: verdict text, challenge_id uuid, handle text, username text
SELECT verdict, challenge_id, handle, username FROM moltis.passkey_invite_begin($1::bytea, $2::text, $3::bytea, $4::bytea, $5::text)
