-- Checks the next entries of a chain; account NULL: the deployment's own.
-- tenant: none: owner role only
-- params: account uuid, from_seq bigint, from_hash text, max int
-- returns: checked int, seq bigint, hash text, done bool, bad bigint, fault text
SELECT checked, seq, hash, done, bad, fault
FROM moltis.audit_verify($1::uuid, $2::bigint, $3::text, $4::int)
