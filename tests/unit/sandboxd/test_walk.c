/* Ways through a folder with traps in it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "sandboxd/walk.h"
#include "tests/unit/unit.h"

static char top[] = "/tmp/moltis-walk-XXXXXX";

static int
make_top(void)
{
	(void)snprintf(top, sizeof(top), "/tmp/moltis-walk-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(top));
	return open(top, O_PATH | O_DIRECTORY);
}

static int
walk_to(int root, const char *path, int flags)
{
	struct sbx_text t = { path, strlen(path) };

	return walk_open(root, t, flags);
}

static bool
opens(int root, const char *path)
{
	own_fd int fd = walk_to(root, path, O_RDONLY);

	return fd >= 0;
}

static void
make_traps(int root)
{
	CU_ASSERT_EQUAL(mkdirat(root, "a", 0755), 0);
	CU_ASSERT_EQUAL(mkdirat(root, "a/b", 0755), 0);
	close(openat(root, "a/b/file", O_WRONLY | O_CREAT, 0644));
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", root, "link"), 0);
	CU_ASSERT_EQUAL(symlinkat("file", root, "a/b/near"), 0);
	CU_ASSERT_EQUAL(symlinkat("/", root, "a/root"), 0);
	CU_ASSERT_EQUAL(mkfifoat(root, "fifo", 0600), 0);
}

static void
opening(void)
{
	own_fd int root = make_top();
	struct sbx_text nul = { "a\0b", 3 };

	make_traps(root);
	CU_ASSERT_TRUE(opens(root, "") && opens(root, "a/b/file"));
	CU_ASSERT_TRUE(opens(root, "a/../a/b/file") && opens(root, "a//b"));
	CU_ASSERT_FALSE(opens(root, "link"));
	CU_ASSERT_EQUAL(errno, ELOOP);
	CU_ASSERT_FALSE(opens(root, "a/b/near"));
	CU_ASSERT_FALSE(opens(root, "a/root/etc/passwd"));
	CU_ASSERT_FALSE(opens(root, ".."));
	CU_ASSERT_EQUAL(errno, EXDEV);
	CU_ASSERT_FALSE(opens(root, "/etc/passwd"));
	CU_ASSERT_FALSE(opens(root, "a/../../x"));
	CU_ASSERT_TRUE(walk_open(root, nul, O_RDONLY) < 0);
	/* Nobody writes into it, and yet it opens at once. */
	CU_ASSERT_TRUE(opens(root, "fifo"));
	CU_ASSERT_TRUE(walk_empty(root));
	CU_ASSERT_EQUAL(rmdir(top), 0);
}

static void
parents(void)
{
	static const char *const bad[] = { "", "/", ".", "..", "a/..", "a/.",
		"/a", "../a", "link/x", "a/root/tmp/x", "a/b/file/x" };
	own_fd int root = make_top();
	char name[256];

	make_traps(root);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sbx_text t = { bad[i], strlen(bad[i]) };

		CU_ASSERT_TRUE(walk_open_parent(root, t, true, name) < 0);
	}
	{
		struct sbx_text t = { "new/deep/name/", 14 };
		own_fd int fd = walk_open_parent(root, t, true, name);

		CU_ASSERT_TRUE(fd >= 0);
		CU_ASSERT_STRING_EQUAL(name, "name");
		CU_ASSERT_TRUE(opens(root, "new/deep"));
	}
	{
		struct sbx_text t = { "absent/name", 11 };

		CU_ASSERT_TRUE(walk_open_parent(root, t, false, name) < 0);
		CU_ASSERT_EQUAL(errno, ENOENT);
	}
	CU_ASSERT_TRUE(walk_empty(root));
	CU_ASSERT_EQUAL(rmdir(top), 0);
}

static void
counting(void)
{
	struct walk_usage most = { 1u << 30, 1000 }, few = { 1u << 30, 2 };
	own_fd int root = make_top();
	own_fd int hole = openat(root, "hole", O_WRONLY | O_CREAT, 0644);
	struct walk_usage u;

	CU_ASSERT_EQUAL(ftruncate(hole, 1ll << 40), 0);
	make_traps(root);
	u = walk_usage_get(root, &most);
	CU_ASSERT_EQUAL(u.files, 8);
	CU_ASSERT_TRUE(u.bytes < 100000); /* a hole takes no space */
	u = walk_usage_get(root, &few);
	CU_ASSERT_TRUE(u.files > 2 && u.files < 8);
	CU_ASSERT_TRUE(walk_empty(root));
	u = walk_usage_get(root, &most);
	CU_ASSERT_EQUAL(u.files, 0);
	CU_ASSERT_EQUAL(access("/etc/passwd", F_OK), 0);
	CU_ASSERT_EQUAL(rmdir(top), 0);
}

static void
depths(void)
{
	struct walk_usage most = { 1u << 30, 1000000 };
	own_fd int root = make_top();
	int at = open(top, O_RDONLY | O_DIRECTORY);
	struct walk_usage u;

	for (int i = 0; i < 1000 && at >= 0; i++) {
		int next;

		CU_ASSERT_EQUAL(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	close(at);
	u = walk_usage_get(root, &most);
	CU_ASSERT_EQUAL(u.files, UINT64_MAX);
	CU_ASSERT_TRUE(walk_empty(root));
	CU_ASSERT_EQUAL(rmdir(top), 0);
}

void
suite_sandboxd_walk(void)
{
	static const struct unit_test tests[] = {
		{ "links and ways out are not opened", opening },
		{ "a parent is reached by names alone", parents },
		{ "holes and links take no space", counting },
		{ "depth is counted as too much, and removed", depths },
		{ NULL, NULL },
	};

	unit_add("sandboxd/walk.c", tests);
}
