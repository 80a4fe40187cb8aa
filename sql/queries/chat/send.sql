-- Takes a user message and makes its turn.
-- tenant: row
-- params: key text, message text, model text, client_seq bigint, idempotency_key text, origin text, queue_max int
-- returns: turn_id uuid, ahead int, repeated bool
SELECT turn_id, ahead, repeated FROM moltis.chat_send($1::text, $2::text, $3::text, $4::bigint, $5::text, $6::text, $7::int)
