/*
 * libconfig files: walks the groups, matches paths with the option table, and
 * hands the values on.  The only file that knows libconfig.
 */
#include "config.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <libconfig.h>

#include "base/mem.h"
#include "base/own.h"
#include "conf/conf_draft.h"

#define WHERE_BYTES 512

static void walk_group(struct conf_draft *d, const char *file,
    const config_setting_t *group, const char *path);

static void
where_format(char out[WHERE_BYTES], const char *file, const config_setting_t *s)
{
	const char *source = config_setting_source_file(s);

	(void)snprintf(out, WHERE_BYTES, "%s:%u",
	    source == NULL ? file : source, config_setting_source_line(s));
}

static void
value_list(const config_setting_t *s, struct conf_value *v)
{
	int n = config_setting_length(s);

	v->kind = n > CONF_MAX_ITEMS ? CONF_KIND_OTHER : CONF_KIND_LIST;
	for (int i = 0; i < n && v->kind == CONF_KIND_LIST; i++) {
		const char *item = config_setting_get_string_elem(s, i);

		if (item == NULL)
			v->kind = CONF_KIND_OTHER;
		else
			v->items[v->count++] = item;
	}
}

static void
value_of(const config_setting_t *s, struct conf_value *v)
{
	memset(v, 0, sizeof(*v));
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		v->kind = CONF_KIND_INT;
		v->whole = config_setting_get_int64(s);
		break;
	case CONFIG_TYPE_FLOAT:
		v->kind = CONF_KIND_NUMBER;
		v->number = config_setting_get_float(s);
		break;
	case CONFIG_TYPE_STRING:
		v->kind = CONF_KIND_TEXT;
		v->text = config_setting_get_string(s);
		break;
	case CONFIG_TYPE_BOOL:
		v->kind = CONF_KIND_BOOL;
		v->flag = config_setting_get_bool(s) != 0;
		break;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		value_list(s, v);
		break;
	default:
		v->kind = CONF_KIND_OTHER;
		break;
	}
}

static void
unknown_key(struct conf_draft *d, const char *where, const char *path)
{
	char room[CONF_PATH_BYTES];
	const char *hint = conf_hint(path, room);

	if (hint == NULL)
		conf_problem(d, where,
		    "%s: unknown key; doc/"
		    "moltis.conf.example lists all",
		    path);
	else
		conf_problem(d, where, "%s: unknown key; did you mean %s?",
		    path, hint);
}

static void
read_provider(struct conf_draft *d, const char *file,
    const config_setting_t *group)
{
	char where[WHERE_BYTES];
	const char *name = config_setting_name(group);

	if (!config_setting_is_group(group)) {
		where_format(where, file, group);
		conf_problem(d, where,
		    "providers.%s: must be a group, as in "
		    "%s: { kind = \"openai\"; models = [ \"NAME\" ]; };",
		    name, name);
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned int)i);
		struct conf_value v;

		where_format(where, file, s);
		value_of(s, &v);
		conf_provider_put(d, where, name, config_setting_name(s), &v);
	}
}

static void
read_setting(struct conf_draft *d, const char *file, const config_setting_t *s,
    const char *path)
{
	const struct conf_option *o = conf_option_find(path);
	char where[WHERE_BYTES], note[CONF_NOTE_BYTES];
	struct conf_value v;

	where_format(where, file, s);
	if (o != NULL) {
		value_of(s, &v);
		if (!conf_put(d->c, o, &v, note))
			conf_problem(d, where, "%s %s", path, note);
	} else if (strncmp(path, "providers.", 10) == 0) {
		read_provider(d, file, s);
	} else if (!conf_group_check(path)) {
		unknown_key(d, where, path);
	} else if (!config_setting_is_group(s)) {
		conf_problem(d, where,
		    "%s must be a group, as in "
		    "%s: { ... };",
		    path, config_setting_name(s));
	} else {
		walk_group(d, file, s, path);
	}
}

/* Goes no deeper than the table: an unknown group is reported, not entered. */
static void
walk_group(struct conf_draft *d, const char *file,
    const config_setting_t *group, const char *path)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned int)i);
		own_txt struct txt child = { 0 };

		txt_format(&child, "%s%s%s", path, path[0] ? "." : "",
		    config_setting_name(s));
		read_setting(d, file, s, txt_str(&child));
	}
}

/* libconfig ends the process when it is given a folder. */
static bool
is_readable(struct conf_draft *d, const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0) {
		conf_problem(d, file, "cannot read: %s", strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		conf_problem(d, file, "is a folder, not a file");
		return false;
	}
	return true;
}

void
conf_file_read(struct conf_draft *d, const char *file)
{
	own_mem char *copy = mem_strdup(file);
	const char *source;
	config_t cfg;

	if (!is_readable(d, file))
		return;
	config_init(&cfg);
	/* @include is relative to the file that says it. */
	config_set_include_dir(&cfg, dirname(copy));
	errno = 0;
	if (config_read_file(&cfg, file) == CONFIG_TRUE) {
		walk_group(d, file, config_root_setting(&cfg), "");
	} else if (config_error_type(&cfg) == CONFIG_ERR_FILE_IO) {
		conf_problem(d, file, "cannot read: %s",
		    errno == 0 ? "input error" : strerror(errno));
	} else {
		source = config_error_file(&cfg);
		conf_problem(d, source == NULL ? file : source, "line %d: %s",
		    config_error_line(&cfg), config_error_text(&cfg));
	}
	config_destroy(&cfg);
}
