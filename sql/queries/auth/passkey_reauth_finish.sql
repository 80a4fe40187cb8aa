-- Notes the fresh proof of a signed-in person.
-- tenant: none: the token is the right
-- params: passkey_id uuid, sign_count bigint, backed_up bool, token_hash bytea, peer text
-- returns: verdict text
SELECT moltis.passkey_reauth_finish($1::uuid, $2::bigint, $3::bool, $4::bytea, $5::text) AS verdict
