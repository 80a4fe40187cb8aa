-- Gives every running turn of a worker back at once.
-- tenant: none: worker's leases over all accounts; ids only
-- params: worker text
-- returns: released bigint
SELECT moltis.turn_release($1::text) AS released
