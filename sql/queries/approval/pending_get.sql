-- The command a person is asked about.
-- tenant: row
-- params: request_id uuid
-- returns: exec_command text, timeout_secs int
SELECT r.command AS exec_command, r.timeout_secs FROM moltis.exec_requests r
WHERE r.account_id = moltis.ctx_account() AND r.id = $1::uuid
