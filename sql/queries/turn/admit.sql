-- Puts the user message of a turn into the history, once.
-- tenant: row
-- params: turn_id uuid
-- returns: user_index int
SELECT moltis.turn_admit($1::uuid) AS user_index
