-- Longer leases for transfers under way; those missing are lost.
-- tenant: none: worker's leases over all accounts; ids only
-- params: worker text, lease_secs int, tokens uuid[]
-- returns: transfer_id uuid
SELECT transfer_id FROM moltis.workspace_renew($1::text, $2::int, $3::uuid[])
