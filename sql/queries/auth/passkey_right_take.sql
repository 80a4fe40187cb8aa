-- Takes the challenge of somebody who is nobody yet away.
-- tenant: none: the setup code or invitation is the right
-- params: purpose text, right_hash bytea, challenge_id uuid
-- returns: challenge text, handle text, username text
SELECT challenge, handle, username FROM moltis.passkey_right_take($1::text, $2::bytea, $3::uuid)
