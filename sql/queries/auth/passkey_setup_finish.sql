-- Makes the first administrator with a verified passkey.
-- tenant: none: the setup code is the right
-- params: code_hash bytea, username text, handle bytea, name text, credential bytea, cose_key bytea, sign_count bigint, backup_eligible bool, backed_up bool, token_hash bytea, peer text, user_agent text
-- returns: verdict text
SELECT moltis.passkey_setup_finish($1::bytea, $2::text, $3::bytea, ROW($4::text, $5::bytea, $6::bytea, $7::bigint, $8::bool, $9::bool)::moltis.new_passkey, $10::bytea, $11::text, $12::text) AS verdict
