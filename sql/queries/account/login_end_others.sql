-- Ends every login session of the entered person but the one that asks.
-- tenant: row
-- params: none
-- returns: ended bigint
SELECT moltis.my_sessions_end_others() AS ended
