-- The account has sockets of this worker.
-- tenant: row
-- params: worker uuid
-- returns: listening bool
SELECT moltis.relay_listen($1::uuid) AS listening
