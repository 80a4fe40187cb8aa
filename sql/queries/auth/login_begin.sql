-- May a password be tried, and against what is it checked.
-- tenant: none: asked before anybody is known
-- params: peer_key text, username text, device bytea, max int, window_secs int
-- returns: verdict text, wait_secs int, user_id uuid, password_hash text, device_known bool
SELECT verdict, wait_secs, user_id, password_hash, device_known
FROM moltis.login_begin($1::text, $2::text, $3::bytea, $4::int, $5::int)
