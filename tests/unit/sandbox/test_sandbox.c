/* The rules of a request: what is accepted, and which field is blamed. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sandbox/sandbox.h"
#include "tests/unit/unit.h"

static struct sbx_text
text(const char *s)
{
	struct sbx_text t = { s, strlen(s) };

	return t;
}

static struct sbx_run
sample(void)
{
	struct sbx_run run = { .timeout_secs = 30 };

	run.command = text("echo hello");
	run.cwd = text("a/b");
	run.image = text("localhost/tools:1");
	run.env[0].name = text("API_KEY");
	run.env[0].value = text("x=y z");
	run.env_count = 1;
	return run;
}

static void
refused(const struct sbx_run *run, const char *field)
{
	const char *got = "";

	CU_ASSERT_NOT_EQUAL(sbx_run_check(run, &got), ST_OK);
	CU_ASSERT_STRING_EQUAL(got, field);
}

static void
plain(void)
{
	struct sbx_run run = sample();
	const char *field;

	CU_ASSERT_EQUAL(sbx_run_check(&run, &field), ST_OK);
	run.cwd = run.image = text("");
	run.timeout_secs = 0;
	run.env_count = 0;
	CU_ASSERT_EQUAL(sbx_run_check(&run, &field), ST_OK);
}

static void
commands(void)
{
	struct sbx_run run = sample();

	run.command = text("");
	refused(&run, "command");
	run.command.p = "a\0b";
	run.command.n = 3;
	refused(&run, "command");
	run.command.p = mem_zalloc(SBX_MAX_COMMAND + 1);
	memset((char *)(uintptr_t)run.command.p, 'x', SBX_MAX_COMMAND + 1);
	run.command.n = SBX_MAX_COMMAND + 1;
	refused(&run, "command");
	run.command.n = SBX_MAX_COMMAND;
	CU_ASSERT_EQUAL(sbx_run_check(&run, &(const char *){ NULL }), ST_OK);
	free((char *)(uintptr_t)run.command.p);
	run = sample();
	run.timeout_secs = SBX_MAX_TIMEOUT_SECS + 1;
	refused(&run, "timeout_secs");
	run = sample();
	run.limits.memory_bytes = 1ull << 41;
	refused(&run, "limits");
}

static void
folders(void)
{
	static const char *const good[] = { "", ".", "a", "a/b", "..a", "a..",
		"...", "a//b", "a b\n" };
	static const char *const bad[] = { "/", "/a", "..", "../a", "a/..",
		"a/../b", "a//..", "../../.." };
	char longest[SBX_MAX_PATH + 1];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(sbx_cwd_check(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(sbx_cwd_check(bad[i], strlen(bad[i])));
	CU_ASSERT_FALSE(sbx_cwd_check("a\0b", 3));
	memset(longest, 'x', sizeof(longest));
	CU_ASSERT_TRUE(sbx_cwd_check(longest, SBX_MAX_PATH));
	CU_ASSERT_FALSE(sbx_cwd_check(longest, SBX_MAX_PATH + 1));
}

static void
names(void)
{
	static const char *const good[] = { "A", "_", "api_key", "X9", "LD",
		"MY_PATH", "LANG", "TZ", "HOMEPAGE" };
	static const char *const bad[] = { "", "9A", "A=B", "A B", "A\n", "A-B",
		"PATH", "HOME", "SHELL", "IFS", "BASH_ENV", "ENV", "LD_PRELOAD",
		"LD_", "DYLD_INSERT_LIBRARIES", "BASH_FUNC_x", "http_proxy",
		"HTTPS_PROXY", "GLIBC_TUNABLES", "\xc3\xa9" };
	char longest[SBX_MAX_ENV_NAME + 1];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(sbx_env_name_check(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(sbx_env_name_check(bad[i], strlen(bad[i])));
	CU_ASSERT_FALSE(sbx_env_name_check("A\0B", 3));
	memset(longest, 'X', sizeof(longest));
	CU_ASSERT_TRUE(sbx_env_name_check(longest, SBX_MAX_ENV_NAME));
	CU_ASSERT_FALSE(sbx_env_name_check(longest, SBX_MAX_ENV_NAME + 1));
}

static void
values(void)
{
	struct sbx_run run = sample();
	char *big = mem_zalloc(SBX_MAX_ENV_VALUE + 1);

	run.env[0].value.p = "a\0b";
	run.env[0].value.n = 3;
	refused(&run, "env");
	memset(big, 'x', SBX_MAX_ENV_VALUE + 1);
	run.env[0].value.p = big;
	run.env[0].value.n = SBX_MAX_ENV_VALUE + 1;
	refused(&run, "env");
	for (size_t i = 0; i < 9; i++) {
		run.env[i].name = text("A");
		run.env[i].value.p = big;
		run.env[i].value.n = SBX_MAX_ENV_VALUE;
	}
	run.env_count = 9;
	refused(&run, "env");
	run.env_count = SBX_MAX_ENV + 1;
	refused(&run, "env");
	free(big);
}

static void
images(void)
{
	static const char *const bad[] = { "--privileged", "x;id", "a b", "-",
		"a\n", "$(x)", "a\"b" };
	struct sbx_run run = sample();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run.image = text(bad[i]);
		refused(&run, "image");
	}
}

void
suite_sandbox_sandbox(void)
{
	static const struct unit_test tests[] = {
		{ "an ordinary request is accepted", plain },
		{ "a command has a length and no NUL", commands },
		{ "a folder lies below the workspace", folders },
		{ "names that choose programs are refused", names },
		{ "values have a length, each and together", values },
		{ "the name of an image is no option", images },
		{ NULL, NULL },
	};

	unit_add("src/sandbox/sandbox.c", tests);
}
