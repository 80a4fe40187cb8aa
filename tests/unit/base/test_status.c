/*
 * The status table against a second copy of what the transports promise.
 */
#include "config.h"

#include <string.h>

#include "base/status.h"
#include "tests/unit/unit.h"

static const struct status_info promised[] = {
	{ ST_OK, 200, "OK", "OK", NULL },
	{ ST_INVALID, 400, "INVALID_REQUEST", "INVALID_REQUEST", NULL },
	{ ST_UNAUTH, 401, "AUTH_NOT_AUTHENTICATED", "INVALID_REQUEST", NULL },
	{ ST_SETUP_REQUIRED, 401, "AUTH_SETUP_REQUIRED", "INVALID_REQUEST",
	    NULL },
	{ ST_FORBIDDEN, 403, "FORBIDDEN", "INVALID_REQUEST", NULL },
	{ ST_REAUTH, 403, "REAUTH_REQUIRED", "REAUTH_REQUIRED", NULL },
	{ ST_NOT_FOUND, 404, "NOT_FOUND", "NOT_FOUND", NULL },
	{ ST_METHOD, 405, "METHOD_NOT_ALLOWED", "INVALID_REQUEST", NULL },
	{ ST_CONFLICT, 409, "CONFLICT", "CONFLICT", NULL },
	{ ST_GONE, 410, "GONE", "INVALID_REQUEST", NULL },
	{ ST_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE", NULL },
	{ ST_MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE", "INVALID_REQUEST",
	    NULL },
	{ ST_MISDIRECTED, 421, "MISDIRECTED", "INVALID_REQUEST", NULL },
	{ ST_LIMIT, 429, "RATE_LIMITED", "RATE_LIMITED", NULL },
	{ ST_UPSTREAM, 503, "UNAVAILABLE", "UNAVAILABLE", NULL },
	{ ST_DB, 503, "UNAVAILABLE", "UNAVAILABLE", NULL },
	{ ST_UNAVAILABLE, 503, "UNAVAILABLE", "UNAVAILABLE", NULL },
	{ ST_UNSUPPORTED, 501, "NOT_CONFIGURED", "UNAVAILABLE", NULL },
	{ ST_INTERNAL, 500, "INTERNAL", "INTERNAL", NULL },
};

static void
rows_as_promised(void)
{
	CU_ASSERT_EQUAL(sizeof(promised) / sizeof(promised[0]),
	    ST_INTERNAL + 1);
	for (int st = ST_OK; st <= ST_INTERNAL; st++) {
		const struct status_info *row = status_get((enum status)st);

		CU_ASSERT_EQUAL(row->status, st);
		CU_ASSERT_EQUAL(promised[st].status, st);
		CU_ASSERT_EQUAL(row->http, promised[st].http);
		CU_ASSERT_STRING_EQUAL(row->code, promised[st].code);
		CU_ASSERT_STRING_EQUAL(row->rpc_code, promised[st].rpc_code);
		CU_ASSERT_PTR_NOT_NULL_FATAL(row->text);
		CU_ASSERT_NOT_EQUAL(row->text[0], '\0');
	}
}

/* The web client logs out on that code. */
static void
never_unauthorized(void)
{
	for (int st = ST_OK; st <= ST_INTERNAL; st++)
		CU_ASSERT_STRING_NOT_EQUAL(
		    status_get((enum status)st)->rpc_code, "UNAUTHORIZED");
}

static void
outside_is_internal(void)
{
	const struct status_info *ours = status_get(ST_INTERNAL);

	CU_ASSERT_PTR_EQUAL(status_get((enum status)(ST_INTERNAL + 1)), ours);
	CU_ASSERT_PTR_EQUAL(status_get((enum status) - 1), ours);
}

void
suite_base_status(void)
{
	static const struct unit_test tests[] = {
		{ "each status has its promised codes", rows_as_promised },
		{ "no status says UNAUTHORIZED to the web client",
		    never_unauthorized },
		{ "an unknown status counts as our bug", outside_is_internal },
		{ NULL, NULL },
	};

	unit_add("src/base/status.c", tests);
}
