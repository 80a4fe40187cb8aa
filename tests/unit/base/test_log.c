/*
 * Log lines as they reach standard error: one JSON object each, whatever the
 * values hold.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "base/utf8.h"
#include "js/js.h"
#include "tests/unit/unit.h"

static void
capture_start(void)
{
	unit_stderr_catch();
	log_set_level(LOG_LVL_INFO);
	log_open("unit");
}

/* What was logged since, as text. */
static void
capture_end(char out[UNIT_STDERR_ROOM])
{
	unit_stderr_release(out);
	log_set_level(LOG_LVL_ERROR);
}

/* Parses the only line of TEXT; the caller owns it. */
static struct json_object *
only_line(const char *text)
{
	struct json_object *line = NULL;
	struct js_error err;
	size_t n = strlen(text);

	CU_ASSERT_PTR_EQUAL_FATAL(strchr(text, '\n'), text + n - 1);
	CU_ASSERT_EQUAL_FATAL(js_parse(text, n, &line, &err), ST_OK);
	return line;
}

static void
line_has_all(void)
{
	static const struct log_ctx ctx = { "turn", "t-1", "a-2" };
	own_json struct json_object *line = NULL;
	char out[UNIT_STDERR_ROOM];

	capture_start();
	log_info(&ctx, "turn started", "model=%s n=%d text=\"%s\"", "demo", 5,
	    "two words");
	capture_end(out);
	line = only_line(out);
	CU_ASSERT_STRING_EQUAL(js_text(line, "level"), "info");
	CU_ASSERT_STRING_EQUAL(js_text(line, "program"), "unit");
	CU_ASSERT_EQUAL(js_int(line, "pid", 0), getpid());
	CU_ASSERT_STRING_EQUAL(js_text(line, "component"), "turn");
	CU_ASSERT_STRING_EQUAL(js_text(line, "id"), "t-1");
	CU_ASSERT_STRING_EQUAL(js_text(line, "account"), "a-2");
	CU_ASSERT_STRING_EQUAL(js_text(line, "msg"), "turn started");
	CU_ASSERT_STRING_EQUAL(js_text(line, "model"), "demo");
	CU_ASSERT_STRING_EQUAL(js_text(line, "n"), "5");
	CU_ASSERT_STRING_EQUAL(js_text(line, "text"), "two words");
	CU_ASSERT_EQUAL(js_text_len(line, "time"), 24);
}

static void
no_context_no_pairs(void)
{
	own_json struct json_object *line = NULL;
	char out[UNIT_STDERR_ROOM];

	capture_start();
	log_warn(NULL, "plain", "");
	capture_end(out);
	line = only_line(out);
	CU_ASSERT_STRING_EQUAL(js_text(line, "level"), "warn");
	CU_ASSERT_PTR_NULL(js_get(line, "component"));
}

static void
value_cannot_forge(void)
{
	static const char evil[] =
	    "x\n{\"level\":\"error\"} msg=owned level=error \"y=1\" \x1b[2J"
	    "\x01%s%n";
	own_json struct json_object *line = NULL;
	char out[UNIT_STDERR_ROOM];

	capture_start();
	log_info(NULL, "message", "user=%s done=%s", evil, "yes");
	capture_end(out);
	line = only_line(out);
	CU_ASSERT_STRING_EQUAL(js_text(line, "user"), evil);
	CU_ASSERT_STRING_EQUAL(js_text(line, "level"), "info");
	CU_ASSERT_STRING_EQUAL(js_text(line, "msg"), "message");
	CU_ASSERT_STRING_EQUAL(js_text(line, "done"), "yes");
	CU_ASSERT_PTR_NULL(js_get(line, "y"));
	CU_ASSERT_PTR_NULL(strchr(out, '\x1b'));
}

static void
own_keys_stay(void)
{
	own_json struct json_object *line = NULL;
	char out[UNIT_STDERR_ROOM];

	capture_start();
	log_info(NULL, "real", "msg=%s id=%s", "other", "7");
	capture_end(out);
	line = only_line(out);
	CU_ASSERT_STRING_EQUAL(js_text(line, "msg"), "real");
	CU_ASSERT_STRING_EQUAL(js_text(line, "msg_"), "other");
	CU_ASSERT_STRING_EQUAL(js_text(line, "id_"), "7");
}

static void
long_values_cut(void)
{
	own_json struct json_object *line = NULL;
	own_txt struct txt text;
	char out[UNIT_STDERR_ROOM];

	txt_init(&text, 0);
	for (int i = 0; i < 50000; i++)
		txt_append(&text, "\xe2\x82\xac");
	capture_start();
	log_info(NULL, "m", "a=%s b=%s", txt_str(&text), "after");
	capture_end(out);
	line = only_line(out);
	CU_ASSERT_EQUAL(utf8_count(js_text(line, "a"), js_text_len(line, "a")),
	    200);
	CU_ASSERT_STRING_EQUAL(js_text(line, "b"), "after");
}

static void
line_is_bounded(void)
{
	own_json struct json_object *line = NULL;
	char controls[401], out[UNIT_STDERR_ROOM];

	memset(controls, 1, 400);
	controls[400] = '\0';
	capture_start();
	log_info(NULL, "m", "a=%s b=%s c=%s d=%s", controls, controls, controls,
	    controls);
	capture_end(out);
	line = only_line(out);
	CU_ASSERT_TRUE(strlen(out) <= 4096);
	CU_ASSERT_TRUE(js_bool(line, "cut", false));
	CU_ASSERT_EQUAL(js_text_len(line, "a"), 200);
}

static void
levels(void)
{
	enum log_level level = LOG_LVL_INFO;
	char out[UNIT_STDERR_ROOM];

	capture_start();
	log_debug(NULL, "hidden", "");
	log_set_level(LOG_LVL_ERROR);
	log_warn(NULL, "hidden", "");
	capture_end(out);
	CU_ASSERT_STRING_EQUAL(out, "");
	CU_ASSERT_TRUE(log_level_parse("WARN", &level));
	CU_ASSERT_EQUAL(level, LOG_LVL_WARN);
	CU_ASSERT_FALSE(log_level_parse("loud", &level));
	CU_ASSERT_FALSE(log_level_parse(NULL, &level));
	CU_ASSERT_EQUAL(level, LOG_LVL_WARN);
}

void
suite_base_log(void)
{
	static const struct unit_test tests[] = {
		{ "a line carries context and pairs", line_has_all },
		{ "context and pairs may be missing", no_context_no_pairs },
		{ "a value cannot forge a line or a pair", value_cannot_forge },
		{ "a pair does not replace a key of the line", own_keys_stay },
		{ "a value is cut to 200 characters", long_values_cut },
		{ "a line fits in one write", line_is_bounded },
		{ "lines below the level are not written", levels },
		{ NULL, NULL },
	};

	unit_add("src/base/log.c", tests);
}
