/*
 * Runs the unit tests: all suites, or those whose source path holds one of
 * the arguments.  Fails when a test fails and also when none ran, so that a
 * broken list or a mistyped argument is not taken for success.
 */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/log.h"
#include "base/txt.h"
#include "tests/unit/unit.h"

static char temp_folder[] = "/tmp/moltis-unit-XXXXXX";
static bool has_temp_folder;
static unsigned int temp_files;
static int stderr_saved = -1;
static int stderr_pipe = -1;

static int wanted_count;
static char **wanted;

static void
die(const char *what, const char *name)
{
	fprintf(stderr, "unit: %s: %s\n", what, name);
	exit(2);
}

static bool
is_wanted(const char *source)
{
	for (int i = 0; i < wanted_count; i++) {
		if (strstr(source, wanted[i]) != NULL)
			return true;
	}
	return wanted_count == 0;
}

void
unit_add(const char *source, const struct unit_test *tests)
{
	CU_pSuite suite;

	if (!is_wanted(source))
		return;
	suite = CU_add_suite(source, NULL, NULL);
	if (suite == NULL)
		die("cannot add suite", source);
	for (const struct unit_test *t = tests; t->run != NULL; t++) {
		if (CU_add_test(suite, t->sentence, t->run) == NULL)
			die("cannot add test", t->sentence);
		/* CUnit accepts a second test of one name with a warning. */
		if (CU_get_error() != CUE_SUCCESS)
			die(CU_get_error_msg(), t->sentence);
	}
}

char *
unit_source_path(const char *relative)
{
	const char *top = getenv("srcdir");
	struct txt path;

	txt_init(&path, 0);
	txt_format(&path, "%s/%s", top == NULL ? "." : top, relative);
	return txt_take(&path);
}

char *
unit_temp_file(const char *text)
{
	struct txt path;
	FILE *f;

	if (!has_temp_folder && mkdtemp(temp_folder) == NULL)
		die("cannot make folder", temp_folder);
	has_temp_folder = true;
	txt_init(&path, 0);
	txt_format(&path, "%s/%u", temp_folder, temp_files++);
	f = fopen(txt_str(&path), "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		die("cannot write", txt_str(&path));
	return txt_take(&path);
}

void
unit_table_open(struct unit_table *t, const char *name)
{
	struct txt relative = { 0 };
	char *path;

	txt_format(&relative, "tests/data/%s", name);
	path = unit_source_path(txt_str(&relative));
	t->file = fopen(path, "r");
	if (t->file == NULL)
		die("cannot read", path);
	free(path);
	txt_done(&relative);
}

bool
unit_table_next(struct unit_table *t)
{
	while (fgets(t->line, sizeof(t->line), t->file) != NULL) {
		char *rest = t->line;

		t->line[strcspn(t->line, "\n")] = '\0';
		if (t->line[0] == '#' || t->line[0] == '\0')
			continue;
		for (size_t i = 0; i < UNIT_FIELDS; i++)
			t->fields[i] = strsep(&rest, "\t");
		return true;
	}
	(void)fclose(t->file);
	return false;
}

void
unit_stderr_catch(void)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) != 0)
		die("no pipe", "for standard error");
	(void)fflush(stderr);
	stderr_saved = dup(STDERR_FILENO);
	(void)dup2(pair[1], STDERR_FILENO);
	(void)close(pair[1]);
	stderr_pipe = pair[0];
}

void
unit_stderr_release(char out[UNIT_STDERR_ROOM])
{
	size_t len = 0;
	ssize_t n;

	(void)fflush(stderr);
	(void)dup2(stderr_saved, STDERR_FILENO);
	(void)close(stderr_saved);
	while (len < UNIT_STDERR_ROOM - 1 &&
	    (n = read(stderr_pipe, out + len, UNIT_STDERR_ROOM - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(stderr_pipe);
}

static void
remove_temp_files(void)
{
	char path[sizeof(temp_folder) + 16];

	for (unsigned int i = 0; i < temp_files; i++) {
		(void)snprintf(path, sizeof(path), "%s/%u", temp_folder, i);
		(void)unlink(path);
	}
	if (has_temp_folder)
		(void)rmdir(temp_folder);
}

int
main(int argc, char **argv)
{
	unsigned int ran, failed;

	wanted_count = argc - 1;
	wanted = argv + 1;
	log_set_level(LOG_LVL_ERROR);
	if (CU_initialize_registry() != CUE_SUCCESS)
		die("cannot start", "CUnit");

#define UNIT_CALL(name) suite_##name();
	UNIT_SUITES(UNIT_CALL)
#undef UNIT_CALL

	CU_basic_set_mode(CU_BRM_VERBOSE);
	(void)CU_basic_run_tests();
	remove_temp_files();
	ran = CU_get_number_of_tests_run();
	failed =
	    CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	if (ran == 0)
		fprintf(stderr, "unit: no test ran\n");
	return ran == 0 || failed > 0;
}
