/* What a person sees when a model call failed. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "provider/kind.h"
#include "tests/unit/unit.h"

static char name[] = "main";
static char key[] = "key-0123456789abcdef";

static struct conf_provider
provider(void)
{
	struct conf_provider p = { .name = name, .kind = PROVIDER_OPENAI };

	p.api_key.bytes = key;
	p.api_key.len = sizeof(key) - 1;
	return p;
}

static struct json_object *
error_of(long http, const char *body)
{
	struct conf_provider p = provider();

	return provider_error(&p, http, body, body == NULL ? 0 : strlen(body));
}

static void
test_types(void)
{
	static const struct {
		long http;
		const char *body, *type;
	} rows[] = {
		{ 0, NULL, "server_error" },
		{ 200, NULL, "server_error" },
		{ 200, "<html>", "api_error" },
		{ 302, "", "api_error" },
		{ 400, "{\"error\":{\"message\":\"bad\"}}", "api_error" },
		{ 400, "{\"error\":{\"code\":\"context_length_exceeded\"}}",
		    "api_error" },
		{ 400,
		    "{\"error\":{\"message\":\"Your credit balance is too "
		    "low\"}}",
		    "usage_limit_reached" },
		{ 401, NULL, "auth_error" },
		{ 402, NULL, "usage_limit_reached" },
		{ 403, NULL, "auth_error" },
		{ 404, NULL, "api_error" },
		{ 404,
		    "{\"error\":{\"message\":\"The model `x` does not "
		    "exist\",\"code\":\"model_not_found\"}}",
		    "unsupported_model" },
		{ 404,
		    "{\"type\":\"error\",\"error\":{\"type\":"
		    "\"not_found_error\",\"message\":\"model: x\"}}",
		    "unsupported_model" },
		{ 408, NULL, "server_error" },
		{ 429, NULL, "rate_limit_exceeded" },
		{ 429, "{\"error\":{\"code\":\"insufficient_quota\"}}",
		    "usage_limit_reached" },
		{ 500, "{", "server_error" },
		{ 529, NULL, "server_error" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_object *e = error_of(rows[i].http, rows[i].body);

		CU_ASSERT_STRING_EQUAL(js_text(e, "type"), rows[i].type);
		if (strcmp(js_text(e, "type"), rows[i].type) != 0)
			fprintf(stderr, "row %zu: %s\n", i, js_str(e));
		CU_ASSERT_STRING_EQUAL(js_text(e, "provider"), "main");
		CU_ASSERT_TRUE(js_text_len(e, "title") > 0);
		CU_ASSERT_TRUE(js_text_len(e, "detail") > 0);
		CU_ASSERT_TRUE(js_text_len(e, "icon") > 0);
		js_put(&e);
	}
}

static void
test_too_long_is_said(void)
{
	struct json_object *e = error_of(413, NULL);

	CU_ASSERT_PTR_NOT_NULL(strstr(js_text(e, "title"), "too long"));
	js_put(&e);
	e = error_of(400,
	    "{\"type\":\"error\",\"error\":{\"message\":"
	    "\"prompt is too long: 9 > 8\"}}");
	CU_ASSERT_PTR_NOT_NULL(strstr(js_text(e, "title"), "too long"));
	js_put(&e);
}

static bool
says(const char *body, const char *word)
{
	struct json_object *e = error_of(400, body);
	bool found = strstr(js_text(e, "detail"), word) != NULL;

	js_put(&e);
	return found;
}

static void
test_message_is_mined(void)
{
	CU_ASSERT_TRUE(says("{\"error\":{\"message\":\"no tools\"}}",
	    "It said: no tools (HTTP 400)"));
	CU_ASSERT_TRUE(
	    says("[{\"error\":{\"message\":\"no tools\"}}]", "no tools"));
	CU_ASSERT_TRUE(says("{\"error\":\"no tools\"}", "no tools"));
	CU_ASSERT_TRUE(says("{\"message\":\"no tools\"}", "no tools"));
	CU_ASSERT_TRUE(says("{\"detail\":\"no tools\"}", "no tools"));
	CU_ASSERT_FALSE(says("{\"detail\":[1]}", "It said"));
	CU_ASSERT_FALSE(says("<html>no tools</html>", "no tools"));
	CU_ASSERT_FALSE(says("", "It said"));
	CU_ASSERT_FALSE(says("7", "It said"));
	CU_ASSERT_FALSE(says("[]", "It said"));
}

static void
test_message_is_printable_and_short(void)
{
	char body[2000];
	struct json_object *e;

	CU_ASSERT_TRUE(says("{\"error\":\"a\\u001b[31m\\nb\"}", "a [31m b"));
	memset(body, 'x', sizeof(body));
	memcpy(body, "{\"error\":\"", 10);
	memcpy(body + 1990, "\"}", 3);
	e = error_of(400, body);
	CU_ASSERT_TRUE(js_text_len(e, "detail") < 500);
	js_put(&e);
}

static void
test_key_is_never_shown(void)
{
	char body[600], *at = body;

	CU_ASSERT_FALSE(
	    says("{\"error\":\"key-0123456789abcdef is bad\"}", "0123"));
	CU_ASSERT_TRUE(says("{\"error\":\"key-0123456789abcdef is bad\"}",
	    "******************** is bad"));
	CU_ASSERT_FALSE(says("{\"error\":\"bad key: sk-abc\"}", "sk-abc"));
	CU_ASSERT_FALSE(says("{\"error\":\"sk-abc\"}", "abc"));
	CU_ASSERT_TRUE(says("{\"error\":\"task-force\"}", "task-force"));

	/* The cut falls into the key. */
	at += sprintf(at, "{\"error\":\"");
	memset(at, 'x', 388);
	at += 388;
	sprintf(at, "%s\"}", key);
	CU_ASSERT_FALSE(says(body, "key-0"));

	/* Refused keys are repeated in parts: nothing of it is shown. */
	{
		struct json_object *e = error_of(401,
		    "{\"error\":{\"message\":\"Incorrect key: key-****cdef\"}}");

		CU_ASSERT_PTR_NULL(strstr(js_text(e, "detail"), "cdef"));
		js_put(&e);
	}
}

