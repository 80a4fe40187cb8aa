/*
 * Rules between options: origins and their canonical form, sockets,
 * certificates.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

static void
url_required(void)
{
	case_env(NULL, NULL);
	case_refused("", "server.external_url: is missing");
	case_refused("server: { external_url = \"\"; };",
	    "server.external_url: is missing");
}

static void
url_canonical(void)
{
	static const char *const rows[][3] = {
		{ "https://a.example/", "https://a.example", "a.example" },
		{ "HTTPS://A.Example:443", "https://a.example", "a.example" },
		{ "https://a.example:8443", "https://a.example:8443",
		    "a.example:8443" },
		{ "http://127.0.0.1:8080", "http://127.0.0.1:8080",
		    "127.0.0.1:8080" },
		{ "http://localhost:80/", "http://localhost", "localhost" },
		{ "http://moltis.LOCALHOST:81", "http://moltis.localhost:81",
		    "moltis.localhost:81" },
		{ "http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080",
		    "[::1]:8080" },
	};

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_conf struct conf *c = NULL;
		own_txt struct txt text;

		txt_init(&text, 0);
		txt_format(&text, "server: { external_url = \"%s\"; };",
		    rows[i][0]);
		c = case_load(txt_str(&text));
		CU_ASSERT_STRING_EQUAL(c->external_url, rows[i][1]);
		CU_ASSERT_STRING_EQUAL(c->external_host, rows[i][2]);
		CU_ASSERT_STRING_EQUAL(c->allowed_origins[0], rows[i][1]);
		CU_ASSERT_EQUAL(c->external_https,
		    strncmp(rows[i][1], "https", 5) == 0);
	}
}

static void
url_refused(void)
{
	static const char *const rows[][2] = {
		{ "http://a.example", "must be https" },
		{ "http://10.0.0.1", "must be https" },
		{ "http://127.0.0.2", "must be https" },
		{ "http://localhost.example", "must be https" },
		{ "http://evil-localhost", "must be https" },
		{ "http://0.0.0.0", "must be https" },
		{ "http://[::ffff:127.0.0.1]", "must be https" },
		{ "a.example", "scheme://host" },
		{ "ftp://a.example", "scheme://host" },
		{ "https://", "scheme://host" },
		{ "https://a.example//", "scheme://host" },
		{ "https://a.example/path", "scheme://host" },
		{ "https://a.example?q", "scheme://host" },
		{ "https://u@a.example", "scheme://host" },
		{ "https://a.example:0", "scheme://host" },
		{ "https://a.example.", "scheme://host" },
		{ "https://*.example", "scheme://host" },
		{ "https:// a.example", "scheme://host" },
	};

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_txt struct txt text;

		txt_init(&text, 0);
		txt_format(&text, "server: { external_url = \"%s\"; };",
		    rows[i][0]);
		case_refused(txt_str(&text), rows[i][1]);
	}
}

static void
too_long(void)
{
	own_txt struct txt text;

	case_env(NULL, NULL);
	txt_init(&text, 0);
	txt_append(&text, "server: { external_url = \"https://");
	for (int i = 0; i < 100; i++)
		txt_append(&text, "abcde.");
	txt_append(&text, "example\"; };");
	case_refused(txt_str(&text), "scheme://host");
}

static void
origins(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load("server: { external_url = \"https://a.example\"; "
		      "allowed_origins = [ \"https://b.example/\", "
		      "\"https://A.example:443\", \"https://b.example\", "
		      "\"http://localhost:3000\" ]; };");
	CU_ASSERT_EQUAL(c->origin_count, 3);
	CU_ASSERT_STRING_EQUAL(c->allowed_origins[0], "https://a.example");
	CU_ASSERT_STRING_EQUAL(c->allowed_origins[1], "https://b.example");
	CU_ASSERT_STRING_EQUAL(c->allowed_origins[2], "http://localhost:3000");
	case_refused("server: { external_url = \"https://a.example\"; "
		     "allowed_origins = [ \"*\" ]; };",
	    "server.allowed_origins: \"*\" is not");
	case_refused("server: { external_url = \"https://a.example\"; "
		     "allowed_origins = [ \"null\" ]; };",
	    "\"null\" is not");
	case_refused("server: { external_url = \"https://a.example\"; "
		     "allowed_origins = [ \"http://b.example\" ]; };",
	    "must be https");
}

static void
sockets(void)
{
	own_txt struct txt text;

	case_env(NULL, NULL);
	case_refused(CASE_URL "fcgi: { socket = \"/s\"; }; "
			      "worker: { socket = \"/s\"; };",
	    "must differ");
	txt_init(&text, 0);
	txt_append(&text, CASE_URL "fcgi: { socket = \"/");
	for (int i = 0; i < 106; i++)
		txt_append(&text, "x");
	txt_append(&text, "\"; };");
	conf_free(case_load(txt_str(&text)));
	txt_reset(&text);
	txt_append(&text, CASE_URL "worker: { socket = \"/");
	for (int i = 0; i < 107; i++)
		txt_append(&text, "x");
	txt_append(&text, "\"; };");
	case_refused(txt_str(&text),
	    "worker.socket: the path of a socket may have 107 bytes");
}

static void
tls(void)
{
	case_env(NULL, NULL);
	case_refused(CASE_URL "tls: { cert_path = \"/c\"; };",
	    "both tls.cert_path and tls.key_path");
	case_refused(CASE_URL "tls: { key_path = \"/k\"; };",
	    "both tls.cert_path and tls.key_path");
	case_refused(CASE_URL "tls: { auto_generate = false; };", "are needed");
	conf_free(
	    case_load(CASE_URL "tls: { auto_generate = false; "
			       "cert_path = \"/c\"; key_path = \"/k\"; };"));
	conf_free(case_load(CASE_URL "tls: { auto_generate = false; "
				     "enabled = false; };"));
	conf_free(case_load(
	    "server: { external_url = "
	    "\"http://localhost\"; }; tls: { auto_generate = false; };"));
}

void
suite_conf_conf_check(void)
{
	static const struct unit_test tests[] = {
		{ "external_url is required", url_required },
		{ "external_url is stored in canonical form", url_canonical },
		{ "external_url must be a secure origin", url_refused },
		{ "an address that is too long is refused", too_long },
		{ "external_url comes first among distinct origins", origins },
		{ "socket paths fit and differ", sockets },
		{ "certificate settings make sense together", tls },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_check.c", tests);
}
