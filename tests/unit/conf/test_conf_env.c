/*
 * The environment: overrides, names of others, mistakes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

#define PROVIDER \
	"providers: { my-local: { kind = \"openai\"; " \
	"models = [ \"m1\" ]; }; };"

static void
overrides(void)
{
	own_conf struct conf *c = NULL;

	case_env("MOLTIS_TOOLS_EXEC_APPROVAL_MODE", " Always ");
	(void)setenv("MOLTIS_SERVER_EXTERNAL_URL", "http://localhost:1", 1);
	(void)setenv("MOLTIS_SERVER_ALLOWED_ORIGINS",
	    "https://b.example, https://c.example", 1);
	(void)setenv("MOLTIS_FCGI_THREADS", "9", 1);
	(void)setenv("MOLTIS_TLS_ENABLED", "off", 1);
	(void)setenv("MOLTIS_TOOLS_EXEC_SANDBOX_RESOURCE_LIMITS_CPU_QUOTA",
	    "0.5", 1);
	(void)setenv("MOLTIS_DATABASE_API", "", 1);
	c = case_load(CASE_URL "fcgi: { threads = 3; };"
			       "database: { api = \"dbname=x\"; };");
	CU_ASSERT_EQUAL(c->approval_mode, APPROVAL_ALWAYS);
	CU_ASSERT_STRING_EQUAL(c->external_url, "http://localhost:1");
	CU_ASSERT_EQUAL(c->origin_count, 3);
	CU_ASSERT_STRING_EQUAL(c->allowed_origins[2], "https://c.example");
	CU_ASSERT_EQUAL(c->fcgi_threads, 9);
	CU_ASSERT_FALSE(c->tls_enabled);
	CU_ASSERT_DOUBLE_EQUAL(c->sandbox_cpu_quota, 0.5, 0);
	CU_ASSERT_STRING_EQUAL(c->db_api, "dbname=x");
	case_env(NULL, NULL);
}

static void
second_name(void)
{
	own_conf struct conf *a = NULL, *b = NULL;

	case_env("MOLTIS_EXTERNAL_URL", "https://b.example");
	a = case_load(CASE_URL);
	CU_ASSERT_STRING_EQUAL(a->external_url, "https://b.example");
	(void)setenv("MOLTIS_SERVER_EXTERNAL_URL", "https://c.example", 1);
	b = case_load("");
	CU_ASSERT_STRING_EQUAL(b->external_url, "https://c.example");
	case_env(NULL, NULL);
}

static void
bad_values(void)
{
	static const char *const rows[][3] = {
		{ "MOLTIS_TOOLS_EXEC_APPROVAL_MODE", "bogus",
		    "must be one of" },
		{ "MOLTIS_FCGI_THREADS", "6x", "whole number" },
		{ "MOLTIS_FCGI_THREADS", "0", "from 1 to 64" },
		{ "MOLTIS_FCGI_THREADS", "99999999999999999999",
		    "whole number" },
		{ "MOLTIS_TLS_ENABLED", "maybe", "true or false" },
		{ "MOLTIS_AUTH_DISABLED", "1", "must stay false" },
		{ "MOLTIS_TOOLS_EXEC_SANDBOX_RESOURCE_LIMITS_CPU_QUOTA", "nan",
		    "from 0.1 to 256" },
		{ "MOLTIS_SERVER_EXTERNAL_URL", "http://b.example",
		    "must be https" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		case_env(rows[i][0], rows[i][1]);
		case_refused(CASE_URL, rows[i][2]);
	}
	case_env(NULL, NULL);
}

static void
mistyped_names(void)
{
	static const char *const rows[][2] = {
		{ "MOLTIS_TOOLS_EXEC_APROVAL_MODE",
		    "did you mean MOLTIS_TOOLS_EXEC_APPROVAL_MODE?" },
		{ "MOLTIS_FCGI_THREDS", "did you mean MOLTIS_FCGI_THREADS?" },
		{ "MOLTIS_SERVER_NAME", "no option has this name" },
		{ "MOLTIS_AUTH_OFF", "no option has this name" },
		{ "MOLTIS_PROVIDERS_OTHER_API_KEY", "no option has this name" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		case_env(rows[i][0], "x");
		case_refused(CASE_URL, rows[i][1]);
	}
	case_env(NULL, NULL);
}

static void
names_of_tools(void)
{
	static const char *const names[] = {
		"MOLTIS_BEHIND_PROXY",
		"MOLTIS_CLI",
		"MOLTIS_CONF",
		"MOLTIS_FCGI_PID_FILE",
		"MOLTIS_FCGI_SOCKET",
		"MOLTIS_LOG_DIR",
		"MOLTIS_NGINX_PID_FILE",
		"MOLTIS_PG_SOCKET_DIR",
		"MOLTIS_SOCKET_PATH",
		"MOLTIS_STATE",
		"MOLTIS_TEST_SEED",
		"MOLTIS_URL",
		"MOLTIS_WORKER_PID_FILE",
		"MOLTIS_WORKER_SOCKET",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		own_conf struct conf *c = NULL;

		case_env(names[i], "/elsewhere");
		c = case_load(CASE_URL "worker: { socket = \"/w\"; "
				       "pid_file = \"/p\"; };");
		CU_ASSERT_STRING_EQUAL(c->worker_socket, "/w");
		CU_ASSERT_STRING_EQUAL(c->worker_pid_file, "/p");
		CU_ASSERT_PTR_NULL(c->fcgi_socket);
	}
	case_env(NULL, NULL);
}

static void
provider_overrides(void)
{
	own_conf struct conf *c = NULL;

	case_env("MOLTIS_PROVIDERS_MY_LOCAL_API_KEY", "sk-1");
	(void)setenv("MOLTIS_PROVIDERS_MY_LOCAL_BASE_URL",
	    "http://127.0.0.1:9/v1/", 1);
	(void)setenv("MOLTIS_PROVIDERS_MY_LOCAL_MODELS", "m2,m3", 1);
	c = case_load(CASE_URL PROVIDER);
	CU_ASSERT_STRING_EQUAL(secret_reveal(&c->providers[0].api_key), "sk-1");
	CU_ASSERT_STRING_EQUAL(c->providers[0].base_url,
	    "http://127.0.0.1:9/v1");
	CU_ASSERT_EQUAL(c->providers[0].model_count, 2);
	CU_ASSERT_STRING_EQUAL(c->providers[0].models[0], "m2");

	case_env("MOLTIS_PROVIDERS_MY_LOCAL_API_KEY", "two words");
	case_refused(CASE_URL PROVIDER, "visible ASCII");
	case_env(NULL, NULL);
}

void
suite_conf_conf_env(void)
{
	static const struct unit_test tests[] = {
		{ "variables override files, empty ones do not", overrides },
		{ "MOLTIS_EXTERNAL_URL is a second name", second_name },
		{ "bad values in variables are refused", bad_values },
		{ "mistyped names are refused", mistyped_names },
		{ "names that tools export change nothing", names_of_tools },
		{ "a provider takes key, address and models",
		    provider_overrides },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_env.c", tests);
}
