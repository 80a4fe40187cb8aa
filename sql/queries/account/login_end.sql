-- Ends a login session of the entered person.
-- tenant: row
-- params: login_id uuid
-- returns: id uuid
SELECT id FROM moltis.my_session_end($1::uuid) AS id
