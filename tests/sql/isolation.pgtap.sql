-- The fence as one reads it: what each role may do to each table, written
-- down once more than in the migrations, so that a change of either shows.
\set QUIET 1
\pset pager off
BEGIN;
SET client_min_messages = warning;
SET search_path = tap, pg_catalog;
SELECT plan(106);

SELECT tables_are('moltis', ARRAY['deployment', 'users', 'accounts',
	'account_heads', 'memberships', 'login_sessions', 'api_keys',
	'setup_code', 'throttle', 'auth_log', 'settings', 'chat_sessions',
	'turns', 'messages', 'turn_steps', 'events', 'audit', 'exec_requests',
	'exec_rules', 'audit_heads', 'auth_log_head',
	'reports', 'invitations', 'bans', 'login_failures',
	'devices', 'passkeys', 'passkey_challenges', 'workspace_transfers', 'workspace_chunks', 'cron_jobs',
	'cron_runs', 'cron_creations', 'relay_workers', 'relay_listeners',
	'relay_batches']);

-- No grant at all.
SELECT table_privs_are('moltis', t, r, '{}'::name[])
FROM unnest(ARRAY['deployment', 'users', 'login_sessions', 'setup_code',
	'throttle', 'auth_log', 'audit_heads', 'auth_log_head',
	'reports', 'invitations', 'bans', 'passkeys',
	'passkey_challenges',
	'login_failures', 'devices', 'relay_workers', 'relay_listeners',
	'relay_batches']) t, unnest(ARRAY['moltis_api', 'moltis_worker']) r;

-- Read only; written by our own functions.
SELECT table_privs_are('moltis', t, 'moltis_api', '{SELECT}'::name[])
FROM unnest(ARRAY['accounts', 'memberships']) t;

-- Of scheduled jobs too, for both programs.
SELECT table_privs_are('moltis', t, r, '{SELECT}'::name[])
FROM unnest(ARRAY['cron_jobs', 'cron_runs', 'cron_creations']) t,
	unnest(ARRAY['moltis_api', 'moltis_worker']) r;

-- The event counter moves, it is not made or deleted.
SELECT table_privs_are('moltis', 'account_heads', 'moltis_api',
	'{SELECT,UPDATE}'::name[]);

-- Append-only.
SELECT table_privs_are('moltis', t, r, '{INSERT,SELECT}'::name[])
FROM unnest(ARRAY['events', 'audit', 'turn_steps']) t,
	unnest(ARRAY['moltis_api', 'moltis_worker']) r;

-- Turns end, they are not deleted; messages are deleted, not rewritten.
SELECT table_privs_are('moltis', 'turns', 'moltis_worker',
	'{INSERT,SELECT,UPDATE}'::name[]);
SELECT table_privs_are('moltis', 'messages', 'moltis_worker',
	'{DELETE,INSERT,SELECT}'::name[]);

-- Of a key only its end can be written, and its hash cannot be read.
SELECT table_privs_are('moltis', 'api_keys', 'moltis_api', '{INSERT}'::name[]);
SELECT column_privs_are('moltis', 'api_keys', 'revoked_at', 'moltis_api',
	'{INSERT,SELECT,UPDATE}'::name[]);
SELECT column_privs_are('moltis', 'api_keys', 'scopes', 'moltis_api',
	'{INSERT,SELECT}'::name[]);
SELECT column_privs_are('moltis', 'api_keys', 'key_hash', 'moltis_api',
	'{INSERT}'::name[]);

-- Of a command that waits a program writes the decision, never what was asked;
-- only the worker asks, starts and ends it.  Rules are made, not changed.
SELECT table_privs_are('moltis', 'exec_requests', 'moltis_api',
	'{SELECT}'::name[]);
SELECT table_privs_are('moltis', 'exec_requests', 'moltis_worker',
	'{INSERT,SELECT}'::name[]);
