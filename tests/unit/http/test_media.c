/*
 * Content-Type: application/json and nothing a form can send (A6).
 */
#include "config.h"

#include <stddef.h>

#include "http/media.h"
#include "tests/unit/unit.h"

static void
json_accepted(void)
{
	static const char *const good[] = { "application/json",
		"Application/JSON", "application/json; charset=utf-8",
		"application/json;charset=UTF-8",
		"application/json ; charset=\"utf-8\"", "application/json;" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(http_media_is_json(good[i]));
}

static void
others_refused(void)
{
	static const char *const bad[] = { NULL, "", "text/plain",
		"multipart/form-data; boundary=x",
		"application/x-www-form-urlencoded", "application/jsonx",
		"application/json+x", "text/json", " application/json",
		"text/plain; application/json", "application/json, text/plain",
		"application/json; charset=utf-16",
		"application/json; charset=utf-8; x=y", "json" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(http_media_is_json(bad[i]));
}

static void
bytes_told_apart(void)
{
	static const char *const bad[] = { NULL, "", "application/json",
		"application/octet-stream; x=y", "application/octet-streams",
		" application/octet-stream", "text/plain" };
	size_t i;

	CU_ASSERT_TRUE(http_media_is_bytes("application/octet-stream"));
	CU_ASSERT_TRUE(http_media_is_bytes("Application/Octet-Stream"));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(http_media_is_bytes(bad[i]));
}

void
suite_http_media(void)
{
	static const struct unit_test tests[] = {
		{ "JSON with or without its charset is accepted",
		    json_accepted },
		{ "types of forms and near misses are refused",
		    others_refused },
		{ "bytes are application/octet-stream and nothing else",
		    bytes_told_apart },
		{ NULL, NULL },
	};

	unit_add("src/http/media.c", tests);
}
