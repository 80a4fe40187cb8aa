/* What a canary must say, line by line, before commands may run. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "sandboxd/choice.h"
#include "tests/unit/unit.h"

static const char good[] = "Uid: 1000\n"
			   "CapPrm: 0000000000000000\n"
			   "CapEff: 0000000000000000\n"
			   "CapBnd: 0000000000000000\n"
			   "NoNewPrivs: 1\n"
			   "Seccomp: 2\n"
			   "root: read-only\n"
			   "usr: read-only\n"
			   "workspace: writable\n"
			   "canary: sang\n";

static bool
passes(const char *text)
{
	char why[SBX_WHY_BYTES] = "";
	bool ok = choice_check_output(text, why);

	CU_ASSERT_EQUAL(ok, why[0] == '\0');
	return ok;
}

/* GOOD with its line FROM replaced. */
static bool
passes_with(const char *from, const char *to)
{
	const char *at = strstr(good, from);
	own_txt struct txt t = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	txt_append_n(&t, good, (size_t)(at - good));
	txt_append(&t, to);
	txt_append(&t, at + strlen(from));
	return passes(txt_str(&t));
}

static void
canaries(void)
{
	CU_ASSERT_TRUE(passes(good));
	CU_ASSERT_FALSE(passes(""));
	CU_ASSERT_FALSE(passes_with("Uid: 1000", "Uid: 0"));
	CU_ASSERT_FALSE(passes_with("Uid: 1000\n", ""));
	CU_ASSERT_TRUE(passes_with("Uid: 1000", "Uid: 65534"));
	CU_ASSERT_FALSE(passes_with("CapEff: 0000000000000000",
	    "CapEff: 00000000a80425fb"));
	CU_ASSERT_FALSE(passes_with("CapPrm: 0000000000000000",
	    "CapPrm: 0000000000000001"));
	CU_ASSERT_FALSE(passes_with("NoNewPrivs: 1", "NoNewPrivs: 0"));
	CU_ASSERT_FALSE(passes_with("NoNewPrivs: 1\n", ""));
	CU_ASSERT_TRUE(
	    passes_with("NoNewPrivs: 1", "set-uid: 1000\nno-new-privs: 1"));
	CU_ASSERT_FALSE(
	    passes_with("NoNewPrivs: 1", "set-uid: 0\nno-new-privs: 1"));
	CU_ASSERT_FALSE(
	    passes_with("NoNewPrivs: 1", "set-uid: 1000\nno-new-privs: 0"));
	/* What /proc says is not talked over. */
	CU_ASSERT_FALSE(passes_with("NoNewPrivs: 1",
	    "NoNewPrivs: 0\nset-uid: 1000\nno-new-privs: 1"));
	CU_ASSERT_FALSE(passes_with("Seccomp: 2", "Seccomp: 0"));
	CU_ASSERT_FALSE(passes_with("root: read-only", "root: writable"));
	CU_ASSERT_FALSE(passes_with("usr: read-only", "usr: writable"));
	CU_ASSERT_FALSE(passes_with("workspace: writable", "workspace: x"));
	CU_ASSERT_FALSE(passes_with("canary: sang\n",
	    "host: visible\n"
	    "canary: sang\n"));
	CU_ASSERT_FALSE(passes_with("canary: sang\n", ""));
}

void
suite_sandboxd_choice(void)
{
	static const struct unit_test tests[] = {
		{ "a canary must be confined in every way", canaries },
		{ NULL, NULL },
	};

	unit_add("sandboxd/choice.c", tests);
}
