-- Disables or enables an account, its commands, its quotas, or raises; its name.
-- tenant: none: administrators only
-- params: id uuid, disabled bool, exec_off bool, quotas jsonb, peer text
-- returns: name text
SELECT moltis.admin_account_update($1::uuid, $2::bool, $3::bool, $4::jsonb,
	$5::text) AS name
