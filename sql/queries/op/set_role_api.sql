-- Makes the command line's owner connection as weak as the programs' own.
-- tenant: none: lowers rights for the rest of the transaction
-- params: none
-- returns: none
SET LOCAL ROLE moltis_api
