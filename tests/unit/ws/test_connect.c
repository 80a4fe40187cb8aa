/* src/ws/connect.c: the three shapes of connect, and what is wrong in them. */
#include "config.h"

#include "ws/connect.h"

#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "op/op.h"
#include "unit.h"

static struct json_object *params;
static struct ws_connect c;
static char why[WS_CONNECT_WHY_BYTES];

static enum status
parse(const char *text)
{
	struct js_error err;

	js_put(&params);
	params = NULL;
	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &params, &err),
	    ST_OK);
	return ws_connect_parse(params, &c, why);
}

static void
drop(void)
{
	js_put(&params);
	params = NULL;
}

static void
test_v3(void)
{
	CU_ASSERT_EQUAL(
	    parse("{\"minProtocol\":3,\"maxProtocol\":3,"
		  "\"client\":{\"id\":\"web-chat-ui\",\"version\":\"1\","
		  "\"platform\":\"browser\",\"mode\":\"operator\"},"
		  "\"role\":\"node\",\"scopes\":[\"operator.read\"],"
		  "\"lastSeq\":12}"),
	    ST_OK);
	CU_ASSERT(!c.v4);
	CU_ASSERT_EQUAL(ws_connect_agree(&c, why), ST_OK);
	CU_ASSERT_EQUAL(c.protocol, 3);
	CU_ASSERT_STRING_EQUAL(c.client_id, "web-chat-ui");
	CU_ASSERT_STRING_EQUAL(c.role, "node");
	CU_ASSERT_EQUAL(c.scope_mask, SCOPE_READ);
	CU_ASSERT_EQUAL(c.last_seq, 12);
	drop();
}

static void
test_v4(void)
{
	CU_ASSERT_EQUAL(
	    parse("{\"protocol\":{\"min\":3,\"max\":9},"
		  "\"client\":{\"id\":\"x\"},\"auth\":{\"username\":\"u\","
		  "\"password\":\"p\"},"
		  "\"extensions\":{\"moltis\":{\"lastSeq\":5}}}"),
	    ST_OK);
	CU_ASSERT(c.v4);
	CU_ASSERT_EQUAL(ws_connect_agree(&c, why), ST_OK);
	CU_ASSERT_EQUAL(c.protocol, 4);
	CU_ASSERT_EQUAL(c.last_seq, 5);
	CU_ASSERT_STRING_EQUAL(c.username, "u");
	CU_ASSERT_STRING_EQUAL(c.password, "p");
	CU_ASSERT_STRING_EQUAL(c.platform, "unknown");
	drop();
}

static void
test_short(void)
{
	CU_ASSERT_EQUAL(parse("{\"client\":{\"id\":\"a\",\"version\":\"1\"},"
			      "\"auth\":{\"api_key\":\"mk_x\"}}"),
	    ST_OK);
	CU_ASSERT_EQUAL(c.min_protocol, 3);
	CU_ASSERT_EQUAL(c.max_protocol, 4);
	CU_ASSERT_EQUAL(ws_connect_agree(&c, why), ST_OK);
	CU_ASSERT_EQUAL(c.protocol, 4);
	CU_ASSERT_STRING_EQUAL(c.api_key, "mk_x");
	CU_ASSERT_STRING_EQUAL(c.role, "operator");
	CU_ASSERT_STRING_EQUAL(c.mode, "operator");
	CU_ASSERT_EQUAL(c.scope_mask, 0);
	CU_ASSERT_EQUAL(c.last_seq, -1);
	CU_ASSERT_EQUAL(parse("{}"), ST_OK);
	CU_ASSERT_PTR_NULL(c.api_key);
	drop();
}

static void
test_mismatch(void)
{
	static const struct {
		int min, max;
		const char *why; /* NULL: agreed */
	} rows[] = {
		{ 3, 3, NULL },
		{ 4, 4, NULL },
		{ 3, 4, NULL },
		{ 0, 9, NULL },
		{ 5, 6, "protocol mismatch: server=4, client=5-6" },
		{ 1, 2, "protocol mismatch: server=4, client=1-2" },
		{ 4, 3, "protocol mismatch: server=4, client=4-3" },
	};
	char text[100];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"minProtocol\":%d,\"maxProtocol\":%d}", rows[i].min,
		    rows[i].max);
		CU_ASSERT_EQUAL(parse(text), ST_OK);
		why[0] = '\0';
		CU_ASSERT_EQUAL(ws_connect_agree(&c, why),
		    rows[i].why == NULL ? ST_OK : ST_INVALID);
		CU_ASSERT_STRING_EQUAL(why,
		    rows[i].why != NULL ? rows[i].why : "");
	}
	CU_ASSERT_EQUAL(parse("{\"minProtocol\":5}"), ST_OK);
	CU_ASSERT_EQUAL(ws_connect_agree(&c, why), ST_INVALID);
	drop();
}

static void
test_wrong(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "[]", "params must be an object" },
		{ "null", "params must be an object" },
		{ "{\"client\":1}", "client must be an object" },
		{ "{\"client\":{\"id\":1}}", "client.id must be text" },
		{ "{\"auth\":[]}", "auth must be an object" },
		{ "{\"auth\":{\"api_key\":1}}", "auth.api_key must be text" },
		{ "{\"auth\":{\"password\":{}}}",
		    "auth.password must be text" },
		{ "{\"minProtocol\":\"3\"}",
		    "minProtocol must be a whole number" },
		{ "{\"maxProtocol\":3.5}",
		    "maxProtocol must be a whole number" },
		{ "{\"protocol\":{\"min\":-1}}",
		    "protocol.min must not be negative" },
		{ "{\"lastSeq\":-1}", "lastSeq must not be negative" },
		{ "{\"extensions\":{\"moltis\":{\"lastSeq\":\"1\"}}}",
		    "extensions.moltis.lastSeq must be a whole number" },
		{ "{\"role\":7}", "role must be text" },
		{ "{\"scopes\":\"operator.read\"}",
		    "scopes must be a list of scope names" },
		{ "{\"scopes\":[1]}", "scopes must be a list of scope names" },
		{ "{\"scopes\":[\"root\"]}",
		    "scopes holds no scope of this server" },
	};
	char text[400];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(parse(rows[i].text), ST_INVALID);
		CU_ASSERT_STRING_EQUAL(why, rows[i].why);
	}
	snprintf(text, sizeof(text), "{\"client\":{\"id\":\"%0257d\"}}", 1);
	CU_ASSERT_EQUAL(parse(text), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(why, "client.id is too long");
	drop();
}

static void
test_scopes(void)
{
	CU_ASSERT_EQUAL(parse("{\"scopes\":[]}"), ST_OK);
	CU_ASSERT_EQUAL(c.scope_mask, 0);
	CU_ASSERT_EQUAL(parse("{\"scopes\":[\"operator.write\",\"later\","
			      "\"operator.approvals\"]}"),
	    ST_OK);
	CU_ASSERT_EQUAL(c.scope_mask, SCOPE_WRITE | SCOPE_APPROVALS);
	drop();
}

void
suite_ws_connect(void)
{
	static const struct unit_test tests[] = {
		{ "the flat form", test_v3 },
		{ "the form with a protocol object", test_v4 },
		{ "the short sample", test_short },
		{ "versions agree or are named", test_mismatch },
		{ "wrong members are named", test_wrong },
		{ "scopes only narrow", test_scopes },
		{ NULL, NULL },
	};

	unit_add("src/ws/connect.c", tests);
}
