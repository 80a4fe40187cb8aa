-- The clock that decides when jobs are due.
-- tenant: none: reads no row
-- params: none
-- returns: now_ms bigint
SELECT moltis.epoch_ms(clock_timestamp()) AS now_ms
