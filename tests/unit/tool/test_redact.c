/* Redaction: every form, every way to cut the stream, and what must stay. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"
#include "tool/redact.h"

#define SECRET "s3cr\"t/Va+lue-\xc3\xa9!"

/* TEXT in pieces of PIECE bytes. */
static void
feed(const struct redact *set, const char *text, size_t n, size_t piece,
    struct txt *out)
{
	struct redact_stream s;

	txt_init(out, 0);
	redact_stream_init(&s, set);
	for (size_t at = 0; at < n; at += piece)
		redact_feed(&s, text + at, n - at < piece ? n - at : piece,
		    out);
	redact_end(&s, false, out);
	redact_stream_done(&s);
}

/* What comes out is WANT whatever the pieces are. */
static void
check(const struct redact *set, const char *text, const char *want)
{
	size_t n = strlen(text);

	for (size_t piece = 1; piece <= n; piece++) {
		own_txt struct txt out = { 0 };

		feed(set, text, n, piece, &out);
		if (strcmp(txt_str(&out), want) != 0)
			fprintf(stderr, "pieces of %zu: \"%s\" not \"%s\"\n",
			    piece, txt_str(&out), want);
		CU_ASSERT_STRING_EQUAL_FATAL(txt_str(&out), want);
	}
}

static struct redact *
one(const char *value)
{
	struct redact *set = redact_new();

	redact_add(set, value, strlen(value));
	return set;
}

static void
test_raw(void)
{
	struct redact *set = one(SECRET);

	check(set, "a " SECRET " b", "a [REDACTED] b");
	check(set, SECRET SECRET, "[REDACTED][REDACTED]");
	check(set, "nothing here, s3cr only", "nothing here, s3cr only");
	check(set, "dir/" SECRET ".txt", "dir/[REDACTED].txt");
	check(set, "!\xa9\xc3-eulaV", "!\xa9\xc3-eulaV");
	check(set, "s3s3cr\"t" SECRET, "s3s3cr\"t[REDACTED]");
	redact_free(set);
}

static void
test_reversed(void)
{
	struct redact *set = one("abcdef-123");

	check(set, "x321-fedcbay", "x[REDACTED]y");
	redact_free(set);
}

static void
test_base64(void)
{
	struct redact *set = one(SECRET);
	static const char *const before[] = { "", "a", "ab", "abc", "abcd" };
	static const char *const after[] = { "", "\n", "xy", "xyz" };

	for (size_t i = 0; i < 5; i++) {
		for (size_t k = 0; k < 4; k++) {
			char in[80], b64[160];
			own_txt struct txt out = { 0 }, url = { 0 };
			int n = snprintf(in, sizeof(in), "%s" SECRET "%s",
			    before[i], after[k]);

			bytes_b64(in, (size_t)n, b64);
			feed(set, b64, strlen(b64), 7, &out);
			CU_ASSERT_PTR_NOT_NULL(
			    strstr(txt_str(&out), REDACT_MARK));
			/* At most a mixed character on either side and what
			 * is not of the value is left. */
			CU_ASSERT_TRUE(out.len <= strlen(REDACT_MARK) + 14);
			bytes_b64url(in, (size_t)n, b64);
			feed(set, b64, strlen(b64), 5, &url);
			CU_ASSERT_PTR_NOT_NULL(
			    strstr(txt_str(&url), REDACT_MARK));
		}
	}
	redact_free(set);
}

static void
test_whole_base64_leaves_nothing(void)
{
	struct redact *set = one("abcdef0");

	check(set, "<YWJjZGVmMA==>", "<[REDACTED]>");
	check(set, "<YWJjZGVmMA>", "<[REDACTED]>");
	redact_free(set);
}

static void
test_hex(void)
{
	struct redact *set = one("key-42");

	check(set, "6b65792d3432", "[REDACTED]");
	check(set, "6B65792D3432", "[REDACTED]");
	redact_free(set);
}

static void
test_percent(void)
{
	struct redact *set = one("a b/c~d-\xc3\xa9");

	check(set, "q=a%20b%2Fc~d-%C3%A9&", "q=[REDACTED]&");
	check(set, "q=a%20b%2fc~d-%c3%a9&", "q=[REDACTED]&");
	check(set, "%61%20%62%2F%63%7E%64%2D%C3%A9", "[REDACTED]");
	redact_free(set);
}

