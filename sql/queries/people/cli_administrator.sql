-- The administrator as whom the command line administers.
-- tenant: none: owner role only
-- params: none
-- returns: username text
SELECT u AS username FROM moltis.cli_administrator() u WHERE u IS NOT NULL
