-- Deltas of turns that other workers run, for accounts this one listens to.
-- tenant: none: accounts of which the worker showed a credential
-- params: worker uuid, accounts uuid[], speeches uuid[], ns bigint[]
-- returns: account_id uuid, turn_id uuid, speech uuid, n bigint, items text
SELECT account_id, turn_id, speech, n, items FROM moltis.relay_fetch($1::uuid, $2::uuid[], $3::uuid[], $4::bigint[])
