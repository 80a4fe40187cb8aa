/*
 * What every way of passkeys begins and ends with: the limit, the challenge,
 * and what a verification expects.
 */
#include "config.h"

#include "auth/passkey_call.h"

#include <string.h>

static enum status
find_rp(struct passkey_call *call, struct passkey_rp *ret)
{
	if (passkey_rp_find(call->conf, ret))
		return ST_OK;
	return auth_fail(&call->auth, ST_UNSUPPORTED,
	    "passkeys not configured: they need a host name in "
	    "server.external_url, not an address");
}

enum status
passkey_call_begin(struct passkey_call *call, struct passkey_begun *ret)
{
	enum status st = find_rp(call, &ret->rp);

	if (st == ST_OK)
		st = auth_throttle_peer(&call->auth, "passkey.begin",
		    PASSKEY_BEGIN_PER_MIN);
	if (st != ST_OK)
		return st;
	bytes_random(ret->challenge, sizeof(ret->challenge));
	bytes_random(ret->handle, sizeof(ret->handle));
	auth_peer_key(call->auth.peer, ret->peer_key);
	return ST_OK;
}

enum status
passkey_call_check(struct passkey_call *call,
    const struct passkey_answer *answer)
{
	struct passkey_rp rp;
	enum status st = find_rp(call, &rp);

	if (st == ST_OK && !uuid_check(answer->challenge_id))
		st = auth_fail_field(&call->auth, ST_INVALID, "challenge_id",
		    "challenge_id is not one");
	return st;
}

enum status
passkey_call_expect(struct passkey_call *call, const char *text,
    struct passkey_expected *ret)
{
	enum status st = find_rp(call, &ret->rp);
	size_t n = 0;

	if (st != ST_OK)
		return st;
	if (text == NULL)
		return passkey_call_stale(call);
	if (!bytes_b64url_parse(text, strlen(text), ret->challenge,
		sizeof(ret->challenge), &n) ||
	    n != sizeof(ret->challenge))
		return auth_fail(&call->auth, ST_INTERNAL, "");
	ret->expect = (struct webauthn_expect){
		.rp_id = ret->rp.id,
		.origins = ret->rp.origins,
		.origin_count = ret->rp.origin_count,
		.challenge = ret->challenge,
	};
	return ST_OK;
}

enum status
passkey_call_stale(struct passkey_call *call)
{
	return auth_fail_field(&call->auth, ST_INVALID, "challenge_id",
	    "this challenge was used, is too old, or is not yours: begin "
	    "again");
}
