/*
 * Cleanup attributes really clean up, and leave errno alone.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "tests/unit/unit.h"

static void
fd_closed(void)
{
	int seen, pair[2];

	CU_ASSERT_EQUAL_FATAL(pipe(pair), 0);
	{
		own_fd int fd = pair[0];

		seen = fd;
		CU_ASSERT_TRUE(fcntl(seen, F_GETFD) >= 0);
	}
	CU_ASSERT_EQUAL(fcntl(seen, F_GETFD), -1);
	(void)close(pair[1]);
}

static void
unset_ignored(void)
{
	int fd = -1;

	errno = ENOENT;
	own_fd_close(&fd);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(fd, -1);
	/* A closed one must not be closed again: the number may be somebody
	 * else's by then. */
	CU_ASSERT_EQUAL_FATAL((fd = dup(STDERR_FILENO)) >= 0, 1);
	own_fd_close(&fd);
	CU_ASSERT_EQUAL(fd, -1);
}

static void
mem_freed(void)
{
	char *p = mem_strdup("x");

	own_mem_free(&p);
	CU_ASSERT_PTR_NULL(p);
	own_mem_free(&p);
	CU_ASSERT_PTR_NULL(p);
}

void
suite_base_own(void)
{
	static const struct unit_test tests[] = {
		{ "a descriptor is closed at the end of its scope", fd_closed },
		{ "closing twice or nothing is harmless", unset_ignored },
		{ "freed memory is forgotten", mem_freed },
		{ NULL, NULL },
	};

	unit_add("src/base/own.c", tests);
}
