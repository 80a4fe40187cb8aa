-- Counts a wrong password against the address, the name or the device.
-- tenant: none: failed logins belong to nobody
-- params: peer text, peer_key text, username text, device bytea
-- returns: done void
SELECT moltis.login_failure($1::text, $2::text, $3::text, $4::bytea) AS done
