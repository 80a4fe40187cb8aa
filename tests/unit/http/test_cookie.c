/*
 * The Cookie header: one value or none, never a guess (S173, A8).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "http/cookie.h"
#include "tests/unit/unit.h"

#define NAME "moltis_session"

static void
table(void)
{
	static const struct {
		const char *header;
		enum status st;
		const char *value;
	} rows[] = {
		{ NULL, ST_NOT_FOUND, "" },
		{ "", ST_NOT_FOUND, "" },
		{ NAME "=abc", ST_OK, "abc" },
		{ "a=1; " NAME "=abc; b=2", ST_OK, "abc" },
		{ "a=1;" NAME "=abc;b=2", ST_OK, "abc" },
		{ "\t " NAME "=abc", ST_OK, "abc" },
		{ ";;" NAME "=abc;;", ST_OK, "abc" },
		{ NAME "=", ST_OK, "" },
		{ NAME "=a=b", ST_OK, "a=b" },
		{ NAME "=\"abc\"", ST_OK, "\"abc\"" },
		{ NAME "=abc ", ST_OK, "abc " },
		{ NAME "=123456789012345", ST_OK, "123456789012345" },
		{ NAME "=1234567890123456", ST_NOT_FOUND, "" },
		{ NAME, ST_NOT_FOUND, "" },
		{ "Moltis_Session=abc", ST_NOT_FOUND, "" },
		{ "x" NAME "=abc; " NAME "x=abc", ST_NOT_FOUND, "" },
		{ "a=" NAME "=abc", ST_NOT_FOUND, "" },
		{ NAME "=a; " NAME "=b", ST_NOT_FOUND, "" },
		{ NAME "=a; " NAME "=a", ST_NOT_FOUND, "" },
		{ NAME "=a; x=1; " NAME "=", ST_NOT_FOUND, "" },
		/* Two headers joined with a comma by a proxy. */
		{ NAME "=a, " NAME "=b", ST_INVALID, "" },
		{ "x=1," NAME "=b", ST_INVALID, "" },
		{ "x=1, y=2; " NAME "=b", ST_OK, "b" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[16] = "untouched";

		CU_ASSERT_EQUAL(http_cookie_find(rows[i].header, NAME, value,
				    sizeof(value)),
		    rows[i].st);
		CU_ASSERT_STRING_EQUAL(value,
		    rows[i].st == ST_OK ? rows[i].value : "untouched");
	}
}

static void
long_header(void)
{
	size_t size = HTTP_COOKIE_HEADER_MAX;
	char *header = malloc(size + 2);
	char value[16];

	memset(header, 'x', size + 1);
	memcpy(header, NAME "=v;", sizeof(NAME "=v;") - 1);
	header[size] = '\0';
	CU_ASSERT_EQUAL(http_cookie_find(header, NAME, value, sizeof(value)),
	    ST_OK);
	header[size] = 'x';
	header[size + 1] = '\0';
	CU_ASSERT_EQUAL(http_cookie_find(header, NAME, value, sizeof(value)),
	    ST_INVALID);
	free(header);
}

void
suite_http_cookie(void)
{
	static const struct unit_test tests[] = {
		{ "exactly one cookie of the name is believed", table },
		{ "a header above 8 KiB is refused", long_header },
		{ NULL, NULL },
	};

	unit_add("src/http/cookie.c", tests);
}
