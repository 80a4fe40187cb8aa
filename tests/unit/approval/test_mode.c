/*
 * Approval modes: their words, which asks more often, and that an account can
 * only be stricter than its deployment (S2).
 */
#include "config.h"

#include <string.h>

#include "approval/mode.h"
#include "tests/unit/unit.h"

static const enum conf_approval modes[] = { APPROVAL_NEVER, APPROVAL_SMART,
	APPROVAL_ALWAYS }; /* the later, the stricter */

static void
words(void)
{
	static const char *const bad[] = { "", "Always", "always ", "alway",
		"on-miss", "off", "never\n" };
	enum conf_approval mode;

	CU_ASSERT_STRING_EQUAL(exec_mode_word(APPROVAL_ALWAYS), "always");
	CU_ASSERT_STRING_EQUAL(exec_mode_word(APPROVAL_SMART), "smart");
	CU_ASSERT_STRING_EQUAL(exec_mode_word(APPROVAL_NEVER), "never");
	for (size_t i = 0; i < 3; i++) {
		mode = modes[(i + 1) % 3];
		CU_ASSERT_TRUE(
		    exec_mode_parse(exec_mode_word(modes[i]), &mode));
		CU_ASSERT_EQUAL(mode, modes[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mode = APPROVAL_SMART;
		CU_ASSERT_FALSE(exec_mode_parse(bad[i], &mode));
		CU_ASSERT_EQUAL(mode, APPROVAL_SMART);
	}
}

static void
pairs(void)
{
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 3; k++) {
			CU_ASSERT_EQUAL(
			    exec_mode_is_stricter(modes[i], modes[k]), i > k);
			CU_ASSERT_EQUAL(exec_mode_stricter(modes[i],
					    exec_mode_word(modes[k])),
			    modes[i > k ? i : k]);
		}
	}
}

static void
unset(void)
{
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(exec_mode_stricter(modes[i], NULL), modes[i]);
}

static void
unknown(void)
{
	static const char *const bad[] = { "", "sometimes", "Never", "{}",
		"never " };

	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
			CU_ASSERT_EQUAL(exec_mode_stricter(modes[i], bad[k]),
			    APPROVAL_ALWAYS);
	}
}

static const struct unit_test tests[] = {
	{ "three words are modes, nothing else is", words },
	{ "of nine pairs the stricter one holds", pairs },
	{ "without a word of the account the deployment's holds", unset },
	{ "an unknown word is the strictest mode", unknown }, { NULL, NULL }
};

void
suite_approval_mode(void)
{
	unit_add("src/approval/mode.c", tests);
}
