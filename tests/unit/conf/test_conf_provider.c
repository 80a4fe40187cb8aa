/*
 * Model providers: what is accepted, which is the default, which serves a
 * model.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/txt.h"
#include "tests/unit/conf/conf_case.h"
#include "tests/unit/unit.h"

#define THREE \
	CASE_URL \
	"providers: {" \
	" show: { kind = \"demo\"; };" \
	" first: { kind = \"openai\"; models = [ \"m1\", \"both\" ]; };" \
	" second: { kind = \"anthropic\"; models = [ \"both\", \"m:2\" ]; };" \
	"};"

static void
demo_alone(void)
{
	own_conf struct conf *c = NULL;
	const struct conf_provider *p;
	const char *model = NULL;

	case_env(NULL, NULL);
	c = case_load(CASE_URL);
	p = conf_provider_find(c, NULL, &model);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->name, "demo");
	CU_ASSERT_EQUAL(p->kind, PROVIDER_DEMO);
	CU_ASSERT_PTR_NULL(p->base_url);
	CU_ASSERT_STRING_EQUAL(model, "demo");
	CU_ASSERT_PTR_EQUAL(conf_provider_find(c, "demo::demo", &model), p);
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "gpt", &model));
}

static void
real_before_demo(void)
{
	own_conf struct conf *c = NULL, *named = NULL;
	const char *model = NULL;

	case_env(NULL, NULL);
	c = case_load(THREE);
	CU_ASSERT_EQUAL(c->provider_count, 3);
	CU_ASSERT_STRING_EQUAL(conf_provider_find(c, "", &model)->name,
	    "first");
	CU_ASSERT_STRING_EQUAL(model, "m1");
	named = case_load_two(THREE, "providers: { default = \"show\"; };");
	CU_ASSERT_STRING_EQUAL(conf_provider_find(named, "", &model)->name,
	    "show");
	CU_ASSERT_STRING_EQUAL(model, "demo");
}

static void
models_found(void)
{
	own_conf struct conf *c = NULL, *other = NULL;
	const char *model = NULL;

	case_env(NULL, NULL);
	c = case_load(THREE);
	CU_ASSERT_STRING_EQUAL(conf_provider_find(c, "both", &model)->name,
	    "first");
	CU_ASSERT_STRING_EQUAL(
	    conf_provider_find(c, "second::both", &model)->name, "second");
	CU_ASSERT_STRING_EQUAL(model, "both");
	CU_ASSERT_STRING_EQUAL(conf_provider_find(c, "m:2", &model)->name,
	    "second");
	CU_ASSERT_STRING_EQUAL(
	    conf_provider_find(c, "second::m:2", &model)->name, "second");
	CU_ASSERT_STRING_EQUAL(model, "m:2");
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "first::m:2", &model));
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "third::m1", &model));
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "firs::m1", &model));
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "::m1", &model));
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "first::", &model));
	CU_ASSERT_PTR_NULL(conf_provider_find(c, "M1", &model));
	other = case_load_two(THREE, "providers: { default = \"second\"; };");
	CU_ASSERT_STRING_EQUAL(conf_provider_find(other, "both", &model)->name,
	    "second");
}

static void
addresses(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load(
	    CASE_URL "providers: {"
		     " a: { kind = \"openai\"; models = [ \"m\" ]; };"
		     " b: { kind = \"anthropic\"; models = ( \"m\" ); };"
		     " c: { kind = \"openai\"; models = [ \"m\" ];"
		     "  base_url = \"http://127.0.0.1:11434/v1//\"; };"
		     " d: { kind = \"demo\"; base_url = \"http://x\";"
		     "  models = [ \"show\" ]; }; };");
	CU_ASSERT_STRING_EQUAL(c->providers[0].base_url,
	    "https://api.openai.com/v1");
	CU_ASSERT_STRING_EQUAL(c->providers[1].base_url,
	    "https://api.anthropic.com");
	CU_ASSERT_STRING_EQUAL(c->providers[2].base_url,
	    "http://127.0.0.1:11434/v1");
	CU_ASSERT_PTR_NULL(secret_reveal(&c->providers[2].api_key));
	CU_ASSERT_PTR_NULL(c->providers[3].base_url);
	CU_ASSERT_STRING_EQUAL(c->providers[3].models[0], "show");
}

static void
merged_by_key(void)
{
	own_conf struct conf *c = NULL;

	case_env(NULL, NULL);
	c = case_load_two(CASE_URL
	    "providers: { a: { kind = \"openai\"; "
	    "api_key = \"one\"; models = [ \"m1\", \"m2\" ]; }; };",
	    "providers: { a: { api_key = \"two\"; models = [ \"m3\" ]; }; "
	    "b: { kind = \"demo\"; }; };");
	CU_ASSERT_EQUAL(c->provider_count, 2);
	CU_ASSERT_EQUAL(c->providers[0].kind, PROVIDER_OPENAI);
	CU_ASSERT_STRING_EQUAL(secret_reveal(&c->providers[0].api_key), "two");
	CU_ASSERT_EQUAL(c->providers[0].model_count, 1);
	CU_ASSERT_STRING_EQUAL(c->providers[0].models[0], "m3");
}

#define ONE(keys) CASE_URL "providers: { a: { " keys " }; };"
#define OPENAI(keys) ONE("kind = \"openai\"; models = [ \"m\" ]; " keys)

static void
refused(void)
{
	static const char *const rows[][2] = {
		{ ONE("models = [ \"m\" ];"), "providers.a.kind is missing" },
		{ ONE("kind = \"gpt\";"), "must be \"openai\"" },
		{ ONE("kind = 1;"), "must be \"openai\"" },
		{ ONE("kind = \"openai\";"), "providers.a.models is missing" },
		{ ONE("kind = \"openai\"; models = [ ];"), "1 to 32" },
		{ ONE("kind = \"openai\"; models = [ \"\" ];"), "1 to 32" },
		{ ONE("kind = \"openai\"; models = [ 1 ];"), "1 to 32" },
		{ ONE("kind = \"openai\"; models = \"m\";"), "1 to 32" },
		{ ONE("kind = \"openai\"; models = [ \"a::b\" ];"), "::" },
		{ ONE("kind = \"openai\"; models = [ \"m\", \"m\" ];"),
		    "different" },
		{ ONE("kind = \"openai\"; models = [ \"a\\nb\" ];"),
		    "1 to 32" },
		{ ONE("modls = [ \"m\" ];"),
		    "did you mean providers.a.models?" },
		{ OPENAI("base_url = \"ftp://x\";"), "http(s)://" },
		{ OPENAI("base_url = \"x\";"), "http(s)://" },
		{ OPENAI("base_url = \"\";"), "http(s)://" },
		{ OPENAI("base_url = \"https://u:p@x\";"), "http(s)://" },
		{ OPENAI("base_url = \"https://x/?q\";"), "http(s)://" },
		{ OPENAI("base_url = \"https://x/#f\";"), "http(s)://" },
		{ OPENAI("base_url = \"https://x/a b\";"), "http(s)://" },
		{ OPENAI("base_url = \"https://x\\n/\";"), "http(s)://" },
		{ OPENAI("base_url = \"https://x:0/\";"), "http(s)://" },
		{ OPENAI("api_key = \"a\\r\\nX: y\";"), "visible ASCII" },
		{ OPENAI("api_key = \"k\xc3\xa4\";"), "visible ASCII" },
		{ OPENAI("api_key = 5;"), "visible ASCII" },
		{ CASE_URL "providers: { a = 1; };", "must be a group" },
		{ CASE_URL "providers: { a*: { kind = \"demo\"; }; };",
		    "letters, digits" },
		{ CASE_URL "providers: { default = \"x\"; };",
		    "names \"x\", which is not configured" },
		{ CASE_URL "providers: { default = 1; };", "text in quotes" },
	};

	case_env(NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		case_refused(rows[i][0], rows[i][1]);
}

static void
keys_stay_out_of_errors(void)
{
	own_txt struct txt why;
	struct conf *c = NULL;
	char *file;

	case_env(NULL, NULL);
	file = unit_temp_file(OPENAI("api_key = \"very secret\";"));
	txt_init(&why, 0);
	CU_ASSERT_EQUAL(conf_load(file, &c, &why), ST_INVALID);
	CU_ASSERT_PTR_NULL(strstr(txt_str(&why), "secret"));
	free(file);
}

static void
limits(void)
{
	own_txt struct txt text;

	case_env(NULL, NULL);
	txt_init(&text, 0);
	txt_append(&text, CASE_URL "providers: {");
	for (int i = 0; i < CONF_MAX_PROVIDERS; i++)
		txt_format(&text, "p%d: { kind = \"demo\"; };", i);
	txt_append(&text, "};");
	conf_free(case_load(txt_str(&text)));
	text.len -= 2;
	txt_append(&text, "p: { kind = \"demo\"; }; };");
	case_refused(txt_str(&text), "16 providers at most");

	txt_reset(&text);
	txt_append(&text,
	    CASE_URL "providers: { a: { kind = \"openai\"; "
		     "models = [ \"m\"");
	for (int i = 0; i < CONF_MAX_MODELS; i++)
		txt_format(&text, ", \"m%d\"", i);
	txt_append(&text, " ]; }; };");
	case_refused(txt_str(&text), "1 to 32");
}

void
suite_conf_conf_provider(void)
{
	static const struct unit_test tests[] = {
		{ "without any provider there is the demo", demo_alone },
		{ "the first real provider is the default", real_before_demo },
		{ "a model is found by name and by provider", models_found },
		{ "addresses have defaults and no slash at the end",
		    addresses },
		{ "a later file overrides a provider key by key",
		    merged_by_key },
		{ "broken providers are refused", refused },
		{ "a refused key is not repeated", keys_stay_out_of_errors },
		{ "providers and models are limited", limits },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_provider.c", tests);
}
