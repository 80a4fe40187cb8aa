-- A worker says which sandbox it has.
-- tenant: none: deployment-wide fact, worker role only
-- params: report text, value jsonb
-- returns: done void
SELECT moltis.report_put($1::text, $2::jsonb) AS done
