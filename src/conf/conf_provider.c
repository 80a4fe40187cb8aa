/*
 * The group of model providers: a name each, so it does not fit in the option
 * table.  Later files override key by key; file order is kept, as the first
 * real provider is the default one.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/conf_draft.h"
#include "conf/conf_origin.h"

#define MODEL_BYTES 200
#define BASE_URL_BYTES 1024

static const char *const provider_keys[] = {
	"kind",
	"base_url",
	"api_key",
	"models",
};

static struct conf_provider *
provider_by_name(const struct conf *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct conf_provider *p = &c->providers[i];

		if (strlen(p->name) == n && memcmp(p->name, name, n) == 0)
			return (struct conf_provider *)(uintptr_t)p;
	}
	return NULL;
}

/* Finds NAME or adds it; NULL after a problem. */
static struct conf_provider *
provider_open(struct conf_draft *d, const char *where, const char *name)
{
	struct conf *c = d->c;
	struct conf_provider *p = provider_by_name(c, name, strlen(name));

	if (p != NULL)
		return p;
	if (strlen(name) >= CONF_NAME_BYTES || strchr(name, '*') != NULL) {
		conf_problem(d, where,
		    "providers.%s: a name has at most %d "
		    "letters, digits, '-' and '_'",
		    name, CONF_NAME_BYTES - 1);
		return NULL;
	}
	if (c->provider_count == CONF_MAX_PROVIDERS) {
		conf_problem(d, where,
		    "providers.%s: there may be %d "
		    "providers at most",
		    name, CONF_MAX_PROVIDERS);
		return NULL;
	}
	p = &c->providers[c->provider_count++];
	p->name = mem_strdup(name);
	return p;
}

static bool
put_kind(struct conf_draft *d, struct conf_provider *p, const char *text)
{
	if (strcmp(text, "openai") == 0)
		p->kind = PROVIDER_OPENAI;
	else if (strcmp(text, "anthropic") == 0)
		p->kind = PROVIDER_ANTHROPIC;
	else if (strcmp(text, "demo") == 0)
		p->kind = PROVIDER_DEMO;
	else
		return false;
	d->kind_set[p - d->c->providers] = true;
	return true;
}

