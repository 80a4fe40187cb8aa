-- The operator's kill switch of commands.
-- tenant: none: owner role only, one account or all
-- params: username text, off bool
-- returns: verdict text
SELECT moltis.exec_switch($1::text, $2::bool) AS verdict
