-- The row of a tool call, made once; a person is asked when policy says so.
-- tenant: row
-- params: turn_id uuid, tool_call_id text, exec_command text, cwd text, env_names text, timeout_secs int, image text, sandbox jsonb, verdict text, reason text, rule text, segments int, floor bool, approval_secs int, remember bool, session_max int, account_max int
-- returns: id uuid, state text, decision text, reason text, note text, expires_ms bigint, final_command text, command text, cwd text, env_names text, timeout_secs int, image text, hash text, result jsonb
SELECT id, state, decision, reason, note, moltis.epoch_ms(expires_at) AS expires_ms, final_command, command, cwd, env_names, timeout_secs, image, encode(hash, 'hex') AS hash, result
FROM moltis.exec_request($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::int, $7::text, $8::jsonb, $9::text, $10::text, $11::text, $12::int, $13::bool, $14::int, $15::bool, $16::int, $17::int)
