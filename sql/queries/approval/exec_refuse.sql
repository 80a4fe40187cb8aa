-- Refuses a request for good: its row is not what was approved.
-- tenant: row
-- params: request_id uuid, reason text
-- returns: done void
SELECT moltis.exec_refuse($1::uuid, $2::text) AS done
