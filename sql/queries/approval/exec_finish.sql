-- How a started command ended, once.
-- tenant: row
-- params: request_id uuid, result jsonb
-- returns: done bool
SELECT moltis.exec_finish($1::uuid, $2::jsonb) AS done
