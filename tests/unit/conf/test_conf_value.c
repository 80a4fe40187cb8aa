/*
 * Values of each type: what an option takes and what it refuses.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

/* Texts with one "%s" for the value. */
#define APPROVAL "tools: { exec: { approval_mode = %s; }; };"
#define SECURITY "tools: { exec: { security_level = %s; }; };"
#define BACKEND "tools: { exec: { sandbox: { backend = %s; }; }; };"
#define HOLES "tools: { ssrf_allowlist = %s; };"
#define LIMIT(key) \
	"tools: { exec: { sandbox: { resource_limits: { " key \
	" = %s; }; }; }; };"

struct row {
	const char *frame, *value;
	const char *why; /* NULL: accepted */
};

static void
check_rows(const struct row *rows, size_t count)
{
	case_env(NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		const char *gap = strstr(rows[i].frame, "%s");
		own_txt struct txt text;

		txt_init(&text, 0);
		txt_append(&text, CASE_URL);
		txt_append_n(&text, rows[i].frame,
		    (size_t)(gap - rows[i].frame));
		txt_append(&text, rows[i].value);
		txt_append(&text, gap + 2);
		if (rows[i].why == NULL)
			conf_free(case_load(txt_str(&text)));
		else
			case_refused(txt_str(&text), rows[i].why);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
types(void)
{
	static const struct row rows[] = {
		{ "fcgi: { threads = %s; };", "64", NULL },
		{ "fcgi: { threads = %s; };", "0x10", NULL },
		{ "fcgi: { threads = %s; };", "65", "from 1 to 64" },
		{ "fcgi: { threads = %s; };", "-1", "from 1 to 64" },
		{ "fcgi: { threads = %s; };", "4294967297L", "from 1 to 64" },
		{ "fcgi: { threads = %s; };", "\"6\"", "whole number" },
		{ "fcgi: { threads = %s; };", "6.0", "whole number" },
		{ "fcgi: { threads = %s; };", "true", "whole number" },
		{ "fcgi: { threads = %s; };", "[ 1 ]", "whole number" },
		{ "tls: { enabled = %s; };", "false", NULL },
		{ "tls: { enabled = %s; };", "0", "true or false" },
		{ "tls: { enabled = %s; };", "\"no\"", "true or false" },
		{ "fcgi: { socket = %s; };", "7", "text in quotes" },
		{ "fcgi: { socket = %s; };", "\"a\\nb\"", "plain text" },
		{ "fcgi: { socket = %s; };", "\"\\xff\"", "plain text" },
		{ LIMIT("cpu_quota"), "2", NULL },
		{ LIMIT("cpu_quota"), "0.1", NULL },
		{ LIMIT("cpu_quota"), "0.05", "from 0.1 to 256" },
		{ LIMIT("cpu_quota"), "-1.0", "from 0.1 to 256" },
		{ LIMIT("cpu_quota"), "\"1\"", "must be a number" },
		{ LIMIT("pids_max"), "16", NULL },
		{ LIMIT("pids_max"), "15", "from 16 to 4096" },
		{ LIMIT("pids_max"), "4097", "from 16 to 4096" },
	};

	CHECK(rows);
}

static void
words(void)
{
	static const struct row rows[] = {
		{ APPROVAL, "\"bogus\"", "must be one of \"always\"" },
		{ APPROVAL, "\"\"", "must be one of" },
		{ APPROVAL, "\"smart x\"", "must be one of" },
		{ APPROVAL, "true", "must be a text" },
		{ SECURITY, "\"lax\"", "must be one of \"deny\"" },
		{ SECURITY, "\"permissive\"", NULL },
		{ SECURITY, "\"STRICT\"", NULL },
		{ BACKEND, "\"none\"", "must be one of \"auto\"" },
		{ BACKEND, "\"docker\"", NULL },
		{ "log: { level = %s; };", "\"loud\"", "must be one of" },
	};

	CHECK(rows);
}

static void
memory_sizes(void)
{
	static const struct row rows[] = {
		{ LIMIT("memory_limit"), "\"64M\"", NULL },
		{ LIMIT("memory_limit"), "\"1g\"", NULL },
		{ LIMIT("memory_limit"), "\"65536Ki\"", NULL },
		{ LIMIT("memory_limit"), "\"1024G\"", NULL },
		{ LIMIT("memory_limit"), "\"512X\"", "size such as" },
		{ LIMIT("memory_limit"), "\"512\"", "size such as" },
		{ LIMIT("memory_limit"), "\"\"", "size such as" },
		{ LIMIT("memory_limit"), "\"0M\"", "size such as" },
		{ LIMIT("memory_limit"), "\"-1G\"", "size such as" },
		{ LIMIT("memory_limit"), "\"63M\"", "from 64M" },
		{ LIMIT("memory_limit"), "\"1025G\"", "to 1024G" },
		{ LIMIT("memory_limit"), "\"M\"", "size such as" },
		{ LIMIT("memory_limit"), "\"512MB\"", "size such as" },
		{ LIMIT("memory_limit"), "\" 512M\"", "size such as" },
		{ LIMIT("memory_limit"),
		    "\"99999999999999999999999999999999M\"", "size such as" },
		{ LIMIT("memory_limit"), "512", "text in quotes" },
	};

	CHECK(rows);
}

static void
approval_aliases(void)
{
	static const struct {
		const char *word;
		enum conf_approval mode;
	} rows[] = {
		{ "always", APPROVAL_ALWAYS },
		{ "ALWAYS", APPROVAL_ALWAYS },
		{ "smart", APPROVAL_SMART },
		{ " Smart\\t", APPROVAL_SMART },
		{ "on-miss", APPROVAL_SMART },
		{ "on_miss", APPROVAL_SMART },
		{ "On-Miss ", APPROVAL_SMART },
		{ "never", APPROVAL_NEVER },
		{ "off", APPROVAL_NEVER },
		{ "\\nOFF", APPROVAL_NEVER },
	};

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_conf struct conf *c = NULL;
		own_txt struct txt text;

		txt_init(&text, 0);
		txt_format(&text,
		    CASE_URL "tools: { exec: { approval_mode = \"%s\"; }; };",
		    rows[i].word);
		c = case_load(txt_str(&text));
		CU_ASSERT_EQUAL(c->approval_mode, rows[i].mode);
	}
}

static void
aliases_have_one_name(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load(CASE_URL "log: { level = \"WARN\"; }; tools: { exec: {"
			       " sandbox: { backend = \"bwrap\"; }; }; };");
	CU_ASSERT_STRING_EQUAL(c->sandbox_backend, "bubblewrap");
	CU_ASSERT_STRING_EQUAL(c->log_level, "warn");
}

static void
auth_stays_on(void)
{
	case_env(NULL, NULL);
	case_refused(CASE_URL "auth: { disabled = true; };",
	    "auth.disabled must stay false");
	case_refused(CASE_URL "auth: { disabled = 0; };", "true or false");
	conf_free(case_load(CASE_URL "auth: { disabled = false; };"));
}

static void
empty_is_unset(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load_two(CASE_URL "database: { api = \"dbname=x\"; };",
	    "database: { api = \"\"; };");
	CU_ASSERT_PTR_NULL(c->db_api);
}

static void
lists(void)
{
	case_env(NULL, NULL);
	case_refused("server: { allowed_origins = \"https://b.example\"; };",
	    "must be a list of texts");
	case_refused("server: { allowed_origins = [ 1, 2 ]; };",
	    "must be a list of texts");
	case_refused("server: { allowed_origins = ( \"https://b.example\", "
		     "{ a = 1; } ); };",
	    "must be a list of texts");
	case_refused("server: { allowed_origins = [ \"a\\nb\" ]; };",
	    "entry 1 is not plain text");
	case_refused("server: { allowed_origins = [ \"1\", \"2\", \"3\", "
		     "\"4\", \"5\", \"6\", \"7\", \"8\" ]; };",
	    "may have 7 entries at most");
}

static void
exceptions(void)
{
	static const struct row rows[] = {
		{ HOLES, "[ ]", NULL },
		{ HOLES, "[ \"10.1.2.0/24\", \"10.1.2.3:80\" ]", NULL },
		{ HOLES, "[ \"[fd12::/48]:443\", \"fd12::1\" ]", NULL },
		{ HOLES, "[ \"169.254.0.0/16\" ]", NULL },
		{ HOLES, "[ \"10.1.2.3/24\" ]", "entry 1 is not ADDRESS" },
		{ HOLES, "[ \"10.0.0.0/8\", \"db.lan\" ]", "entry 2 is not" },
		{ HOLES, "[ \"10.0.0.0/8:0\" ]", "entry 1 is not" },
		{ HOLES, "[ \"169.254.169.254\" ]", "metadata service" },
		{ HOLES, "[ \"100.100.100.200:80\" ]", "metadata service" },
		{ HOLES, "[ \"168.63.129.16/32\" ]", "metadata service" },
		{ HOLES, "[ \"fd00:ec2::254\" ]", "metadata service" },
		{ HOLES, "[ \"::ffff:169.254.169.254\" ]", "metadata" },
		{ HOLES, "\"10.0.0.0/8\"", "must be a list of texts" },
	};
	struct conf *c;

	CHECK(rows);
	case_env("MOLTIS_TOOLS_SSRF_ALLOWLIST", "10.1.0.0/16,fd12::/48");
	c = case_load(CASE_URL);
	CU_ASSERT_EQUAL_FATAL(c->sandbox.hole_count, 2);
	CU_ASSERT_STRING_EQUAL(c->sandbox.holes[1], "fd12::/48");
	conf_free(c);
}

void
suite_conf_conf_value(void)
{
	static const struct unit_test tests[] = {
		{ "wrong types and ranges are refused", types },
		{ "unknown words are refused", words },
		{ "memory sizes follow their grammar", memory_sizes },
		{ "the approval modes have aliases in any case",
		    approval_aliases },
		{ "an alias is stored by its proper name",
		    aliases_have_one_name },
		{ "authentication cannot be switched off", auth_stays_on },
		{ "an empty text unsets an option", empty_is_unset },
		{ "exceptions are networks, and no metadata service",
		    exceptions },
		{ "lists hold a bounded number of texts", lists },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_value.c", tests);
}
