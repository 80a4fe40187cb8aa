-- The people of the entered account.
-- tenant: row
-- params: none
-- returns: user_id uuid, username text, scopes int, is_owner bool, created_ms bigint, last_seen_ms bigint
SELECT user_id, username, scopes, is_owner, created_ms, last_seen_ms
FROM moltis.member_list()
