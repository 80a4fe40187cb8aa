-- A page of the accounts of the deployment, for its administrators.
-- tenant: none: administrators only, counts and names
-- params: after_id uuid, limit int
-- returns: id uuid, name text, owner text, members bigint, disabled bool, exec_off bool, sessions bigint, messages bigint, created_ms bigint, max_members int, max_sessions int, max_turns_day int
SELECT id, name, owner, members, disabled, exec_off, sessions, messages,
	created_ms, max_members, max_sessions, max_turns_day
FROM moltis.admin_account_list($1::uuid, $2::int)
