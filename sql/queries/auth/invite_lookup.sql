-- What an invitation's token is worth and what it is for.
-- tenant: none: asked by whoever holds the token
-- params: token_hash bytea
-- returns: verdict text, kind text, account_name text, username text, scopes int, administrator bool, expires_ms bigint
SELECT verdict, kind, account_name, username, scopes, administrator,
	expires_ms
FROM moltis.invite_lookup($1::bytea)
