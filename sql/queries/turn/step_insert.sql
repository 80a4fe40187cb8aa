-- One finished step of a turn.
-- tenant: row
-- params: turn_id uuid, step int, kind text, body jsonb
-- returns: none
INSERT INTO moltis.turn_steps (account_id, turn_id, step, kind, body)
SELECT t.account_id, t.id, $2::int, $3::text, $4::jsonb
FROM moltis.turns t
WHERE t.account_id = moltis.ctx_account() AND t.id = $1::uuid
