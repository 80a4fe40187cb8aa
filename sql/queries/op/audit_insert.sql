-- One line of the audit trail, in the transaction of the change.
-- tenant: row
-- params: name text, via text, peer text, detail jsonb
-- returns: none
INSERT INTO moltis.audit (account_id, name, user_id, actor, via, peer, detail)
VALUES (moltis.ctx_account(), $1::text, moltis.ctx_user(), moltis.ctx_actor(),
	$2::text, $3::text, coalesce($4::jsonb, '{}'))
