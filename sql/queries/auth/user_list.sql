-- Every person of the deployment, for the operator on the server.
-- tenant: none: owner role only
-- params: none
-- returns: username text, administrator bool, disabled bool, created_at timestamptz
SELECT username, administrator, disabled, created_at FROM moltis.user_list()
