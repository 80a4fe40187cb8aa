-- Gives turns of a worker back that only wait for a person.
-- tenant: none: worker's leases over all accounts; ids only
-- params: worker text, tokens uuid[]
-- returns: released bigint
SELECT moltis.turn_hand_over($1::text, $2::uuid[]) AS released
