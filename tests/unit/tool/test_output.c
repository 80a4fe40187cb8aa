/* Output made readable: bytes that are no text, limits, the live copy. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/unit/unit.h"
#include "tool/output.h"

static void
test_clean(void)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
		{ "abc", 3, "abc" },
		{ "a\0b", 3,
		    "a\xef\xbf\xbd"
		    "b" },
		{ "\xff\xfe", 2, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc3\xa9", 2, "\xc3\xa9" },
		{ "x\xc3", 2, "x\xef\xbf\xbd" },
		{ "\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\x1b[31m\t\n", 7, "\x1b[31m\t\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_txt struct txt out = { 0 };

		CU_ASSERT_EQUAL(
		    output_clean(rows[i].in, rows[i].n, false, &out),
		    rows[i].n);
		CU_ASSERT_STRING_EQUAL(txt_str(&out), rows[i].out);
	}
}

static void
test_partial(void)
{
	own_txt struct txt out = { 0 };

	/* The first two of three bytes wait. */
	CU_ASSERT_EQUAL(output_clean("a\xe2\x82", 3, true, &out), 1);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "a");
	/* What can never become a character does not. */
	CU_ASSERT_EQUAL(output_clean("\xff", 1, true, &out), 1);
}

static void
test_pieces(void)
{
	static const char text[] = "gr\xc3\xbc\xc3\x9f"
				   "e \xe2\x82\xac "
				   "\xf0\x9f\x98\x80 \xc3";
	struct output o;
	own_txt struct txt live = { 0 };

	output_init(&o, NULL, 1000);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		output_add(&o, text + i, 1, &live);
		CU_ASSERT_TRUE(utf8_check(txt_str(&live), live.len));
	}
	output_end(&o, false, &live);
	CU_ASSERT_STRING_EQUAL(txt_str(&o.text),
	    "gr\xc3\xbc\xc3\x9f"
	    "e \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd");
	CU_ASSERT_STRING_EQUAL(txt_str(&live), txt_str(&o.text));
	CU_ASSERT_FALSE(output_is_cut(&o));
	output_done(&o);
}

static void
test_limit(void)
{
	struct output o;
	own_txt struct txt live = { 0 };

	output_init(&o, NULL, 5);
	output_add(&o, "abcd\xc3\xa9zz", 8, &live);
	output_add(&o, "more", 4, &live);
	output_end(&o, false, &live);
	/* Not half a character, and nothing after the gap. */
	CU_ASSERT_STRING_EQUAL(txt_str(&o.text), "abcd");
	CU_ASSERT_EQUAL(o.total, 12);
	CU_ASSERT_TRUE(output_is_cut(&o));
	CU_ASSERT_EQUAL(live.len, 12);
	output_done(&o);
}

static void
test_cut_stream(void)
{
	struct output o;

	output_init(&o, NULL, 100);
	output_add(&o, "abc", 3, NULL);
	output_end(&o, true, NULL);
	CU_ASSERT_TRUE(output_is_cut(&o));
	CU_ASSERT_STRING_EQUAL(txt_str(&o.text), "abc");
	output_done(&o);
}

static void
test_secret_across_the_limit(void)
{
	struct redact *set = redact_new();
	struct output o;

	redact_add(set, "topsecret", 9);
	output_init(&o, set, 12);
	output_add(&o, "12345678tops", 12, NULL);
	output_add(&o, "ecret", 5, NULL);
	output_end(&o, false, NULL);
	CU_ASSERT_STRING_EQUAL(txt_str(&o.text), "12345678[RED");
	output_done(&o);
	redact_free(set);
}

void
suite_tool_output(void)
{
	static const struct unit_test tests[] = {
		{ "what is no UTF-8 and NUL are replaced", test_clean },
		{ "an unfinished character waits for its rest", test_partial },
		{ "bytes one by one give whole characters", test_pieces },
		{ "past the limit it is counted, not kept", test_limit },
		{ "a stream cut elsewhere counts as cut", test_cut_stream },
		{ "secrets are taken out before it is cut",
		    test_secret_across_the_limit },
		{ NULL, NULL },
	};

	unit_add("src/tool/output.c", tests);
}