static void
test_json(void)
{
	struct redact *set = one("li\"ne\nand/tab\t");

	check(set, "\"li\\\"ne\\nand/tab\\t\"", "\"[REDACTED]\"");
	check(set, "\"li\\\"ne\\nand\\/tab\\t\"", "\"[REDACTED]\"");
	redact_free(set);
}

static void
test_wrapped(void)
{
	struct redact *set = one("0123456789abcdefghijklmnopqrstuvwxyz");

	/* As base64, xxd -p and fold print it. */
	check(set, "MDEyMzQ1Njc4OWFiY2RlZmdoaWpr\nbG1ub3BxcnN0dXZ3eHl6\n",
	    "[REDACTED]\n");
	check(set,
	    "303132333435363738396162\r\n636465666768696a6b6c6d6e6f"
	    "7071727374757677\n78797a\n",
	    "[REDACTED]\n");
	check(set, "01234\n56789\nabcdefghijklmnopqrstuvwxy\nz\n",
	    "[REDACTED]\n");
	redact_free(set);
}

static void
test_value_with_breaks(void)
{
	struct redact *set = one("-----BEGIN\nabc\ndef\n-----END\n");

	check(set, "x\n-----BEGIN\nabc\ndef\n-----END\ny\n",
	    "x\n[REDACTED]\ny\n");
	redact_free(set);
}

static void
test_short_values(void)
{
	struct redact *set = one("12345");

	check(set, "12345 MTIzNDU= 3132333435", "12345 MTIzNDU= 3132333435");
	redact_free(set);
	set = one("123456");
	check(set, "x 123456 y", "x [REDACTED] y");
	redact_free(set);
}

static void
test_longest_wins(void)
{
	struct redact *set = one("password");

	redact_add(set, "password-and-more", 17);
	check(set, "password-and-more.", "[REDACTED].");
	check(set, "password-and-mor", "[REDACTED]-and-mor");
	redact_free(set);
}

static void
test_cut_end(void)
{
	struct redact *set = one(SECRET);
	struct redact_stream s;
	own_txt struct txt out = { 0 };

	redact_stream_init(&s, set);
	redact_feed(&s, "end " SECRET, 4 + 7, &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "end ");
	redact_end(&s, true, &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "end ");
	redact_stream_done(&s);
	redact_free(set);
}

static void
test_shown_at_once(void)
{
	struct redact *set = one(SECRET);
	struct redact_stream s;
	own_txt struct txt out = { 0 };

	redact_stream_init(&s, set);
	redact_feed(&s, "step 1\n", 7, &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "step 1\n");
	redact_end(&s, false, &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "step 1\n");
	redact_stream_done(&s);
	redact_free(set);
}

static void
test_breaks_do_not_pile_up(void)
{
	struct redact *set = one(SECRET);
	struct redact_stream s;
	own_txt struct txt out = { 0 };

	redact_stream_init(&s, set);
	redact_feed(&s, "s3cr", 4, &out);
	for (int i = 0; i < 20000; i++)
		redact_feed(&s, "\n\n\n\n\n", 5, &out);
	CU_ASSERT_TRUE(s.raw.len < 30000);
	redact_end(&s, false, &out);
	CU_ASSERT_EQUAL(out.len, 100004);
	redact_stream_done(&s);
	redact_free(set);
}

static void
test_nothing_secret(void)
{
	check(NULL, "plain " SECRET, "plain " SECRET);
}

void
suite_tool_redact(void)
{
	static const struct unit_test tests[] = {
		{ "the value itself goes, its beginning stays", test_raw },
		{ "reversed", test_reversed },
		{ "base64 in every alignment and alphabet", test_base64 },
		{ "base64 of the whole value leaves nothing",
		    test_whole_base64_leaves_nothing },
		{ "hex in both cases", test_hex },
		{ "percent-encoded, some bytes or all", test_percent },
		{ "escaped for JSON", test_json },
		{ "line breaks inside a form do not hide it", test_wrapped },
		{ "a value of many lines", test_value_with_breaks },
		{ "values below six bytes are left alone", test_short_values },
		{ "the longest of several values is taken", test_longest_wins },
		{ "half a value at a cut end is dropped", test_cut_end },
		{ "what cannot be a value is not held back",
		    test_shown_at_once },
		{ "line breaks do not fill memory",
		    test_breaks_do_not_pile_up },
		{ "without secrets nothing changes", test_nothing_secret },
		{ NULL, NULL },
	};

	unit_add("src/tool/redact.c", tests);
}
