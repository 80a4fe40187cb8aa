/*
 * Allocation: zeroed, never NULL, and an overflowing size ends the process.
 */
#include "config.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "tests/unit/unit.h"

static void
zero_bytes(void)
{
	own_mem char *none = mem_zalloc(0);
	own_mem int *numbers = mem_array(100, sizeof(*numbers));

	CU_ASSERT_PTR_NOT_NULL(none);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(numbers[i], 0);
}

static void
copies(void)
{
	own_mem char *all = mem_strdup("abc");
	own_mem char *two = mem_strndup("abc", 2);
	own_mem char *more = mem_strndup("abc", 99);

	CU_ASSERT_STRING_EQUAL(all, "abc");
	CU_ASSERT_STRING_EQUAL(two, "ab");
	CU_ASSERT_STRING_EQUAL(more, "abc");
	CU_ASSERT_PTR_NULL(mem_strdup(NULL));
	CU_ASSERT_PTR_NULL(mem_strndup(NULL, 3));
}

static void
growing_keeps(void)
{
	own_mem char *p = mem_strdup("ab");

	p = mem_grow(p, 1000, 3);
	CU_ASSERT_STRING_EQUAL(p, "ab");
}

static void
copy_str_fits(void)
{
	char out[4] = "zzz";

	CU_ASSERT_TRUE(mem_copy_str(out, sizeof(out), "abc"));
	CU_ASSERT_STRING_EQUAL(out, "abc");
	CU_ASSERT_TRUE(mem_copy_str(out, sizeof(out), ""));
	CU_ASSERT_STRING_EQUAL(out, "");
	CU_ASSERT_FALSE(mem_copy_str(out, sizeof(out), "abcd"));
	CU_ASSERT_STRING_EQUAL(out, "");
	CU_ASSERT_FALSE(mem_copy_str(out, 0, "a"));
}

/* Signal that ends a child which runs FN, or 0. */
static int
signal_of(void (*fn)(void))
{
	int state = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &state, 0), pid);
	return WIFSIGNALED(state) ? WTERMSIG(state) : 0;
}

static void
grow_too_much(void)
{
	free(mem_grow(NULL, SIZE_MAX / 2, 3));
}

static void
overflow_aborts(void)
{
	CU_ASSERT_EQUAL(signal_of(grow_too_much), SIGABRT);
}

void
suite_base_mem(void)
{
	static const struct unit_test tests[] = {
		{ "memory is zeroed and never NULL", zero_bytes },
		{ "copies end with a NUL", copies },
		{ "growing keeps what was there", growing_keeps },
		{ "a text that does not fit leaves an empty one",
		    copy_str_fits },
		{ "an overflowing size ends the process", overflow_aborts },
		{ NULL, NULL },
	};

	unit_add("src/base/mem.c", tests);
}
