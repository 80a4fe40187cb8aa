/*
 * The arguments of the server programs: which files are read, in which order,
 * and what ends the program at once.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "conf/conf_args.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

#define PROCESSES(n) "fcgi: { processes = " #n "; };"

/* Loads with up to three arguments; what it printed is in SAID. */
static int
load(const char *const args[3], struct conf **ret, char said[UNIT_STDERR_ROOM])
{
	char program[] = "unit";
	char *argv[5] = { program };
	int argc = 1, status;

	for (; argc <= 3 && args[argc - 1] != NULL; argc++)
		argv[argc] = strdup(args[argc - 1]);
	*ret = NULL;
	unit_stderr_catch();
	status = conf_args_load(argc, argv, "moltis-unit", "Its duty.", ret);
	unit_stderr_release(said);
	for (int i = 1; i < argc; i++)
		free(argv[i]);
	return status;
}

static int
processes(const char *const args[3])
{
	own_conf struct conf *c = NULL;
	char said[UNIT_STDERR_ROOM];

	if (load(args, &c, said) != -1 || c == NULL)
		return -1;
	CU_ASSERT_STRING_EQUAL(said, "");
	return c->fcgi_processes;
}

static void
files(void)
{
	own_mem char *first = unit_temp_file(CASE_URL PROCESSES(3));
	own_mem char *second = unit_temp_file(PROCESSES(4));
	own_txt struct txt glued = { 0 };

	case_env(NULL, NULL);
	txt_format(&glued, "--conf=%s", first);
	CU_ASSERT_EQUAL(processes((const char *const[3]){ "--conf", first }),
	    3);
	CU_ASSERT_EQUAL(processes((const char *const[3]){ txt_str(&glued) }),
	    3);
	CU_ASSERT_EQUAL(processes((const char *const[3]){ txt_str(&glued),
			    "--conf", second }),
	    4);
}

static void
from_environment(void)
{
	own_mem char *first = unit_temp_file(CASE_URL PROCESSES(3));
	own_mem char *second = unit_temp_file(CASE_URL PROCESSES(4));

	case_env("MOLTIS_CONF", first);
	CU_ASSERT_EQUAL(processes((const char *const[3]){ NULL }), 3);
	CU_ASSERT_EQUAL(processes((const char *const[3]){ "--conf", second }),
	    4);
	case_env(NULL, NULL);
}

static void
questions(void)
{
	struct conf *c;
	char said[UNIT_STDERR_ROOM];

	CU_ASSERT_EQUAL(load((const char *const[3]){ "--help" }, &c, said),
	    EXIT_SUCCESS);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "usage: moltis-unit"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "Its duty."));
	CU_ASSERT_EQUAL(load((const char *const[3]){ "--version" }, &c, said),
	    EXIT_SUCCESS);
	CU_ASSERT_STRING_EQUAL(said, "moltis-unit " PACKAGE_VERSION "\n");
	CU_ASSERT_PTR_NULL(c);
}

static void
mistakes(void)
{
	static const char *const bad[][3] = { { "--conf" }, { "--conf=" },
		{ "--conf", "" }, { "--config=x" }, { "x" }, { "" },
		{ "--help=x" } };
	struct conf *c;
	char said[UNIT_STDERR_ROOM];

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(load(bad[i], &c, said), 2);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "usage: moltis-unit"));
		CU_ASSERT_PTR_NULL(c);
	}
}

static void
bad_file(void)
{
	own_mem char *file = unit_temp_file(CASE_URL "no_such: 1;");
	struct conf *c;
	char said[UNIT_STDERR_ROOM];

	case_env(NULL, NULL);
	CU_ASSERT_EQUAL(
	    load((const char *const[3]){ "--conf", file }, &c, said),
	    EXIT_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "no_such"));
	CU_ASSERT_PTR_NULL(c);
}

void
suite_conf_conf_args(void)
{
	static const struct unit_test tests[] = {
		{ "--conf names files, later ones override", files },
		{ "without --conf it is $MOLTIS_CONF", from_environment },
		{ "--help and --version print and end", questions },
		{ "anything else is told how it is used", mistakes },
		{ "what the file says wrong is printed", bad_file },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_args.c", tests);
}
