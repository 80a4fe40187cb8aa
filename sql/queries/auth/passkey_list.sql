-- The passkeys of the entered person, oldest first.
-- tenant: none: a passkey belongs to a person; only those of the entered one
-- params: none
-- returns: id uuid, name text, created_ms bigint, last_used_ms bigint, backed_up bool
SELECT id, name, created_ms, last_used_ms, backed_up FROM moltis.passkey_list()
