/*
 * Audit entries as CSV and JSON lines (S277).
 *
 * Pure.  What is in an entry was written by anybody, a stranger's user name
 * included: nothing of it may become a formula, a second row, or a command to
 * a terminal.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/audit.h"
#include "js/js.h"

static const char *const columns[] = { "id", "at", "event", "severity",
	"user_id", "username", "actor", "via", "peer", "detail" };

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

/* Full-width forms of = + - @ are formulas to some spreadsheets too. */
static bool
begins_formula(const char *s, size_t n)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b",
		"\xef\xbc\x8d", "\xef\xbc\xa0" };

	if (n == 0)
		return false;
	if (strchr("=+-@\t\r\n", s[0]) != NULL && s[0] != '\0')
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		if (n >= 3 && memcmp(s, wide[i], 3) == 0)
			return true;
	}
	return false;
}

void
audit_csv_field(struct txt *out, const char *s, size_t n)
{
	txt_append_c(out, '"');
	if (begins_formula(s, n))
		txt_append_c(out, '\'');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f)
			txt_format(out, "\\u%04x", c);
		else if (c == 0xc2 && i + 1 < n &&
		    ((unsigned char)s[i + 1] & 0xe0) == 0x80)
			/* U+0080 to U+009F: control characters as well. */
			txt_format(out, "\\u%04x", (unsigned char)s[++i]);
		else if (c == '"')
			txt_append(out, "\"\"");
		else
			txt_append_c(out, (char)c);
	}
	txt_append_c(out, '"');
}

void
audit_csv_head(struct txt *out)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		txt_format(out, "%s%s", i == 0 ? "" : ",", columns[i]);
	txt_append(out, "\r\n");
}

/* ISO 8601 in UTC. */
static void
append_time(struct txt *out, int64_t ms)
{
	time_t secs = (time_t)(ms / 1000);
	struct tm tm;
	char text[40];

	if (gmtime_r(&secs, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		text[0] = '\0';
	txt_format(out, "%s.%03dZ", text, (int)(ms % 1000));
}

void
audit_csv_row(struct txt *out, struct json_object *entry)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		struct json_object *value = js_get(entry, columns[i]);
		const char *text = js_text(entry, columns[i]);

		if (i > 0)
			txt_append_c(out, ',');
		if (value == NULL)
			continue;
		if (strcmp(columns[i], "at") == 0) {
			append_time(out, js_int(entry, "at", 0));
		} else if (text != NULL) {
			audit_csv_field(out, text,
			    js_text_len(entry, columns[i]));
		} else {
			text = js_str(value);
			audit_csv_field(out, text, strlen(text));
		}
	}
	txt_append(out, "\r\n");
}

void
audit_jsonl_row(struct txt *out, struct json_object *entry)
{
	txt_append(out, js_str(entry));
	txt_append_c(out, '\n');
}
