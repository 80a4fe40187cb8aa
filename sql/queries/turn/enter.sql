-- Becomes the account of a turn whose lease is held, or raises.
-- tenant: none: makes the tenant
-- params: account_id uuid, turn_id uuid, lease_token uuid
-- returns: entered bool
SELECT moltis.enter_turn($1::uuid, $2::uuid, $3::uuid) AS entered
