-- Stores a verified passkey of a signed-in person.
-- tenant: none: the token is the right
-- params: token_hash bytea, name text, credential bytea, cose_key bytea, sign_count bigint, backup_eligible bool, backed_up bool, peer text
-- returns: id uuid
SELECT moltis.passkey_register_finish($1::bytea, ROW($2::text, $3::bytea, $4::bytea, $5::bigint, $6::bool, $7::bool)::moltis.new_passkey, $8::text) AS id
