-- After an answer "not found": notes when an id was another account's.
-- tenant: row
-- params: ids uuid[], method text, via text, peer text
-- returns: done void
SELECT moltis.miss_note($1::uuid[], $2::text, $3::text, $4::text) AS done
