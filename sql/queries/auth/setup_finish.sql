-- Consumes the setup code and makes the first administrator with an account.
-- tenant: none: asked before anybody is known
-- params: code_hash bytea, username text, password_hash text, token_hash bytea, peer text, user_agent text
-- returns: verdict text
SELECT moltis.setup_finish($1::bytea, $2::text, $3::text, $4::bytea, $5::text, $6::text) AS verdict
