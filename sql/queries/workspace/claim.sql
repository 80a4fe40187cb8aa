-- Takes waiting transfers, and those whose worker is gone.
-- tenant: none: worker's claim over all accounts; ids only
-- params: worker text, lease_secs int, max int
-- returns: account_id uuid, transfer_id uuid, lease_token uuid
SELECT account_id, transfer_id, lease_token FROM moltis.workspace_claim($1::text, $2::int, $3::int)
