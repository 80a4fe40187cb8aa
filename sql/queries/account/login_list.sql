-- Live login sessions of the entered person, last used first.
-- tenant: row
-- params: none
-- returns: id uuid, current bool, method text, peer text, user_agent text, account_id uuid, account_name text, created_ms bigint, last_seen_ms bigint, expires_ms bigint
SELECT id, current, method, peer, user_agent, account_id, account_name,
	created_ms, last_seen_ms, expires_ms
FROM moltis.my_sessions()