/* http(s)://host[:port][/path], without user, query or fragment. */
static bool
put_base_url(struct conf_provider *p, const char *text)
{
	static const char path_bytes[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~!$&'()*+,;=:@%/";
	struct conf_origin o;
	size_t skip, host_n, n = strlen(text);
	bool https;

	skip = conf_scheme_length(text, &https);
	host_n = strcspn(text + skip, "/");
	if (skip == 0 || n >= BASE_URL_BYTES ||
	    !conf_hostport_parse(text + skip, host_n, &o) ||
	    strspn(text + skip + host_n, path_bytes) != n - skip - host_n)
		return false;
	while (text[n - 1] == '/')
		n--;
	free(p->base_url);
	p->base_url = mem_strndup(text, n);
	return true;
}

/* Goes into an HTTP header: printable ASCII, no blanks. */
static bool
put_api_key(struct conf_provider *p, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	if (n == 0)
		secret_done(&p->api_key);
	else
		secret_set(&p->api_key, text, n);
	return n < CONF_MAX_TEXT;
}

static bool
put_models(struct conf_provider *p, const struct conf_value *v)
{
	if (v->count == 0 || v->count > CONF_MAX_MODELS)
		return false;
	for (size_t i = 0; i < v->count; i++) {
		const char *model = v->items[i];

		if (model[0] == '\0' || strlen(model) > MODEL_BYTES ||
		    !conf_text_check(model) || strstr(model, "::") != NULL)
			return false;
		for (size_t k = 0; k < i; k++) {
			if (strcmp(model, v->items[k]) == 0)
				return false;
		}
	}
	for (size_t i = 0; i < p->model_count; i++)
		free(p->models[i]);
	p->model_count = v->count;
	for (size_t i = 0; i < v->count; i++)
		p->models[i] = mem_strdup(v->items[i]);
	return true;
}

static void
unknown_provider_key(struct conf_draft *d, const char *where, const char *name,
    const char *key)
{
	const char *best = provider_keys[0];

	for (size_t i = 1; i < sizeof(provider_keys) / sizeof(char *); i++) {
		if (conf_distance(key, provider_keys[i]) <
		    conf_distance(key, best))
			best = provider_keys[i];
	}
	conf_problem(d, where,
	    "providers.%s.%s: unknown key; did you mean "
	    "providers.%s.%s?",
	    name, key, name, best);
}

void
conf_provider_put(struct conf_draft *d, const char *where, const char *name,
    const char *key, const struct conf_value *v)
{
	bool is_text = v->kind == CONF_KIND_TEXT;
	const char *rule = NULL;
	struct conf_provider *p = provider_open(d, where, name);

	if (p == NULL)
		return;
	if (strcmp(key, "kind") == 0) {
		if (!is_text || !put_kind(d, p, v->text))
			rule = "must be \"openai\", \"anthropic\" or \"demo\"";
	} else if (strcmp(key, "base_url") == 0) {
		if (!is_text || !put_base_url(p, v->text))
			rule = "must be http(s)://host[:port][/path] without "
			       "user name, query or fragment";
	} else if (strcmp(key, "api_key") == 0) {
		if (!is_text || !put_api_key(p, v->text))
			rule = "must be a text of visible ASCII characters";
	} else if (strcmp(key, "models") == 0) {
		if (v->kind != CONF_KIND_LIST || !put_models(p, v))
			rule = "must be a list of 1 to 32 different model "
			       "names without \"::\"";
	} else {
		unknown_provider_key(d, where, name, key);
	}
	if (rule != NULL)
		conf_problem(d, where, "providers.%s.%s %s", name, key, rule);
}

static void
finish_one(struct conf_draft *d, size_t i)
{
	static const char *const addresses[] = {
		[PROVIDER_OPENAI] = "https://api.openai.com/v1",
		[PROVIDER_ANTHROPIC] = "https://api.anthropic.com",
	};
	struct conf_provider *p = &d->c->providers[i];

	if (!d->kind_set[i]) {
		conf_problem(d, "providers",
		    "providers.%s.kind is missing: "
		    "set it to \"openai\", \"anthropic\" or \"demo\"",
		    p->name);
		return;
	}
	if (p->kind == PROVIDER_DEMO) {
		free(p->base_url);
		p->base_url = NULL;
		if (p->model_count == 0)
			p->models[p->model_count++] = mem_strdup("demo");
		return;
	}
	if (p->base_url == NULL)
		p->base_url = mem_strdup(addresses[p->kind]);
	if (p->model_count == 0)
		conf_problem(d, "providers",
		    "providers.%s.models is missing: "
		    "list at least one model name",
		    p->name);
}

void
conf_provider_finish(struct conf_draft *d)
{
	struct conf *c = d->c;

	if (c->provider_count == 0) {
		d->kind_set[0] = true;
		c->providers[0].kind = PROVIDER_DEMO;
		c->providers[0].name = mem_strdup("demo");
		c->provider_count = 1;
	}
	for (size_t i = 0; i < c->provider_count; i++)
		finish_one(d, i);
	if (c->provider_default == NULL)
		return;
	if (provider_by_name(c, c->provider_default,
		strlen(c->provider_default)) == NULL)
		conf_problem(d, "providers",
		    "providers.default names \"%s\", "
		    "which is not configured",
		    c->provider_default);
}

void
conf_provider_free(struct conf_provider *p)
{
	free(p->name);
	free(p->base_url);
	secret_done(&p->api_key);
	for (size_t i = 0; i < p->model_count; i++)
		free(p->models[i]);
}

/* The demo is only chosen by name or when there is nothing else. */
static const struct conf_provider *
default_provider(const struct conf *c)
{
	if (c->provider_default != NULL)
		return provider_by_name(c, c->provider_default,
		    strlen(c->provider_default));
	for (size_t i = 0; i < c->provider_count; i++) {
		if (c->providers[i].kind != PROVIDER_DEMO)
			return &c->providers[i];
	}
	return &c->providers[0];
}

static const char *
model_find(const struct conf_provider *p, const char *model)
{
	for (size_t i = 0; i < p->model_count; i++) {
		if (strcmp(p->models[i], model) == 0)
			return p->models[i];
	}
	return NULL;
}

const struct conf_provider *
conf_provider_find(const struct conf *c, const char *model,
    const char **ret_model)
{
	const struct conf_provider *p = default_provider(c);
	const char *colons, *id;

	if (model == NULL || model[0] == '\0') {
		*ret_model = p->models[0];
		return p;
	}
	colons = strstr(model, "::");
	if (colons != NULL) {
		p = provider_by_name(c, model, (size_t)(colons - model));
		id = p == NULL ? NULL : model_find(p, colons + 2);
	} else {
		id = model_find(p, model);
		for (size_t i = 0; i < c->provider_count && id == NULL; i++) {
			p = &c->providers[i];
			id = model_find(p, model);
		}
	}
	if (id == NULL)
		return NULL;
	*ret_model = id;
	return p;
}
