-- Removes a passkey of the entered person, never the last way in.
-- tenant: none: a passkey belongs to a person; only those of the entered one
-- params: id uuid
-- returns: id uuid, name text
SELECT id, name FROM moltis.passkey_remove($1::uuid)
