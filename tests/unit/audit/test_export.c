/* Entries as files: what a spreadsheet, a reader of lines and a terminal make
 * of what strangers wrote. */
#include "config.h"

#include "audit/audit.h"

#include <string.h>

#include "js/js.h"
#include "tests/unit/unit.h"

static const char *
field(const char *s)
{
	static struct txt out;

	txt_done(&out);
	audit_csv_field(&out, s, strlen(s));
	return txt_str(&out);
}

static void
plain_fields_are_quoted(void)
{
	CU_ASSERT_STRING_EQUAL(field("alice"), "\"alice\"");
	CU_ASSERT_STRING_EQUAL(field(""), "\"\"");
	CU_ASSERT_STRING_EQUAL(field("a,b"), "\"a,b\"");
	CU_ASSERT_STRING_EQUAL(field("say \"hi\""), "\"say \"\"hi\"\"\"");
	CU_ASSERT_STRING_EQUAL(field("gr\xc3\xbc\xc3\x9f"),
	    "\"gr\xc3\xbc\xc3\x9f\"");
}

static void
formulas_are_text(void)
{
	CU_ASSERT_STRING_EQUAL(field("=1+1"), "\"'=1+1\"");
	CU_ASSERT_STRING_EQUAL(field("+1"), "\"'+1\"");
	CU_ASSERT_STRING_EQUAL(field("-1"), "\"'-1\"");
	CU_ASSERT_STRING_EQUAL(field("@SUM(A1)"), "\"'@SUM(A1)\"");
	CU_ASSERT_STRING_EQUAL(field("=cmd|' /C calc'!\"A0\""),
	    "\"'=cmd|' /C calc'!\"\"A0\"\"\"");
	CU_ASSERT_STRING_EQUAL(field("\t=1"), "\"'\\u0009=1\"");
	CU_ASSERT_STRING_EQUAL(field("\r=1"), "\"'\\u000d=1\"");
	CU_ASSERT_STRING_EQUAL(field("\n=1"), "\"'\\u000a=1\"");
	CU_ASSERT_STRING_EQUAL(field("\xef\xbc\x9d"
				     "1"),
	    "\"'\xef\xbc\x9d"
	    "1\"");
	CU_ASSERT_STRING_EQUAL(field("1=1"), "\"1=1\"");
}

static void
control_characters_forge_nothing(void)
{
	/* A78: a second row, a cleared terminal, an end of the text. */
	CU_ASSERT_STRING_EQUAL(field("x\r\n1,2"), "\"x\\u000d\\u000a1,2\"");
	CU_ASSERT_STRING_EQUAL(field("\x1b[2J"), "\"\\u001b[2J\"");
	CU_ASSERT_STRING_EQUAL(field("a\x7f"), "\"a\\u007f\"");
	CU_ASSERT_STRING_EQUAL(field("\xc2\x9b"
				     "2J"),
	    "\"\\u009b2J\"");
}

static struct json_object *
entry_of(const char *event, const char *detail)
{
	struct json_object *o = js_new();
	struct json_object *d = js_new();

	js_set_text(d, "text", detail);
	js_set_int(o, "id", 7);
	js_set_int(o, "at", 1700000000123);
	js_set_text(o, "event", event);
	js_set_text(o, "severity", "warn");
	js_set_text(o, "user_id", NULL);
	js_set_text(o, "username", "eve");
	js_set_text(o, "actor", "system");
	js_set_text(o, "via", "rest");
	js_set_text(o, "peer", "192.0.2.1");
	js_set(o, "detail", d);
	return o;
}

static void
row_has_the_columns_of_the_head(void)
{
	own_txt struct txt out = { 0 };
	own_json struct json_object *o = entry_of("auth.login", "a\r\n\"b\"");

	audit_csv_head(&out);
	audit_csv_row(&out, o);
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "id,at,event,severity,user_id,username,actor,via,peer,detail\r\n"
	    "\"7\",2023-11-14T22:13:20.123Z,\"auth.login\",\"warn\",,\"eve\","
	    "\"system\",\"rest\",\"192.0.2.1\","
	    "\"{\"\"text\"\":\"\"a\\r\\n\\\"\"b\\\"\"\"\"}\"\r\n");
}

static void
line_of_json_is_one_line(void)
{
	own_txt struct txt out = { 0 };
	own_json struct json_object *o = entry_of("x\n{\"id\":9}", "\x1b[2J");
	const char *end;

	audit_jsonl_row(&out, o);
	end = strchr(txt_str(&out), '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_STRING_EQUAL(end, "\n");
	CU_ASSERT_PTR_NULL(strchr(txt_str(&out), 0x1b));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "\"id\":7,"));
}

void
suite_audit_export(void)
{
	static const struct unit_test tests[] = {
		{ "every field is quoted, quotes are doubled",
		    plain_fields_are_quoted },
		{ "what begins like a formula gets an apostrophe",
		    formulas_are_text },
		{ "control characters are shown, not obeyed",
		    control_characters_forge_nothing },
		{ "a row has the columns of the head",
		    row_has_the_columns_of_the_head },
		{ "an object is one line, whatever is in it",
		    line_of_json_is_one_line },
		{ NULL, NULL },
	};

	unit_add("src/audit/export.c", tests);
}
