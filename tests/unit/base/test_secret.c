/*
 * Secrets: copied in, revealed by name, gone at the end.
 */
#include "config.h"

#include <string.h>

#include "base/secret.h"
#include "tests/unit/unit.h"

static void
kept_and_ended(void)
{
	struct secret s = { 0 };
	char given[] = "mk_key";

	CU_ASSERT_PTR_NULL(secret_reveal(&s));
	secret_set(&s, given, strlen(given));
	memset(given, 'x', sizeof(given) - 1);
	CU_ASSERT_STRING_EQUAL(secret_reveal(&s), "mk_key");
	CU_ASSERT_EQUAL(s.len, 6);
	secret_done(&s);
	CU_ASSERT_PTR_NULL(secret_reveal(&s));
	CU_ASSERT_EQUAL(s.len, 0);
	secret_done(&s);
}

static void
set_from_itself(void)
{
	own_secret struct secret s = { 0 };

	secret_set(&s, "abcdef", 6);
	secret_set(&s, secret_reveal(&s) + 2, 3);
	CU_ASSERT_STRING_EQUAL(secret_reveal(&s), "cde");
	secret_set(&s, NULL, 0);
	CU_ASSERT_PTR_NULL(secret_reveal(&s));
}

static void
empty_is_set(void)
{
	own_secret struct secret s = { 0 };

	secret_set(&s, "", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(secret_reveal(&s));
	CU_ASSERT_STRING_EQUAL(secret_reveal(&s), "");
}

void
suite_base_secret(void)
{
	static const struct unit_test tests[] = {
		{ "a secret is a copy until it ends", kept_and_ended },
		{ "a secret may be set from a part of itself",
		    set_from_itself },
		{ "an empty secret differs from none", empty_is_set },
		{ NULL, NULL },
	};

	unit_add("src/base/secret.c", tests);
}
