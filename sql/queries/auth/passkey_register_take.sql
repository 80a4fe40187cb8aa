-- Takes the challenge of a registration away.
-- tenant: none: the token is the right
-- params: token_hash bytea, challenge_id uuid
-- returns: challenge text
SELECT moltis.passkey_register_take($1::bytea, $2::uuid) AS challenge
