-- Renames a passkey of the entered person.
-- tenant: none: a passkey belongs to a person; only those of the entered one
-- params: id uuid, name text
-- returns: id uuid
SELECT id FROM moltis.passkey_rename($1::uuid, $2::text) AS t (id)