SELECT is(ARRAY(SELECT attname::text FROM pg_attribute
	WHERE attrelid = 'moltis.exec_requests'::regclass AND attnum > 0
	AND has_column_privilege('moltis_api', attrelid, attnum, 'UPDATE')
	ORDER BY 1), '{decided_at,decided_by,decided_via,decision,final_command,'
	'hash,note,state,timeout_secs}'::text[], 'moltis_api may write a decision');
SELECT is(ARRAY(SELECT attname::text FROM pg_attribute
	WHERE attrelid = 'moltis.exec_requests'::regclass AND attnum > 0
	AND has_column_privilege('moltis_worker', attrelid, attnum, 'UPDATE')
	ORDER BY 1), '{decided_at,decided_by,decided_via,decision,final_command,'
	'finished_at,hash,note,reason,result,started_at,state,timeout_secs}'::text[],
	'moltis_worker may write a decision and how it went');
SELECT table_privs_are('moltis', 'exec_rules', r, '{INSERT,SELECT}'::name[])
FROM unnest(ARRAY['moltis_api', 'moltis_worker']) r;

-- Bytes are added and dropped, never rewritten.
SELECT table_privs_are('moltis', 'workspace_transfers', r,
	'{DELETE,INSERT,SELECT,UPDATE}'::name[])
FROM unnest(ARRAY['moltis_api', 'moltis_worker']) r;
SELECT table_privs_are('moltis', 'workspace_chunks', r,
	'{DELETE,INSERT,SELECT}'::name[])
FROM unnest(ARRAY['moltis_api', 'moltis_worker']) r;

-- The worker's own functions.
SELECT function_privs_are('moltis', f, string_to_array(a, ',')::name[], 'moltis_api',
	'{}'::name[])
FROM (VALUES ('turn_claim', 'text,integer,integer'),
	('turn_renew', 'text,integer,uuid[]'), ('turn_release', 'text'),
	('enter_turn', 'uuid,uuid,uuid'), ('event_heads', 'uuid[]'),
	('turn_hand_over', 'text,uuid[]'),
	('workspace_claim', 'text,integer,integer'),
	('workspace_renew', 'text,integer,uuid[]'),
	('workspace_release', 'text,uuid'),
	('workspace_enter', 'uuid,uuid,uuid'),
	('workspace_store', 'uuid,integer,bytea'),
	('workspace_load', 'uuid'), ('workspace_purge', ''),
	('workspace_finish', 'uuid,bigint,jsonb,integer,text,text'),
	('cron_claim', 'text,integer,integer'),
	('cron_fire', 'text,jsonb,integer'), ('cron_wait', ''), ('cron_purge', ''),
	('cron_system_job', 'text,jsonb,bigint'),
	('relay_beat', 'uuid'), ('relay_listen', 'uuid'),
	('relay_unlisten', 'uuid,uuid[]'),
	('relay_put', 'uuid,uuid[],uuid[],uuid[],uuid[],bigint[],text[]'),
	('relay_fetch', 'uuid,uuid[],uuid[],bigint[]'),
	('event_purge', ''), ('purge', ''), ('throttle_purge', '')) v (f, a);

-- Of people only those of one's own account, by our own functions; what they
-- are made of is nobody's.
SELECT function_privs_are('moltis', f, string_to_array(a, ',')::name[], 'moltis_api',
	'{}'::name[])
FROM (VALUES ('invite_accept', 'bytea,text,text,uuid'),
	('user_make', 'text,text,boolean'), ('account_make', 'uuid,text'),
	('user_reset', 'uuid,text'), ('member_out', 'uuid,uuid'),
	('turns_end', 'uuid,uuid'), ('quota', 'uuid,text')) v (f, a);

-- Signing is nobody's but our own functions'.
SELECT function_privs_are('moltis', 'ctx_sign', '{text,text,text}'::name[],
	r, '{}'::name[])
FROM unnest(ARRAY['moltis_api', 'moltis_worker']) r;
SELECT function_privs_are('moltis', 'ctx_set', '{uuid,uuid,text}'::name[],
	r, '{}'::name[])
FROM unnest(ARRAY['moltis_api', 'moltis_worker']) r;

SELECT * FROM finish();
ROLLBACK;
