-- Counts one call of the entered person against a limit, or raises.
-- tenant: row
-- params: class text, max int, window_secs int
-- returns: done void
SELECT moltis.rate_take($1::text, $2::int, $3::int) AS done
