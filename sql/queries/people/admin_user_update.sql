-- Disables, enables, promotes or demotes a person, or raises; his name.
-- tenant: none: administrators only
-- params: id uuid, disabled bool, administrator bool, peer text
-- returns: username text
SELECT moltis.admin_user_update($1::uuid, $2::bool, $3::bool, $4::text)
	AS username
