-- Tells the counters of the entered person and account how many calls a
-- process has let through, or raises.
-- tenant: row
-- params: class text, person int, person_max int, account int, account_max int
-- returns: done void
SELECT moltis.meter_take($1::text, $2::int, $3::int, $4::int, $5::int) AS done
