/*
 * Client data: one thing wrong at a time, in both ceremonies (A18).
 */
#include "config.h"

#include <string.h>

#include "base/bytes.h"
#include "tests/unit/auth/soft_key.h"
#include "tests/unit/unit.h"

#define CLIENT(find_text, put_text) \
	{ \
		.edits = { \
			{ SOFT_CLIENT, SOFT_REPLACE, find_text, put_text, 0 } \
		} \
	}
#define ADD(how_to, text) \
	{ \
		.edits = { { SOFT_CLIENT, how_to, NULL, text, 0 } } \
	}

/* clang-format off */
static const struct soft_mutation mutations[] = {
	{ "an assertion is no registration", false, WEBAUTHN_CLIENT_TYPE,
	  CLIENT("webauthn.create", "webauthn.get") },
	{ "a registration is no assertion", true, WEBAUTHN_CLIENT_TYPE,
	  CLIENT("webauthn.get", "webauthn.create") },
	{ "the type is compared whole", false, WEBAUTHN_CLIENT_TYPE,
	  CLIENT("webauthn.create", "webauthn.creat") },
	{ "and with its case", true, WEBAUTHN_CLIENT_TYPE,
	  CLIENT("webauthn.get", "webauthn.Get") },
	{ "a payment is no assertion", true, WEBAUTHN_CLIENT_TYPE,
	  CLIENT("webauthn.get", "payment.get") },
	{ "another challenge", false, WEBAUTHN_CLIENT_CHALLENGE,
	  CLIENT("\"challenge\":\"", "\"challenge\":\"AAAA") },
	{ "another challenge, signed", true, WEBAUTHN_CLIENT_CHALLENGE,
	  { .edits = { { SOFT_CLIENT, SOFT_FLIP, NULL, NULL, 45 } } } },
	{ "a challenge that is cut", true, WEBAUTHN_CLIENT_CHALLENGE,
	  { .edits = { { SOFT_CLIENT, SOFT_OVER, NULL, "\" ", 78 } } } },
	{ "no challenge text", true, WEBAUTHN_CLIENT_JSON,
	  CLIENT("\"challenge\"", "\"challengf\"") },
	{ "a challenge with padding", true, WEBAUTHN_CLIENT_CHALLENGE,
	  CLIENT("\",\"origin", "=\",\"origin") },
	{ "a challenge with a blank", false, WEBAUTHN_CLIENT_CHALLENGE,
	  CLIENT("\",\"origin", " \",\"origin") },
	{ "another host", false, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "evil.test") },
	{ "another host, signed", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "evil.test") },
	{ "a host that only begins like ours", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "example.test.evil.test") },
	{ "a host that only ends like ours", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "evilexample.test") },
	{ "a name below ours that is not listed", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "x.example.test") },
	{ "plain HTTP", false, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("https", "http") },
	{ "another port", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "example.test:8443") },
	{ "an origin with a slash", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "example.test/") },
	{ "an origin in capitals", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("example.test", "Example.test") },
	{ "no origin at all", true, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("https://example.test", "null") },
	{ "an empty origin", false, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("https://example.test", "") },
	{ "an application instead of a page", false, WEBAUTHN_CLIENT_ORIGIN,
	  CLIENT("https://example.test", "android:apk-key-hash:example") },
	{ "in a foreign frame", false, WEBAUTHN_CLIENT_CROSS,
	  CLIENT(":false", ":true") },
	{ "in a foreign frame, signed", true, WEBAUTHN_CLIENT_CROSS,
	  CLIENT(":false", ":true") },
	{ "below a foreign page", true, WEBAUTHN_CLIENT_CROSS,
	  CLIENT("\"crossOrigin\":false",
	      "\"topOrigin\":\"https://evil.test\"") },
	{ "below our own page, even", false, WEBAUTHN_CLIENT_CROSS,
	  CLIENT(":false", ":false,\"topOrigin\":\"https://example.test\"") },
	{ "crossOrigin as text", true, WEBAUTHN_CLIENT_JSON,
	  CLIENT(":false", ":\"false\"") },
	{ "crossOrigin as null", true, WEBAUTHN_CLIENT_JSON,
	  CLIENT(":false", ":null") },
	{ "bound to another connection", true, WEBAUTHN_CLIENT_BINDING,
	  CLIENT(":false", ":false,\"tokenBinding\":{\"status\":\"present\","
	      "\"id\":\"AAAA\"}") },
	{ "bound to nothing one can read", true, WEBAUTHN_CLIENT_BINDING,
	  CLIENT(":false", ":false,\"tokenBinding\":1") },
	{ "a type given twice", true, WEBAUTHN_CLIENT_JSON,
	  CLIENT("{", "{\"type\":\"webauthn.get\",") },
	{ "a type given twice, once in escapes", false, WEBAUTHN_CLIENT_JSON,
	  CLIENT("{", "{\"\\u0074ype\":\"webauthn.create\",") },
	{ "a type that is a number", true, WEBAUTHN_CLIENT_JSON,
	  CLIENT("\"webauthn.get\"", "1") },
	{ "a byte order mark", true, WEBAUTHN_CLIENT_JSON,
	  ADD(SOFT_FRONT, "\xef\xbb\xbf") },
	{ "text that is not UTF-8", true, WEBAUTHN_CLIENT_JSON,
	  CLIENT(":false", ":false,\"x\":\"\xff\"") },
	{ "something behind the object", false, WEBAUTHN_CLIENT_JSON,
	  ADD(SOFT_APPEND, "{}") },
	{ "an object that is cut", false, WEBAUTHN_CLIENT_JSON,
	  { .edits = { { SOFT_CLIENT, SOFT_CUT, NULL, NULL, 1 } } } },
	{ "nothing", true, WEBAUTHN_CLIENT_JSON,
	  { .edits = { { SOFT_CLIENT, SOFT_KEEP, NULL, NULL, 0 } } } },
	{ "a list", true, WEBAUTHN_CLIENT_JSON,
	  { .edits = { { SOFT_CLIENT, SOFT_FRONT, NULL, "[", 0 },
		  { SOFT_CLIENT, SOFT_APPEND, NULL, "]", 0 } } } },
	{ .sentence = NULL },
};
/* clang-format on */

