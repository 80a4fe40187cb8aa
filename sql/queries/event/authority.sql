-- The number that moves with every change of anybody's rights.
-- tenant: none: deployment-wide counter
-- params: none
-- returns: epoch bigint
SELECT moltis.authority() AS epoch
