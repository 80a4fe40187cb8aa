/*
 * The cross-site decision as its whole table: every combination of facts
 * against the rules of S196-S200, written a second time as sentences.
 */
#include "config.h"

#include <string.h>

#include "http/origin.h"
#include "tests/unit/unit.h"

#define PASS HTTP_ORIGIN_PASS
#define FOREIGN HTTP_ORIGIN_REFUSE_FOREIGN
#define UNKNOWN HTTP_ORIGIN_REFUSE_UNKNOWN
#define MEDIA HTTP_ORIGIN_REFUSE_MEDIA

/* A POST by cookie, with a JSON body: origin by Sec-Fetch-Site. */
static void
cookie_table(void)
{
	static const enum http_origin_verdict rows[3][3] = {
		/* site:   absent   ours     foreign */
		[HTTP_ORIGIN_ABSENT] = { UNKNOWN, PASS, FOREIGN },
		[HTTP_ORIGIN_OURS] = { PASS, PASS, FOREIGN },
		[HTTP_ORIGIN_FOREIGN] = { FOREIGN, FOREIGN, FOREIGN },
	};
	int origin, site;

	for (origin = 0; origin < 3; origin++)
		for (site = 0; site < 3; site++) {
			struct http_origin_facts facts = {
				.origin = (enum http_origin)origin,
				.site = (enum http_site)site,
				.changes_state = true,
				.by_cookie = true,
				.has_body = true,
				.is_json = true,
			};

			CU_ASSERT_EQUAL(http_origin_decide(&facts),
			    rows[origin][site]);
		}
}

/* A Referer counts against a cookie's request without Origin, never for it. */
static void
referer(void)
{
	struct http_origin_facts facts = {
		.site = HTTP_SITE_OURS,
		.changes_state = true,
		.other_referer = true,
		.by_cookie = true,
		.has_body = true,
		.is_json = true,
	};

	CU_ASSERT_EQUAL(http_origin_decide(&facts), FOREIGN);
	facts.origin = HTTP_ORIGIN_OURS;
	CU_ASSERT_EQUAL(http_origin_decide(&facts), PASS);
	facts.origin = HTTP_ORIGIN_ABSENT;
	facts.by_cookie = false;
	CU_ASSERT_EQUAL(http_origin_decide(&facts), PASS);
	facts.by_cookie = true;
	facts.changes_state = false;
	CU_ASSERT_EQUAL(http_origin_decide(&facts), PASS);
	facts.changes_state = true;
	facts.other_referer = false;
	facts.site = HTTP_SITE_ABSENT;
	CU_ASSERT_EQUAL(http_origin_decide(&facts), UNKNOWN);
}

/* A POST by key, or by nobody. */
static void
key_table(void)
{
	static const enum http_origin_verdict rows[3] = {
		[HTTP_ORIGIN_ABSENT] = PASS,
		[HTTP_ORIGIN_OURS] = PASS,
		[HTTP_ORIGIN_FOREIGN] = FOREIGN,
	};
	int origin, site;

	for (origin = 0; origin < 3; origin++)
		for (site = 0; site < 3; site++) {
			struct http_origin_facts facts = {
				.origin = (enum http_origin)origin,
				.site = (enum http_site)site,
				.changes_state = true,
				.has_body = true,
				.is_json = true,
			};

			CU_ASSERT_EQUAL(http_origin_decide(&facts),
			    rows[origin]);
		}
}

/* Reading changes nothing: only a foreign Origin stops it. */
static void
read_table(void)
{
	int bits;

	for (bits = 0; bits < 72; bits++) {
		struct http_origin_facts facts = {
			.origin = (enum http_origin)(bits % 3),
			.site = (enum http_site)(bits / 3 % 3),
			.by_cookie = (bits / 9 & 1) != 0,
			.has_body = (bits / 18 & 1) != 0,
			.is_json = (bits / 36 & 1) != 0,
		};

		CU_ASSERT_EQUAL(http_origin_decide(&facts),
		    facts.origin == HTTP_ORIGIN_FOREIGN ? FOREIGN : PASS);
	}
}

static void
media_table(void)
{
	static const struct {
		bool is_post, by_cookie, has_body, is_json;
		enum http_origin_verdict verdict;
	} rows[] = {
		{ true, true, true, true, PASS },
		{ true, true, true, false, MEDIA },
		/* A form without fields has no body. */
		{ true, true, false, false, MEDIA },
		{ true, true, false, true, PASS },
		{ true, false, true, true, PASS },
		{ true, false, true, false, MEDIA },
		{ true, false, false, false, PASS },
		{ true, false, false, true, PASS },
		/* No form sends DELETE. */
		{ false, true, false, false, PASS },
		{ false, true, true, false, MEDIA },
		{ false, true, true, true, PASS },
		{ false, false, true, false, MEDIA },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_origin_facts facts = {
			.origin = HTTP_ORIGIN_OURS,
			.changes_state = true,
			.is_post = rows[i].is_post,
			.by_cookie = rows[i].by_cookie,
			.has_body = rows[i].has_body,
			.is_json = rows[i].is_json,
		};

		CU_ASSERT_EQUAL(http_origin_decide(&facts), rows[i].verdict);
	}
}

static void
site_words(void)
{
	CU_ASSERT_EQUAL(http_site_parse(NULL), HTTP_SITE_ABSENT);
	CU_ASSERT_EQUAL(http_site_parse("same-origin"), HTTP_SITE_OURS);
	CU_ASSERT_EQUAL(http_site_parse("none"), HTTP_SITE_OURS);
	CU_ASSERT_EQUAL(http_site_parse("same-site"), HTTP_SITE_FOREIGN);
	CU_ASSERT_EQUAL(http_site_parse("cross-site"), HTTP_SITE_FOREIGN);
	CU_ASSERT_EQUAL(http_site_parse(""), HTTP_SITE_FOREIGN);
	CU_ASSERT_EQUAL(http_site_parse("none, none"), HTTP_SITE_FOREIGN);
	CU_ASSERT_EQUAL(http_site_parse("Same-Origin"), HTTP_SITE_FOREIGN);
}

void
suite_http_origin(void)
{
	static const struct unit_test tests[] = {
		{ "a change by cookie needs proof of where it comes from",
		    cookie_table },
		{ "a key may be used from anywhere but a foreign page",
		    key_table },
		{ "reading is stopped by a foreign origin only", read_table },
		{ "what a form could send is not JSON and is refused",
		    media_table },
		{ "Sec-Fetch-Site has two words of ours", site_words },
		{ "a Referer from elsewhere counts against a cookie", referer },
		{ NULL, NULL },
	};

	unit_add("src/http/origin.c", tests);
}
