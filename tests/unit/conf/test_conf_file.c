/*
 * Files: syntax, unknown keys and wrong types with place and hint.
 */
#include "config.h"

#include <string.h>

#include "base/own.h"
#include "base/txt.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

static void
unknown_keys(void)
{
	static const char *const rows[][2] = {
		{ "server: { exteral_url = \"x\"; };",
		    "server.exteral_url: unknown key; did you mean "
		    "server.external_url?" },
		{ "tools: { exec: { aproval_mode = \"smart\"; }; };",
		    "did you mean tools.exec.approval_mode?" },
		{ "tools: { exec: { sandbox: { memory_limit = \"1G\"; };"
		  " }; };",
		    "did you mean tools.exec.sandbox.resource_limits."
		    "memory_limit?" },
		{ "tool: { x = 1; };",
		    "tool: unknown key; did you mean "
		    "tools?" },
		{ "providerz: { };", "did you mean providers?" },
		{ "zzzzzzzzzzz = 1;", "zzzzzzzzzzz: unknown key; doc/" },
		{ "server: { server: { external_url = \"x\"; }; };",
		    "server.server: unknown key" },
		{ "fcgi: { threads: { a = 1; }; };",
		    "fcgi.threads must be a whole number" },
		{ "log = \"info\";", "log must be a group" },
		{ "tools: { exec = [ ]; };", "tools.exec must be a group" },
	};

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		case_refused(rows[i][0], rows[i][1]);
}

static void
syntax_errors(void)
{
	case_env(NULL, NULL);
	case_refused("server: {\n\n external_url = ; };", "line 3");
	case_refused("fcgi: { threads = 1; threads = 2; };", "line 1");
	case_refused("@include \"no-such-file\"\n", "line 1");
}

static void
unreadable(void)
{
	own_txt struct txt why;
	struct conf *c = NULL;

	case_env(NULL, NULL);
	txt_init(&why, 0);
	CU_ASSERT_EQUAL(conf_load("/nonexistent/a.conf", &c, &why), ST_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why),
	    "/nonexistent/a.conf: cannot read: No such file"));
	txt_reset(&why);
	CU_ASSERT_EQUAL(conf_load("/", &c, &why), ST_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), "folder"));
}

static void
include_beside(void)
{
	own_mem char *inner = NULL;
	own_txt struct txt outer;
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	inner = unit_temp_file("worker: { threads = 9; };");
	txt_init(&outer, 0);
	txt_format(&outer, "%s\n@include \"%s\"\n", CASE_URL,
	    strrchr(inner, '/') + 1);
	c = case_load(txt_str(&outer));
	CU_ASSERT_EQUAL(c->worker_threads, 9);
}

void
suite_conf_conf_file(void)
{
	static const struct unit_test tests[] = {
		{ "an unknown key is refused with the nearest name",
		    unknown_keys },
		{ "a syntax error names its line", syntax_errors },
		{ "a file that cannot be read is refused", unreadable },
		{ "an include is relative to its file", include_beside },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_file.c", tests);
}
