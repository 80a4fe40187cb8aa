-- One maker of keys at a time an account, so that the count below is true.
-- tenant: row
-- params: none
-- returns: event_seq bigint
SELECT event_seq FROM moltis.account_heads
WHERE account_id = moltis.ctx_account() FOR UPDATE