static void
test_error_of_the_stream(void)
{
	struct conf_provider p = provider();
	struct provider_reply r;
	struct json_object *e;

	provider_reply_init(&r);
	(void)!reply_refuse(&r, 529, "overloaded_error", "Overloaded");
	e = provider_reply_error(&p, &r);
	CU_ASSERT_STRING_EQUAL(js_text(e, "type"), "server_error");
	CU_ASSERT_PTR_NOT_NULL(strstr(js_text(e, "detail"), "Overloaded"));
	js_put(&e);
	provider_reply_done(&r);
}

static void
test_printable_copy(void)
{
	char dst[8];

	provider_copy_printable(dst, sizeof(dst),
	    "a\tb\xff"
	    "c\xc2\x85"
	    "d");
	CU_ASSERT_STRING_EQUAL(dst, "a b c d");
	provider_copy_printable(dst, sizeof(dst), "abcdef\xc3\xa9");
	CU_ASSERT_STRING_EQUAL(dst, "abcdef");
	provider_copy_printable(dst, 1, "abc");
	CU_ASSERT_STRING_EQUAL(dst, "");
}

void
suite_provider_fault(void)
{
	static const struct unit_test tests[] = {
		{ "every failure has its type", test_types },
		{ "a conversation that is too long is called so",
		    test_too_long_is_said },
		{ "the provider's message is found in every shape",
		    test_message_is_mined },
		{ "message is printable and short",
		    test_message_is_printable_and_short },
		{ "the key is never shown", test_key_is_never_shown },
		{ "an error of the stream is told", test_error_of_the_stream },
		{ "a printable copy has no control characters",
		    test_printable_copy },
		{ NULL, NULL },
	};

	unit_add("src/provider/fault.c", tests);
}
