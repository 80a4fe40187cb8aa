-- Makes the login session after a signature was verified.
-- tenant: none: makes the credential
-- params: passkey_id uuid, sign_count bigint, backed_up bool, token_hash bytea, peer text, user_agent text
-- returns: verdict text
SELECT moltis.passkey_login_finish($1::uuid, $2::bigint, $3::bool, $4::bytea, $5::text, $6::text) AS verdict
