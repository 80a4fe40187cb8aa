-- Sets the scopes of a member, or raises; his name.
-- tenant: row
-- params: user_id uuid, scopes int
-- returns: username text
SELECT moltis.member_update($1::uuid, $2::int) AS username
