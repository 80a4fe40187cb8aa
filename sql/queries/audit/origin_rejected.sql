-- Notes a foreign page in the account of the cookie that came with it.
-- tenant: none: notes in the account of the session whose token it is given
-- params: token_hash bytea, origin text, via text, peer text
-- returns: done void
SELECT moltis.origin_rejected($1::bytea, $2::text, $3::text, $4::text) AS done