static void
refused(void)
{
	soft_refuse_all(mutations);
}

/* The first of the table that would be right if not for its size. */
static void
too_long(void)
{
	static char padding[WEBAUTHN_CLIENT_MAX];
	struct soft_part_bytes *client;
	static struct soft s;
	struct soft_recipe plain = { .alg = WEBAUTHN_ES256 };
	struct webauthn_expect expect;

	soft_create(&plain, &s);
	expect = soft_expect(&s);
	client = &s.part[SOFT_CLIENT];
	memset(padding, ' ', sizeof(padding));
	memcpy(client->at + client->n, padding, sizeof(padding));
	client->n = WEBAUTHN_CLIENT_MAX;
	CU_ASSERT_EQUAL(webauthn_client_check(&expect,
			    soft_bytes(&s, SOFT_CLIENT), "webauthn.create"),
	    WEBAUTHN_OK);
	client->n++;
	CU_ASSERT_EQUAL(webauthn_client_check(&expect,
			    soft_bytes(&s, SOFT_CLIENT), "webauthn.create"),
	    WEBAUTHN_CLIENT_JSON);
	soft_done();
}

/* What browsers may write, and ours do not. */
static void
accepted(void)
{
	static const struct soft_recipe good[] = {
		{ .alg = WEBAUTHN_ES256 },
		CLIENT("example.test", "chat.example.test"),
		CLIENT(",\"crossOrigin\":false", ""),
		CLIENT(":false",
		    ":false,\"tokenBinding\":{\"status\":"
		    "\"supported\"}"),
		CLIENT(":false",
		    ":false,\"other_keys_can_be_added_here\":"
		    "\"do not compare clientDataJSON\""),
	};
	static struct soft s;
	struct webauthn_credential made;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		soft_create(&good[i], &s);
		CU_ASSERT_EQUAL(soft_check_create(&s, &made), WEBAUTHN_OK);
	}
	soft_done();
}

void
suite_auth_webauthn_client(void)
{
	static const struct unit_test tests[] = {
		{ "client data wrong in one thing is refused for it", refused },
		{ "client data has at most 4096 bytes", too_long },
		{ "client data of browsers is accepted", accepted },
		{ NULL, NULL },
	};

	unit_add("src/auth/webauthn_client.c", tests);
}
