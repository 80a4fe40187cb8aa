-- What a setup code is worth; a wrong one is counted.
-- tenant: none: asked before anybody is known
-- params: code_hash bytea
-- returns: verdict text
SELECT moltis.setup_code_try($1::bytea) AS verdict
