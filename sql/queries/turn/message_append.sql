-- A message of a turn at the end of its session.
-- tenant: row
-- params: turn_id uuid, body jsonb
-- returns: message_index int
SELECT moltis.message_append(t.session_id, t.id, $2::jsonb) AS message_index
FROM moltis.turns t
WHERE t.account_id = moltis.ctx_account() AND t.id = $1::uuid
