-- A worker's sign of life; how many others there are, and whether it was known.
-- tenant: none: worker's own row and the cleaning of old ones
-- params: worker uuid
-- returns: others int, known bool
SELECT others, known FROM moltis.relay_beat($1::uuid)
