-- How far the events of some accounts reach; numbers only.
-- tenant: none: worker's poll over the accounts of its own sockets
-- params: accounts uuid[]
-- returns: account_id uuid, event_seq bigint
SELECT account_id, event_seq FROM moltis.event_heads($1::uuid[])
