-- Gives the entered account another name; the one before.
-- tenant: row
-- params: name text
-- returns: old_name text
SELECT moltis.account_rename($1::text) AS old_name
