-- How many sessions the account has.
-- tenant: row
-- params: none
-- returns: n bigint
SELECT count(*) AS n FROM moltis.chat_sessions
WHERE account_id = moltis.ctx_account()
