/*
 * The pid file as a lock: between processes, so the other one is a child.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/pidfile.h"
#include "base/txt.h"
#include "tests/unit/unit.h"

/* The number in the file, or -1. */
static long
number_in(const char *path)
{
	FILE *f = fopen(path, "r");
	char text[32], *end;
	long n = -1;

	if (f == NULL)
		return -1;
	if (fgets(text, sizeof(text), f) != NULL) {
		n = strtol(text, &end, 10);
		if (end == text || *end != '\n' || fgetc(f) != EOF)
			n = -1;
	}
	(void)fclose(f);
	return n;
}

/* Opens PATH in a child that ends at once; was it let? */
static bool
child_may_open(const char *path)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		struct pidfile p;
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDERR_FILENO);
		_exit(pidfile_open(&p, path) ? 0 : 1);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static bool
is_refused(const char *path)
{
	char said[UNIT_STDERR_ROOM];
	struct pidfile p;
	bool opened;

	unit_stderr_catch();
	opened = pidfile_open(&p, path);
	unit_stderr_release(said);
	CU_ASSERT_EQUAL(p.fd, -1);
	pidfile_close(&p);
	return !opened;
}

static void
holds_our_number(void)
{
	own_mem char *path = unit_temp_file("12345678901\nof a crash\n");
	struct pidfile p;

	CU_ASSERT_TRUE_FATAL(pidfile_open(&p, path));
	CU_ASSERT_EQUAL(number_in(path), (long)getpid());
	pidfile_close(&p);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	pidfile_close(&p);
}

static void
second_is_refused(void)
{
	own_mem char *path = unit_temp_file("");
	struct pidfile p;

	CU_ASSERT_TRUE_FATAL(pidfile_open(&p, path));
	CU_ASSERT_FALSE(child_may_open(path));
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_FALSE(child_may_open(path));
	pidfile_close(&p);
	CU_ASSERT_TRUE(child_may_open(path));
}

static void
dead_holder(void)
{
	own_mem char *path = unit_temp_file("");
	struct pidfile p;

	CU_ASSERT_TRUE(child_may_open(path));
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_TRUE(pidfile_open(&p, path));
	CU_ASSERT_EQUAL(number_in(path), (long)getpid());
	pidfile_close(&p);
}

static void
none(void)
{
	struct pidfile p;

	CU_ASSERT_TRUE(pidfile_open(&p, NULL));
	CU_ASSERT_EQUAL(p.fd, -1);
	pidfile_close(&p);
}

static void
bad_places(void)
{
	own_mem char *target = unit_temp_file("kept");
	own_txt struct txt path = { 0 };
	FILE *f;

	txt_format(&path, "%s.link", target);
	CU_ASSERT_EQUAL_FATAL(symlink(target, txt_str(&path)), 0);
	CU_ASSERT_TRUE(is_refused(txt_str(&path)));
	(void)unlink(txt_str(&path));
	f = fopen(target, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fgetc(f), 'k');
	(void)fclose(f);
	txt_reset(&path);
	txt_format(&path, "%s/no/such/folder.pid", target);
	CU_ASSERT_TRUE(is_refused(txt_str(&path)));
}

void
suite_base_pidfile(void)
{
	static const struct unit_test tests[] = {
		{ "it holds our number alone, and is removed",
		    holds_our_number },
		{ "a second process is refused while the first lives",
		    second_is_refused },
		{ "a file of a dead process means nothing", dead_holder },
		{ "without a path there is none", none },
		{ "a link and a missing folder are refused", bad_places },
		{ NULL, NULL },
	};

	unit_add("src/base/pidfile.c", tests);
}
