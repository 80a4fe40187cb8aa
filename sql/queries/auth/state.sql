-- Whether the deployment has been set up, and how people sign in.
-- tenant: none: asked before anybody is known
-- params: none
-- returns: configured bool, has_password bool, has_passkeys bool
SELECT configured, has_password, has_passkeys FROM moltis.auth_state()
