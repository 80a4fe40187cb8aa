-- Takes a challenge away, with the key that must have signed it.
-- tenant: none: the challenge serves once
-- params: token_hash bytea, challenge_id uuid, credential bytea
-- returns: challenge text, passkey_id uuid, cose_key text, handle text, backup_eligible bool
SELECT challenge, passkey_id, cose_key, handle, backup_eligible FROM moltis.passkey_proof_take($1::bytea, $2::uuid, $3::bytea)
