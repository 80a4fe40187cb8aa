-- Becomes the person of a transfer whose lease is held, or raises.
-- tenant: none: makes the tenant
-- params: account_id uuid, transfer_id uuid, lease_token uuid
-- returns: entered bool
SELECT moltis.workspace_enter($1::uuid, $2::uuid, $3::uuid) AS entered
