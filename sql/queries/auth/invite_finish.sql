-- Uses an invitation up: a person joins, is made, or begins anew.
-- tenant: none: acts on the invitation whose token it is given
-- params: token_hash bytea, username text, password_hash text, session_hash bytea, new_session bytea, peer text, user_agent text
-- returns: verdict text
SELECT moltis.invite_finish($1::bytea, $2::text, $3::text, $4::bytea,
	$5::bytea, $6::text, $7::text) AS verdict
