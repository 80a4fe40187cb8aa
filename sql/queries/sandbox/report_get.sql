-- The sandbox that workers report; NULL when none did lately.
-- tenant: none: deployment-wide fact
-- params: report text
-- returns: value jsonb
SELECT moltis.report_get($1::text) AS value
