/*
 * The key set: equality is that of contents, and many keys stay quick.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "js/js_keys.h"
#include "tests/unit/unit.h"

static bool
add(struct js_keys *keys, const char *raw)
{
	return js_keys_add(keys, raw, strlen(raw), strchr(raw, '\\') != NULL);
}

static void
same_content_found(void)
{
	struct js_keys keys;

	js_keys_init(&keys);
	CU_ASSERT_TRUE(add(&keys, "name"));
	CU_ASSERT_TRUE(add(&keys, ""));
	CU_ASSERT_TRUE(add(&keys, "Name"));
	CU_ASSERT_TRUE(add(&keys, "nam"));
	CU_ASSERT_TRUE(add(&keys, "a\\/b"));
	CU_ASSERT_FALSE(add(&keys, "name"));
	CU_ASSERT_FALSE(add(&keys, ""));
	CU_ASSERT_FALSE(add(&keys, "n\\u0061me"));
	CU_ASSERT_FALSE(add(&keys, "\\u006E\\u0061\\u006D\\u0065"));
	CU_ASSERT_FALSE(add(&keys, "a/b"));
	CU_ASSERT_TRUE(add(&keys, "\\ud83d\\ude00"));
	CU_ASSERT_FALSE(add(&keys, "\xf0\x9f\x98\x80"));
	CU_ASSERT_EQUAL(keys.count, 6);
	js_keys_done(&keys);
}

static void
many_keys(void)
{
	static char names[1000][16];
	struct js_keys keys;

	js_keys_init(&keys);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "key%d", i);
		CU_ASSERT_TRUE(add(&keys, names[i]));
	}
	CU_ASSERT_EQUAL(keys.count, 1000);
	CU_ASSERT_TRUE(keys.slots >= 1333 && keys.slots <= 4096);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_FALSE(add(&keys, names[i]));
	js_keys_done(&keys);
	CU_ASSERT_EQUAL(keys.count, 0);
	CU_ASSERT_TRUE(add(&keys, names[0]));
	js_keys_done(&keys);
}

static void
unescaped(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t" },
		{ "\\u0041\\u00e4\\u20AC", "A\xc3\xa4\xe2\x82\xac" },
		{ "\\u007f\\u0080\\u07ff\\u0800\\uffff",
		    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf" },
		{ "\\ud800\\udc00\\uDBFF\\uDFFF",
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
	};
	char out[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = js_unescape(rows[i][0], strlen(rows[i][0]), out);

		CU_ASSERT_EQUAL(n, strlen(rows[i][1]));
		CU_ASSERT_EQUAL(memcmp(out, rows[i][1], n), 0);
	}
}

void
suite_js_js_keys(void)
{
	static const struct unit_test tests[] = {
		{ "keys are equal when their contents are",
		    same_content_found },
		{ "a thousand keys fit and are found again", many_keys },
		{ "escapes become the bytes they stand for", unescaped },
		{ NULL, NULL },
	};

	unit_add("src/js/js_keys.c", tests);
}
