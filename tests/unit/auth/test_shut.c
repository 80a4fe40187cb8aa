/* The short circuit of refusals: what it remembers, and for how long. */
#include "config.h"

#include <stdio.h>

#include "auth/auth.h"
#include "tests/unit/unit.h"

static void
remembers(void)
{
	CU_ASSERT_EQUAL(auth_shut_secs("login", "192.0.2.1"), 0);
	auth_shut_note("login", "192.0.2.1", 30);
	CU_ASSERT_EQUAL(auth_shut_secs("login", "192.0.2.1"), 30);
	CU_ASSERT_EQUAL(auth_shut_secs("login", "192.0.2.2"), 0);
	CU_ASSERT_EQUAL(auth_shut_secs("rest.api", "192.0.2.1"), 0);
	/* Where one name ends and the other begins matters. */
	CU_ASSERT_EQUAL(auth_shut_secs("login1", "92.0.2.1"), 0);
	auth_shut_note("login", "192.0.2.1", 5);
	CU_ASSERT_EQUAL(auth_shut_secs("login", "192.0.2.1"), 5);
}

static void
a_minute(void)
{
	auth_shut_note("login", "192.0.2.9", 86400);
	CU_ASSERT_EQUAL(auth_shut_secs("login", "192.0.2.9"), 60);
	auth_shut_note("login", "192.0.2.9", 0);
	CU_ASSERT_EQUAL(auth_shut_secs("login", "192.0.2.9"), 0);
}

/* More than there are places: some are forgotten, none appears. */
static void
bounded(void)
{
	char subject[32];
	int known = 0, invented = 0;

	for (int i = 0; i < 10000; i++) {
		(void)snprintf(subject, sizeof(subject), "flood-%d", i);
		auth_shut_note("bounded", subject, 60);
	}
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(subject, sizeof(subject), "flood-%d", i);
		known += auth_shut_secs("bounded", subject) > 0;
		(void)snprintf(subject, sizeof(subject), "other-%d", i);
		invented += auth_shut_secs("bounded", subject) > 0;
	}
	CU_ASSERT(known > 1500 && known <= 2048);
	CU_ASSERT_EQUAL(invented, 0);
}

void
suite_auth_shut(void)
{
	static const struct unit_test tests[] = {
		{ "a refusal is remembered for its class and subject",
		    remembers },
		{ "for a minute at most", a_minute },
		{ "a flood makes it forget, never invent", bounded },
		{ NULL, NULL },
	};

	unit_add("src/auth/shut.c", tests);
}
