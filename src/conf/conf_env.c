/*
 * MOLTIS_* environment variables.
 *
 * The names of options override the files.  A name in one of our groups that
 * is no option is a mistake and refused, like an unknown key; names that
 * tools around us export are left alone.
 */
#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"
#include "conf/conf_draft.h"

#define PREFIX "MOLTIS_"
#define PREFIX_BYTES (sizeof(PREFIX) - 1)
#define TYPO_STEPS 3 /* this near an option's name is a mistake anywhere */

/* Exported by the deployment's scripts and the tests. */
static const char *const tool_names[] = {
	"MOLTIS_BEHIND_PROXY",
	"MOLTIS_CLI",
	"MOLTIS_CONF",
	"MOLTIS_EXTERNAL_URL",
	"MOLTIS_STATE",
	"MOLTIS_URL",
};
static const char *const tool_endings[] = {
	"_BIN",
	"_DIR",
	"_LOG",
	"_PID",
	"_PID_FILE",
	"_SOCKET",
};

/* Groups whose names nobody but the configuration uses. */
static const char *const own_groups[] = {
	"AUTH_",
	"CRON_",
	"DATABASE_",
	"LIMITS_",
	"PROVIDERS_",
	"SERVER_",
	"TLS_",
	"TOOLS_",
};

static const char *const provider_keys[] = { "api_key", "base_url", "models" };

static void
env_put(struct conf_draft *d, const struct conf_option *o, const char *name)
{
	char scratch[CONF_MAX_TEXT], note[CONF_NOTE_BYTES] = "";
	const char *text = getenv(name);
	struct conf_value v;

	if (text == NULL || text[0] == '\0')
		return;
	if (!conf_value_parse(o, text, scratch, &v))
		/* Puts the sentence of the type into the note. */
		v = (struct conf_value){ .kind = CONF_KIND_OTHER };
	if (!conf_put(d->c, o, &v, note))
		conf_problem(d, name, "%s %s", o->path, note);
}

/* MOLTIS_PROVIDERS_<NAME>_<KEY> with NAME in upper case and '_' for '-'. */
static void
provider_env_name(char out[CONF_PATH_BYTES], const char *name, const char *key)
{
	(void)snprintf(out, CONF_PATH_BYTES, "MOLTIS_PROVIDERS_%s_%s", name,
	    key);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

static void
provider_env_put(struct conf_draft *d, const char *name, const char *key)
{
	static const struct conf_option list = { .type = CONF_ORIGINS };
	char env[CONF_PATH_BYTES], scratch[CONF_MAX_TEXT];
	struct conf_value v = { .kind = CONF_KIND_TEXT };

	provider_env_name(env, name, key);
	v.text = getenv(env);
	if (v.text == NULL || v.text[0] == '\0')
		return;
	if (strcmp(key, "models") == 0 &&
	    !conf_value_parse(&list, v.text, scratch, &v)) {
		conf_problem(d, env, "is too long");
		return;
	}
	conf_provider_put(d, env, name, key, &v);
}

static bool
provider_env_known(const struct conf *c, const char *name)
{
	char env[CONF_PATH_BYTES];

	for (size_t i = 0; i < c->provider_count; i++) {
		for (size_t k = 0; k < 3; k++) {
			provider_env_name(env, c->providers[i].name,
			    provider_keys[k]);
			if (strcmp(env, name) == 0)
				return true;
		}
	}
	return false;
}

static bool
is_tool_name(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(tool_names) / sizeof(char *); i++) {
		if (strcmp(name, tool_names[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(tool_endings) / sizeof(char *); i++) {
		size_t m = strlen(tool_endings[i]);

		if (n > m && strcmp(name + n - m, tool_endings[i]) == 0)
			return true;
	}
	return strstr(name, "_SOCKET_") != NULL;
}

/* Nearest name of an option in the environment; *RET_STEPS how far it is. */
static void
nearest_name(const char *name, char out[CONF_PATH_BYTES], size_t *ret_steps)
{
	char known[CONF_PATH_BYTES];
	const struct conf_option *o;
	size_t count;

	*ret_steps = SIZE_MAX;
	o = conf_options(&count);
	for (size_t i = 0; i < count; i++) {
		size_t steps;

		if (!conf_env_name(&o[i], known))
			continue;
		steps = conf_distance(name, known);
		if (steps < *ret_steps) {
			*ret_steps = steps;
			memcpy(out, known, sizeof(known));
		}
	}
}

static void
env_check_name(struct conf_draft *d, const char *name)
{
	char nearest[CONF_PATH_BYTES];
	bool ours = false;
	size_t steps;

	nearest_name(name, nearest, &steps);
	if (steps == 0 || is_tool_name(name) || provider_env_known(d->c, name))
		return;
	for (size_t i = 0; i < sizeof(own_groups) / sizeof(char *); i++)
		ours |= strncmp(name + PREFIX_BYTES, own_groups[i],
			    strlen(own_groups[i])) == 0;
	if (!ours && steps > TYPO_STEPS)
		return;
	if (steps <= 2 * TYPO_STEPS)
		conf_problem(d, name,
		    "no option has this name; did you mean "
		    "%s?",
		    nearest);
	else
		conf_problem(d, name,
		    "no option has this name; it is "
		    "MOLTIS_ and the option's path in upper case with '_'");
}

/* No request is ever local in a hosted deployment (S153). */
static void
warn_behind_proxy(void)
{
	static const char *const off[] = { "0", "false", "no", "off" };
	const char *text = getenv("MOLTIS_BEHIND_PROXY");

	for (size_t i = 0; text != NULL && i < sizeof(off) / sizeof(char *);
	     i++) {
		if (strcasecmp(text, off[i]) == 0)
			log_warn(NULL,
			    "MOLTIS_BEHIND_PROXY is always on, "
			    "the value is ignored",
			    "value=%s", text);
	}
}

void
conf_env_read(struct conf_draft *d)
{
	const struct conf_option *o;
	char name[CONF_PATH_BYTES];
	size_t count;

	o = conf_options(&count);
	for (size_t i = 0; i < count; i++) {
		if (o[i].alias != NULL)
			env_put(d, &o[i], o[i].alias);
		if (conf_env_name(&o[i], name))
			env_put(d, &o[i], name);
	}
	for (size_t i = 0; i < d->c->provider_count; i++) {
		for (size_t k = 0; k < 3; k++)
			provider_env_put(d, d->c->providers[i].name,
			    provider_keys[k]);
	}
	for (char **e = environ; *e != NULL; e++) {
		own_mem char *found = mem_strndup(*e, strcspn(*e, "="));

		if (strncmp(found, PREFIX, PREFIX_BYTES) == 0)
			env_check_name(d, found);
	}
	warn_behind_proxy();
}
