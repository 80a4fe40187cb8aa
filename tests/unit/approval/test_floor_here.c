/*
 * Here-documents: their end, and when there is none.
 */
#include "config.h"

#include <string.h>

#include "approval/floor_here.h"
#include "tests/unit/unit.h"

/* Opens with HEAD, then skips BODY: how many bytes of it. */
static size_t
skip(struct floor_here *here, const char *head, const char *body)
{
	memset(here, 0, sizeof(*here));
	CU_ASSERT_EQUAL(floor_here_open(here, head, strlen(head), 0),
	    strlen(head));
	return floor_here_skip(here, body, strlen(body), 0);
}

static void
ends(void)
{
	struct floor_here here;

	CU_ASSERT_EQUAL(skip(&here, "E", "a\nE\nb"), 4);
	CU_ASSERT_EQUAL(skip(&here, " E", "E\nb"), 2);
	CU_ASSERT_EQUAL(skip(&here, "E", "a\nE"), 3);
	CU_ASSERT_EQUAL(skip(&here, "-E", "\ta\n\t\tE\nb"), 7);
	CU_ASSERT_EQUAL(skip(&here, "'E'", "a\nE\nb"), 4);
	CU_ASSERT_EQUAL(skip(&here, "\\E", "$(a)\nE\nb"), 7);
	CU_ASSERT_FALSE(here.suspicious);
	CU_ASSERT_EQUAL(skip(&here, "E", "$a (b)\nE\n"), 9);
	CU_ASSERT_FALSE(here.suspicious);
	CU_ASSERT_EQUAL(skip(&here, "''", "a\n\nb"), 3);
}

static void
doubts(void)
{
	struct floor_here here;

	CU_ASSERT_EQUAL(skip(&here, "E", "a\n E\nE2\n"), 0);
	CU_ASSERT_TRUE(here.suspicious);
	CU_ASSERT_EQUAL(skip(&here, "E", "\tE\n"), 0);
	CU_ASSERT_TRUE(here.suspicious);
	CU_ASSERT_EQUAL(skip(&here, "E", "`a`\nE\n"), 6);
	CU_ASSERT_TRUE(here.suspicious);
	CU_ASSERT_EQUAL(skip(&here, "'E", "E\n"), 0);
	CU_ASSERT_TRUE(here.suspicious);
}

static void
limits(void)
{
	char head[FLOOR_HERE_WORD + 2];
	struct floor_here here = { .count = 0 };

	memset(head, 'E', sizeof(head));
	head[sizeof(head) - 1] = '\0';
	(void)floor_here_open(&here, head, strlen(head), 0);
	CU_ASSERT_TRUE(here.suspicious);
	here.suspicious = false;
	for (int i = 1; i < FLOOR_HERE_MAX; i++)
		(void)floor_here_open(&here, "E", 1, 0);
	CU_ASSERT_FALSE(here.suspicious);
	(void)floor_here_open(&here, "E", 1, 0);
	CU_ASSERT_TRUE(here.suspicious);
	CU_ASSERT_EQUAL(here.count, FLOOR_HERE_MAX);
}

void
suite_approval_floor_here(void)
{
	static const struct unit_test tests[] = {
		{ "a body ends at its word", ends },
		{ "in doubt nothing is skipped", doubts },
		{ "words and documents are limited", limits },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_here.c", tests);
}
