-- Longer leases for running turns; which are to stop, which are lost.
-- tenant: none: worker's leases over all accounts; ids only
-- params: worker text, lease_secs int, tokens uuid[]
-- returns: turn_id uuid, abort_requested bool
SELECT turn_id, abort_requested FROM moltis.turn_renew($1::text, $2::int, $3::uuid[])
