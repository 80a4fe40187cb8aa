-- Events after a number, oldest first, with how far they reach back and forth.
-- tenant: row
-- params: after_seq bigint, max int
-- returns: events jsonb, head bigint, oldest bigint
SELECT coalesce((SELECT jsonb_agg(jsonb_build_object('seq', e.seq,
		'event', e.name, 'scope', e.scope, 'payload', e.payload)
		ORDER BY e.seq)
	FROM (SELECT * FROM moltis.events
		WHERE account_id = moltis.ctx_account() AND seq > $1::bigint
		ORDER BY seq LIMIT $2::int) e), '[]') AS events,
	h.event_seq AS head,
	coalesce((SELECT min(seq) FROM moltis.events
		WHERE account_id = moltis.ctx_account()), h.event_seq + 1) AS oldest
FROM moltis.account_heads h WHERE h.account_id = moltis.ctx_account()
