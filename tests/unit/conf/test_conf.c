/*
 * Loading as a whole: defaults, several files, and the example file, which
 * must name every option with its default.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <libconfig.h>

#include "base/own.h"
#include "conf/conf_table.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

static void
defaults(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load(CASE_URL);
	CU_ASSERT_STRING_EQUAL(c->external_url, "https://a.example");
	CU_ASSERT_STRING_EQUAL(c->external_host, "a.example");
	CU_ASSERT_TRUE(c->external_https);
	CU_ASSERT_EQUAL(c->origin_count, 1);
	CU_ASSERT_PTR_NULL(c->fcgi_socket);
	CU_ASSERT_PTR_NULL(c->worker_pid_file);
	CU_ASSERT_EQUAL(c->fcgi_processes, 2);
	CU_ASSERT_EQUAL(c->fcgi_threads, 6);
	CU_ASSERT_EQUAL(c->worker_threads, 6);
	CU_ASSERT_EQUAL(c->worker_lease_secs, 10);
	CU_ASSERT_PTR_NULL(c->db_api);
	CU_ASSERT_STRING_EQUAL(c->log_level, "info");
	CU_ASSERT_TRUE(c->tls_enabled);
	CU_ASSERT_TRUE(c->tls_auto_generate);
	CU_ASSERT_PTR_NULL(c->tls_cert_path);
	CU_ASSERT_EQUAL(c->approval_mode, APPROVAL_SMART);
	CU_ASSERT_EQUAL(c->security_level, SECURITY_ALLOWLIST);
	CU_ASSERT_TRUE(c->sandbox_enabled);
	CU_ASSERT_STRING_EQUAL(c->sandbox_backend, "auto");
	CU_ASSERT_STRING_EQUAL(c->sandbox_memory_limit, "512M");
	CU_ASSERT_DOUBLE_EQUAL(c->sandbox_cpu_quota, 1.0, 0);
	CU_ASSERT_EQUAL(c->sandbox_pids_max, 256);
	CU_ASSERT_EQUAL(c->cron_rate_limit_max, 10);
	CU_ASSERT_EQUAL(c->cron_rate_limit_window_secs, 60);
	CU_ASSERT_TRUE(c->cron_sandbox_enabled);
	CU_ASSERT_EQUAL(c->limit_chat_per_min, 30);
	CU_ASSERT_EQUAL(c->limit_write_per_min, 600);
	CU_ASSERT_EQUAL(c->limit_calls_per_min, 600);
	CU_ASSERT_EQUAL(c->limit_ws_calls_per_min, 3600);
	CU_ASSERT_EQUAL(c->limit_account_calls_per_min, 6000);
	CU_ASSERT_EQUAL(c->password_parallel, 4);
	CU_ASSERT_EQUAL(c->agent_timeout_secs, 600);
	CU_ASSERT_EQUAL(c->agent_max_iterations, 25);
	CU_ASSERT_EQUAL(c->provider_count, 1);
}

static void
files_merge(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load_two(CASE_URL
	    "fcgi: { threads = 3; processes = 4; };"
	    "tools: { exec: { approval_mode = \"always\"; }; };",
	    "fcgi: { threads = 5; };"
	    "server: { allowed_origins = [ \"https://b.example\" ]; };");
	CU_ASSERT_EQUAL(c->fcgi_threads, 5);
	CU_ASSERT_EQUAL(c->fcgi_processes, 4);
	CU_ASSERT_EQUAL(c->approval_mode, APPROVAL_ALWAYS);
	CU_ASSERT_STRING_EQUAL(c->external_url, "https://a.example");
	CU_ASSERT_EQUAL(c->origin_count, 2);
}

static void
nothing_given(void)
{
	static const char *const lists[] = { NULL, "", ":", "::" };

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		own_txt struct txt why;
		struct conf *c = NULL;

		txt_init(&why, 0);
		CU_ASSERT_EQUAL(conf_load(lists[i], &c, &why), ST_INVALID);
		CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), "no file"));
	}
	conf_free(NULL);
}

static void
problems_collected(void)
{
	own_mem char *file = NULL;
	own_txt struct txt why;
	struct conf *c = NULL;
	size_t lines = 0;

	case_env(NULL, NULL);
	file =
	    unit_temp_file("fcgi: { threads = 0; };\n"
			   "worker: { threads = true; };\n\nnonsense = 1;\n");
	txt_init(&why, 0);
	CU_ASSERT_EQUAL(conf_load(file, &c, &why), ST_INVALID);
	for (const char *p = txt_str(&why); *p != '\0'; p++)
		lines += *p == '\n';
	CU_ASSERT_EQUAL(lines, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), ":1: fcgi.threads"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), ":2: worker.threads"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), ":4: nonsense"));
}

static void
example_loads(void)
{
	own_mem char *path = unit_source_path("doc/moltis.conf.example");
	own_conf struct conf *c = NULL;
	own_txt struct txt why;

	case_env(NULL, NULL);
	txt_init(&why, 0);
	CU_ASSERT_EQUAL_FATAL(conf_load(path, &c, &why), ST_OK);
	CU_ASSERT_EQUAL(c->provider_count, 1);
	CU_ASSERT_EQUAL(c->providers[0].kind, PROVIDER_DEMO);
}

/* Does the example's setting have the default of the row? */
static bool
shows_default(const struct conf_option *o, const config_setting_t *s)
{
	char text[64];

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
		(void)snprintf(text, sizeof(text), "%d",
		    config_setting_get_int(s));
		break;
	case CONFIG_TYPE_FLOAT:
		(void)snprintf(text, sizeof(text), "%.1f",
		    config_setting_get_float(s));
		break;
	case CONFIG_TYPE_BOOL:
		(void)snprintf(text, sizeof(text), "%s",
		    config_setting_get_bool(s) ? "true" : "false");
		break;
	case CONFIG_TYPE_STRING:
		(void)snprintf(text, sizeof(text), "%s",
		    config_setting_get_string(s));
		break;
	default:
		return false;
	}
	return strcmp(text, o->dflt) == 0;
}

static void
example_is_complete(void)
{
	own_mem char *path = unit_source_path("doc/moltis.conf.example");
	const struct conf_option *o;
	config_t cfg;
	size_t count;

	config_init(&cfg);
	CU_ASSERT_EQUAL_FATAL(config_read_file(&cfg, path), CONFIG_TRUE);
	o = conf_options(&count);
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *s = config_lookup(&cfg, o[i].path);
		bool ok =
		    s != NULL && (o[i].dflt == NULL || shows_default(&o[i], s));

		if (!ok)
			fprintf(stderr,
			    "example: %s is missing or has "
			    "another default\n",
			    o[i].path);
		CU_ASSERT_TRUE(ok);
	}
	config_destroy(&cfg);
}

void
suite_conf_conf(void)
{
	static const struct unit_test tests[] = {
		{ "one address is enough, the rest has defaults", defaults },
		{ "a later file overrides key by key", files_merge },
		{ "no file at all is refused", nothing_given },
		{ "all problems of the files are said with their line",
		    problems_collected },
		{ "the example file is accepted", example_loads },
		{ "the example file shows every option and its default",
		    example_is_complete },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf.c", tests);
}
