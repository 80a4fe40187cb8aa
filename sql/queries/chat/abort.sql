-- Stops the run of a session, or one run.
-- tenant: row
-- params: key text, turn_id uuid
-- returns: turn_id uuid, session_key text, was text
SELECT turn_id, session_key, was FROM moltis.chat_abort($1::text, $2::uuid)
