/*
 * Fuzz target: the Cookie header.
 *
 * Compared with a second, plainer reading of the same header: found means
 * that exactly one pair bears our name and that its value is the one given.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "http/cookie.h"

#define NAME "moltis_session"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int condition)
{
	if (!condition)
		abort();
}

/* Number of pairs with our name; *RET_VALUE is the last one's value. */
static int
count_pairs(char *header, const char **ret_value)
{
	char *pair, *rest = header;
	int count = 0;

	while ((pair = strsep(&rest, ";")) != NULL) {
		pair += strspn(pair, " \t");
		if (strncmp(pair, NAME "=", sizeof(NAME)) != 0)
			continue;
		*ret_value = pair + sizeof(NAME);
		count++;
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_mem char *header = mem_strndup((const char *)data, size);
	own_mem char *copy = mem_strdup(header);
	char value[64] = "untouched";
	const char *expect = "";
	enum status st;
	int count;

	st = http_cookie_find(header, NAME, value, sizeof(value));
	if (st == ST_INVALID) {
		need(strlen(header) > HTTP_COOKIE_HEADER_MAX ||
		    strchr(header, ',') != NULL);
		return 0;
	}
	count = count_pairs(copy, &expect);
	need((st == ST_OK) == (count == 1 && strlen(expect) < sizeof(value)));
	need(strcmp(value, st == ST_OK ? expect : "untouched") == 0);
	return 0;
}
