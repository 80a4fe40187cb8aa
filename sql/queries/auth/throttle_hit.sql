-- Counts an attempt; seconds to wait, 0 when it is allowed.
-- tenant: none: asked before anybody is known
-- params: class text, subject text, max int, window_secs int
-- returns: wait_secs int
SELECT moltis.throttle_hit($1::text, $2::text, $3::int, $4::int) AS wait_secs
