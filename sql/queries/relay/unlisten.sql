-- Accounts that have no socket of this worker any more.
-- tenant: none: worker's own rows
-- params: worker uuid, accounts uuid[]
-- returns: count bigint
SELECT moltis.relay_unlisten($1::uuid, $2::uuid[]) AS count
