/* Paths that a person may name in a workspace (A34). */
#include "config.h"

#include <string.h>

#include "workspace/workspace.h"
#include "tests/unit/unit.h"

static void
plain_taken(void)
{
	static const char *const good[] = { "a", "a/b/c.txt", ".gitignore",
		"..a", "a..", "a..b/c", "...a", "con", "über/größe.txt",
		"with space", "a;b&c", "%2e%2e", "-rf", "a\\b", "'\"`$(x)",
		"\xf0\x9f\x93\x81/x" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_PTR_NULL(workspace_path_fault(good[i], false));
}

static void
ways_up_refused(void)
{
	static const char *const bad[] = { "..", ".", "../x", "x/..", "x/../y",
		"./x", "x/.", "...", "..\\x", "x\\..\\y", "..\\",
		/* U+FF0E, U+2024, U+2025, mixed */
		"\xef\xbc\x8e\xef\xbc\x8e/x", "\xe2\x80\xa4\xe2\x80\xa4/x",
		"\xe2\x80\xa5/x", ".\xef\xbc\x8e/x", "x/\xe2\x80\xa6" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(workspace_path_fault(bad[i], true));
}

static void
not_relative_refused(void)
{
	static const char *const bad[] = { "/", "/etc/passwd", "//x", "a//b",
		"a/", "a/b/" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(workspace_path_fault(bad[i], true));
}

static void
bytes_refused(void)
{
	static const char *const bad[] = { "a\nb", "a\rb", "\x01", "a\x7f",
		"\xc2\x85", "\xff", "\xc0\xae\xc0\xae/x", "a\xed\xa0\x80" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(workspace_path_fault(bad[i], true));
}

static void
lengths_hold(void)
{
	char path[WORKSPACE_PATH_MAX + 2];

	memset(path, 'a', sizeof(path));
	path[WORKSPACE_NAME_MAX + 1] = '\0';
	CU_ASSERT_PTR_NOT_NULL(workspace_path_fault(path, false));
	path[WORKSPACE_NAME_MAX] = '\0';
	CU_ASSERT_PTR_NULL(workspace_path_fault(path, false));
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 200 == 199 ? '/' : 'a';
	path[WORKSPACE_PATH_MAX + 1] = '\0';
	CU_ASSERT_PTR_NOT_NULL(workspace_path_fault(path, false));
	path[WORKSPACE_PATH_MAX] = '\0';
	CU_ASSERT_PTR_NULL(workspace_path_fault(path, false));
}

static void
root_for_lists(void)
{
	CU_ASSERT_PTR_NULL(workspace_path_fault("", true));
	CU_ASSERT_PTR_NOT_NULL(workspace_path_fault("", false));
}

static void
field_named(void)
{
	static const char *const bad[] = { "", "/", "..", "\n", "\xff" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(
		    strncmp(workspace_path_fault(bad[i], false), "'path'", 6),
		    0);
}

void
suite_workspace_workspace(void)
{
	static const struct unit_test tests[] = {
		{ "relative paths of plain parts are taken", plain_taken },
		{ "parts of dots are refused in any spelling",
		    ways_up_refused },
		{ "absolute paths and empty parts are refused",
		    not_relative_refused },
		{ "control characters and bad UTF-8 are refused",
		    bytes_refused },
		{ "255 bytes a part and 1024 in all are the limits",
		    lengths_hold },
		{ "the empty path is for lists only", root_for_lists },
		{ "every refusal names the field", field_named },
		{ NULL, NULL },
	};

	unit_add("src/workspace/workspace.c", tests);
}
