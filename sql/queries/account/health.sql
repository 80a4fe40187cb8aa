-- A cheap sign of life of the database.
-- tenant: none: no rows
-- params: none
-- returns: one int
SELECT 1 AS one
