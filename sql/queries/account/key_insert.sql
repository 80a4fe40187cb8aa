-- A new API key, unless the person has too many or lacks a scope it asks for.
-- tenant: row
-- params: label text, key_prefix text, hash bytea, scopes int, expires_ms bigint, networks text, max_live int
-- returns: id uuid
INSERT INTO moltis.api_keys (account_id, user_id, label, key_prefix, key_hash,
	scopes, expires_at, networks)
SELECT m.account_id, m.user_id, $1::text, $2::text, $3::bytea, $4::int,
	to_timestamp($5::bigint / 1000.0), $6::text::cidr[]
FROM moltis.memberships m
WHERE m.account_id = moltis.ctx_account() AND m.user_id = moltis.ctx_user()
	AND $4::int & ~moltis.scope_expand(m.scopes) = 0
	AND (SELECT count(*) FROM moltis.api_keys k
		WHERE k.account_id = moltis.ctx_account()
			AND k.user_id = moltis.ctx_user() AND k.revoked_at IS NULL) < $7::int
RETURNING id
