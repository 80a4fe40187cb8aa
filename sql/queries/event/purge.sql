-- Drops events, sessions and counters nobody can use any more.
-- tenant: none: worker's hourly cleaning
-- params: none
-- returns: events bigint, others bigint
SELECT moltis.event_purge() AS events, moltis.purge() AS others
