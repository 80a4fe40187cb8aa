/*
 * Origin and Host decisions, including the tricks of attack rows A2 and A5.
 */
#include "config.h"

#include <string.h>

#include "conf/conf_origin.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

static struct conf *
two_origins(void)
{
	case_env(NULL, NULL);
	return case_load("server: { external_url = \"https://good.example\"; "
			 "allowed_origins = [ \"http://127.0.0.1:8080\" ]; };");
}

static void
origins_allowed(void)
{
	static const char *const good[] = {
		"https://good.example",
		"https://GOOD.Example",
		"HTTPS://good.example",
		"https://good.example:443",
		"http://127.0.0.1:8080",
	};
	own_conf struct conf *c = two_origins();

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(conf_origin_allowed(c, good[i]));
}

static void
origins_refused(void)
{
	static const char *const bad[] = {
		"",
		"null",
		"*",
		"https",
		"https:",
		"https://",
		"https:///",
		"//good.example",
		"good.example",
		"http://good.example",
		"https://good.example:80",
		"https://good.example:444",
		"https://good.example:0443",
		"https://good.example:",
		"https://good.example:4 43",
		"https://good.example:+443",
		"https://good.example:99999",
		"https://good.example:443443",
		"https://good.example/",
		"https://good.example/x",
		"https://good.example?x",
		"https://good.example#x",
		"https://good.example.",
		"https://good.example..",
		"https://.good.example",
		"https://good.example.evil.com",
		"https://evilgood.example",
		"https://sub.good.example",
		"https://good.example@evil.com",
		"https://evil.com@good.example",
		"https://@good.example",
		"https://u:p@good.example",
		"https://good.example https://x",
		"https://good.example, https://good.example",
		"https://good.example,https://evil.com",
		" https://good.example",
		"https://good.example ",
		"https://good.example\n",
		"https://good.example\t",
		"https://good\x01.example",
		"https://good.example\x7f",
		"https://good.example%00",
		"https://good%2eexample",
		"https:\\\\good.example",
		"https://good.example\\evil.com",
		"wss://good.example",
		"file://good.example",
		"https://g\xc3\xb6\xc3\xb6"
		"d.example",
		"http://127.0.0.1",
		"http://127.0.0.1:80801",
		"http://127.1:8080",
		"http://2130706433:8080",
		"http://0x7f.0.0.1:8080",
		"http://127.0.0.01:8080",
		"http://localhost:8080",
		"http://[::1]:8080",
		"http://[::ffff:127.0.0.1]:8080",
	};
	own_conf struct conf *c = two_origins();
	char longest[400];

	CU_ASSERT_FALSE(conf_origin_allowed(c, NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(conf_origin_allowed(c, bad[i]));
	memset(longest, 'a', sizeof(longest) - 1);
	memcpy(longest, "https://", 8);
	longest[sizeof(longest) - 1] = '\0';
	CU_ASSERT_FALSE(conf_origin_allowed(c, longest));
}

static void
hosts_allowed(void)
{
	static const char *const good[] = {
		"good.example",
		"GOOD.example",
		"good.example:443",
		"127.0.0.1:8080",
	};
	own_conf struct conf *c = two_origins();

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(conf_host_allowed(c, good[i]));
}

static void
hosts_refused(void)
{
	static const char *const bad[] = {
		"",
		":",
		":443",
		"good.example:80",
		"good.example:",
		"good.example:443:443",
		"good.example.",
		"127.0.0.1",
		"127.0.0.1:80",
		"localhost",
		"localhost:8080",
		"x.localhost:8080",
		"[::1]:8080",
		"[::1",
		"[]",
		"[::1]x",
		"evil.example",
		"good.example.evil.com",
		"a@good.example",
		"good.example/",
		"good.example,good.example",
		"good.example good.example",
		" good.example",
		"good.example\r",
		"https://good.example",
		"localhost:80:80",
		"2130706433:8080",
		"0x7f.1:8080",
	};
	own_conf struct conf *c = two_origins();

	CU_ASSERT_FALSE(conf_host_allowed(c, NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(conf_host_allowed(c, bad[i]));
}

static void
host_syntax(void)
{
	static const char *const good[] = {
		"a",
		"a-b.c-d",
		"xn--bcher-kva.example",
		"1.2.3.4",
		"a.b1",
		"model_server",
		"[fe80::1]",
		"1a.example",
	};
	static const char *const bad[] = {
		"-a",
		"a-",
		"a.-b",
		"a-.b",
		"a..b",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"a.1",
		"a.0x1f",
		"0x7f000001",
		"127.0.0.1.",
		"[1.2.3.4]",
		"[fe80::1%25eth0]",
		"[::1]]",
		"a b",
		"a\xc3\xa4",
	};
	struct conf_origin o;
	char label[300];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(
		    conf_hostport_parse(good[i], strlen(good[i]), &o));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(
		    conf_hostport_parse(bad[i], strlen(bad[i]), &o));
	memset(label, 'a', sizeof(label));
	CU_ASSERT_TRUE(conf_hostport_parse(label, 63, &o));
	CU_ASSERT_FALSE(conf_hostport_parse(label, 64, &o));
	for (size_t i = 50; i < sizeof(label); i += 51)
		label[i] = '.';
	CU_ASSERT_TRUE(conf_hostport_parse(label, 253, &o));
	CU_ASSERT_FALSE(conf_hostport_parse(label, 254, &o));
}

static void
addresses_equal(void)
{
	struct conf_origin a, b;

	CU_ASSERT_TRUE(conf_origin_parse("http://[FE80::0:1]", &a));
	CU_ASSERT_TRUE(conf_origin_parse("http://[fe80::1]:80", &b));
	CU_ASSERT_STRING_EQUAL(a.host, b.host);
	CU_ASSERT_EQUAL(a.port, b.port);
}

void
suite_conf_conf_origin(void)
{
	static const struct unit_test tests[] = {
		{ "configured origins are allowed in any spelling a browser "
		  "sends",
		    origins_allowed },
		{ "all other origins are refused", origins_refused },
		{ "hosts of configured origins are allowed", hosts_allowed },
		{ "all other hosts are refused", hosts_refused },
		{ "host names follow the rules of names and addresses",
		    host_syntax },
		{ "spellings of one IPv6 address are equal", addresses_equal },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_origin.c", tests);
}
