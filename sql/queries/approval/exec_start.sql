-- Starts a request, once, or raises.
-- tenant: row
-- params: request_id uuid
-- returns: id uuid, state text, decision text, reason text, note text, expires_ms bigint, final_command text, command text, cwd text, env_names text, timeout_secs int, image text, hash text, result jsonb
SELECT id, state, decision, reason, note, moltis.epoch_ms(expires_at) AS expires_ms, final_command, command, cwd, env_names, timeout_secs, image, encode(hash, 'hex') AS hash, result
FROM moltis.exec_start($1::uuid)
