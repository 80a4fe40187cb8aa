-- Takes a member out of the entered account, or raises; his name.
-- tenant: row
-- params: user_id uuid
-- returns: username text
SELECT moltis.member_remove($1::uuid) AS username
