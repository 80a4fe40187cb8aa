-- Deltas of running turns, for other workers that have sockets of the account.
-- tenant: none: worker's turns, each behind its lease token
-- params: worker uuid, accounts uuid[], turns uuid[], tokens uuid[], speeches uuid[], ns bigint[], items text[]
-- returns: turn_id uuid
SELECT turn_id FROM moltis.relay_put($1::uuid, $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[])
