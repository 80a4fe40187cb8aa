-- Whether the deployment has been set up.
-- tenant: none: asked before anybody is known
-- params: none
-- returns: configured bool, has_password bool
SELECT configured, has_password FROM moltis.auth_state()
