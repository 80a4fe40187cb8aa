-- Drops events, sessions, counters and entries of trails that are too old.
-- tenant: none: worker's hourly cleaning
-- params: none
-- returns: events bigint, others bigint, entries bigint
SELECT moltis.event_purge() AS events, moltis.purge() AS others,
	moltis.audit_purge() AS entries
