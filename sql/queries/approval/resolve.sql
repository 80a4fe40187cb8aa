-- Decides a request: the first decision wins.
-- tenant: row
-- params: request_id uuid, decision text, exec_command text, timeout_secs int, note text, remember bool, via text, peer text
-- returns: verdict text, command text
SELECT verdict, command FROM moltis.exec_resolve($1::uuid, $2::text, $3::text, $4::int, $5::text, $6::bool, $7::text, $8::text)
