/*
 * The unit tests' frame: one suite a source file, one sentence a test.
 *
 * To add a suite: write tests/unit/x/test_y.c with a function
 * `void suite_x_y(void)` that calls unit_add("src/x/y.c", tests), and add one
 * line to tests/unit/suites.h.  Tests use CUnit's assertions.
 */
#ifndef MOLTIS_TESTS_UNIT_UNIT_H
#define MOLTIS_TESTS_UNIT_UNIT_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

#include "tests/unit/suites.h"

struct unit_test {
	const char *sentence; /* what is true when the test passes */
	void (*run)(void);
};

/* Registers the tests of one source file; the array ends with NULLs. */
void unit_add(const char *source, const struct unit_test *tests);

/* Path of a file of the source tree; caller frees. */
char *unit_source_path(const char *relative);
/* A new file with TEXT in a folder that is removed at the end; caller frees
 * the path. */
char *unit_temp_file(const char *text);

/* A table of tests/data, row by row without its comments. */
#define UNIT_FIELDS 20
struct unit_table {
	FILE *file;
	char line[512];
	char *fields[UNIT_FIELDS]; /* what stands between tabs; NULL: nothing */
};
void unit_table_open(struct unit_table *t, const char *name);
bool unit_table_next(struct unit_table *t); /* false: it has ended */

/* Between the two calls standard error is ours; what was written, and fits,
 * is in OUT. */
#define UNIT_STDERR_ROOM 16384
void unit_stderr_catch(void);
void unit_stderr_release(char out[UNIT_STDERR_ROOM]);

#endif
