-- Takes waiting turns, and those whose worker is gone.
-- tenant: none: worker's claim over all accounts; ids only
-- params: worker text, lease_secs int, max int
-- returns: account_id uuid, turn_id uuid, lease_token uuid, attempts int
SELECT account_id, turn_id, lease_token, attempts FROM moltis.turn_claim($1::text, $2::int, $3::int)
