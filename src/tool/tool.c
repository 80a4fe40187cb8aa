/*
 * The table of tools, and what it is good for: a schema for the model and the
 * check of what comes back (S265, S266).
 */
#include "config.h"

#include "tool/tool.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"

#define MAX_PARAMS 12

static const struct tool_param exec_params[] = {
	{ .field = { .name = "command",
	      .type = F_TEXT,
	      .required = true,
	      .min = 1 },
	    .about = "Command line for sh -c.",
	    .max_bytes = TOOL_MAX_COMMAND_BYTES },
	{ .field = { .name = "timeout",
	      .type = F_INT,
	      .min = 1,
	      .max = INT64_MAX },
	    .about = "Seconds after which it is ended; default 30, at most "
		     "1800." },
	{ .field = { .name = "working_dir",
	      .type = F_TEXT,
	      .max = TOOL_MAX_PATH_BYTES },
	    .about = "Folder to run in, inside /workspace; default "
		     "/workspace." },
	{ .field = { .name = NULL } },
};

static const struct tool_param read_params[] = {
	{ .field = { .name = "path",
	      .type = F_TEXT,
	      .required = true,
	      .min = 1,
	      .max = TOOL_MAX_PATH_BYTES },
	    .about = "File, relative to /workspace." },
	{ .field = { .name = "offset", .type = F_INT, .max = INT64_MAX },
	    .about = "First byte to read; default 0." },
	{ .field = { .name = "limit",
	      .type = F_INT,
	      .min = 1,
	      .max = INT64_MAX },
	    .about = "Bytes to read at most; default and most is what fits "
		     "into a result." },
	{ .field = { .name = NULL } },
};

static const struct tool_param write_params[] = {
	{ .field = { .name = "path",
	      .type = F_TEXT,
	      .required = true,
	      .min = 1,
	      .max = TOOL_MAX_PATH_BYTES },
	    .about = "File, relative to /workspace; its folder must exist." },
	{ .field = { .name = "content", .type = F_TEXT, .required = true },
	    .about = "The whole new content.",
	    .max_bytes = TOOL_MAX_CONTENT_BYTES },
	{ .field = { .name = NULL } },
};

static const struct tool_param list_params[] = {
	{ .field = { .name = "path",
	      .type = F_TEXT,
	      .max = TOOL_MAX_PATH_BYTES },
	    .about = "Folder, relative to /workspace; default /workspace." },
	{ .field = { .name = NULL } },
};

static const struct tool_param cron_params[] = {
	{ .field = { .name = "action",
	      .type = F_TEXT,
	      .required = true,
	      .min = 1,
	      .max = 16 },
	    .about = "list, status, add, update, remove, run or runs." },
	{ .field = { .name = "id", .type = F_TEXT, .min = 1, .max = 100 },
	    .about = "The job, for update, remove, run and runs." },
	{ .field = { .name = "name", .type = F_TEXT, .min = 1, .max = 120 },
	    .about = "A short name; needed by add." },
	{ .field = { .name = "schedule", .type = F_OBJECT },
	    .about =
		"When; needed by add. One of "
		"{\"kind\":\"at\",\"at\":\"2027-03-28T09:00:00+01:00\"}, "
		"{\"kind\":\"every\",\"every\":\"30m\"}, {\"kind\":\"cron\","
		"\"expr\":\"0 9 * * 1-5\",\"tz\":\"Europe/Berlin\"}. Runs "
		"are at least a minute apart." },
	{ .field = { .name = "message",
	      .type = F_TEXT,
	      .min = 1,
	      .max = 16384,
	      .multiline = true },
	    .about = "What you will be told when it runs; needed by add." },
	{ .field = { .name = "target", .type = F_TEXT, .min = 1, .max = 16 },
	    .about = "isolated: a conversation of its own (default); main: "
		     "the person's main conversation." },
	{ .field = { .name = "enabled", .type = F_BOOL },
	    .about = "false: it waits until it is switched on." },
	{ .field = { .name = "delete_after_run", .type = F_BOOL },
	    .about = "true: a job that runs once is removed afterwards." },
	{ .field = { .name = "limit", .type = F_INT, .min = 1, .max = 200 },
	    .about = "How many of the last runs; default 20." },
	{ .field = { .name = NULL } },
};

static const struct tool tools[] = {
	{ TOOL_EXEC, "exec",
	    "Runs a shell command in a sandbox and gives its output and exit "
	    "code. Files in /workspace stay between commands of this session; "
	    "everything else is gone after each. The person may be asked "
	    "first, may refuse, and may change the command.",
	    exec_params },
	{ TOOL_READ_FILE, "read_file", "Reads a text file of the workspace.",
	    read_params },
	{ TOOL_WRITE_FILE, "write_file",
	    "Writes a text file of the workspace; what was in it is gone.",
	    write_params },
	{ TOOL_LIST_FILES, "list_files", "Lists a folder of the workspace.",
	    list_params },
	{ TOOL_CRON, "cron",
	    "Plans what you do later: jobs that run once, every so often, or "
	    "by a cron expression. How many can be made is limited.",
	    cron_params },
};

#define TOOL_COUNT (sizeof(tools) / sizeof(tools[0]))

const struct tool *
tool_find(const char *name)
{
	for (size_t i = 0; i < TOOL_COUNT; i++) {
		if (strcmp(tools[i].name, name) == 0)
			return &tools[i];
	}
	return NULL;
}

static const char *
type_word(enum op_type type)
{
	switch (type) {
	case F_INT:
		return "integer";
	case F_BOOL:
		return "boolean";
	case F_OBJECT:
		return "object";
	case F_ARRAY:
	case F_SCOPES:
		return "array";
	case F_TEXT:
	case F_ANY:
		break;
	}
	return "string";
}

static struct json_object *
param_schema(const struct tool_param *p)
{
	struct json_object *o = js_new();

	js_set_text(o, "type", type_word(p->field.type));
	js_set_text(o, "description", p->about);
	if (p->field.type == F_INT)
		js_set_int(o, "minimum", p->field.min);
	else if (p->field.min > 0)
		js_set_int(o, "minLength", p->field.min);
	return o;
}

static struct json_object *
tool_schema(const struct tool *tool)
{
	struct json_object *o = js_new(), *properties = js_new();
	struct json_object *required = json_object_new_array();

	for (const struct tool_param *p = tool->params; p->field.name != NULL;
	     p++) {
		js_set(properties, p->field.name, param_schema(p));
		if (p->field.required)
			js_push(required,
			    json_object_new_string(p->field.name));
	}
	js_set_text(o, "type", "object");
	js_set(o, "properties", properties);
	js_set(o, "required", required);
	js_set_bool(o, "additionalProperties", false);
	return o;
}

unsigned
tool_ceiling(const char *origin)
{
	if (origin == NULL)
		return 0;
	if (strcmp(origin, "owner") == 0 || strcmp(origin, "api_key") == 0)
		return TOOL_SANDBOXED | TOOL_BIT(TOOL_CRON);
	if (strcmp(origin, "cron") == 0)
		return TOOL_SANDBOXED;
	return 0;
}

struct json_object *
tool_definitions(unsigned kinds)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < TOOL_COUNT; i++) {
		struct json_object *o;

		if ((kinds & TOOL_BIT(tools[i].kind)) == 0)
			continue;
		o = js_new();
		js_set_text(o, "name", tools[i].name);
		js_set_text(o, "description", tools[i].about);
		js_set(o, "parameters", tool_schema(&tools[i]));
		js_push(list, o);
	}
	return list;
}

/* A text of any characters: commands and contents are not ours to judge
 * here. */
static enum status
raw_check(const struct tool_param *p, struct json_object *args, char *why)
{
	struct json_object *v = js_get(args, p->field.name);
	size_t n = js_text_len(args, p->field.name);

	if (!json_object_object_get_ex(args, p->field.name, NULL))
		return ST_OK;
	if (!json_object_is_type(v, json_type_string))
		snprintf(why, TOOL_WHY_BYTES, "'%s' must be a text",
		    p->field.name);
	else if ((int64_t)n < p->field.min)
		snprintf(why, TOOL_WHY_BYTES, "'%s' must not be empty",
		    p->field.name);
	else if (n > p->max_bytes)
		snprintf(why, TOOL_WHY_BYTES,
		    "'%s' is too long: at most %zu bytes", p->field.name,
		    p->max_bytes);
	else
		return ST_OK;
	return ST_INVALID;
}

static enum status
args_check(const struct tool *tool, struct json_object *args, char *why)
{
	struct op_field fields[MAX_PARAMS] = { 0 };
	struct op_error err = { 0 };
	size_t n = 0;

	for (const struct tool_param *p = tool->params; p->field.name != NULL;
	     p++) {
		fields[n] = p->field;
		if (p->max_bytes > 0)
			fields[n].type = F_ANY;
		n++;
	}
	if (op_params_check(fields, args, &err) != ST_OK) {
		snprintf(why, TOOL_WHY_BYTES, "%s", err.message);
		return ST_INVALID;
	}
	for (const struct tool_param *p = tool->params; p->field.name != NULL;
	     p++) {
		if (p->max_bytes > 0 && raw_check(p, args, why) != ST_OK)
			return ST_INVALID;
	}
	return ST_OK;
}

enum status
tool_args_parse(const struct tool *tool, const char *text, size_t n,
    struct json_object **ret, char why[TOOL_WHY_BYTES])
{
	own_json struct json_object *args = NULL;
	struct js_error err = { 0 };

	if (js_parse(text, n, &args, &err) != ST_OK) {
		snprintf(why, TOOL_WHY_BYTES, "the arguments are no JSON: %s",
		    err.why);
		return ST_INVALID;
	}
	if (!json_object_is_type(args, json_type_object)) {
		snprintf(why, TOOL_WHY_BYTES,
		    "the arguments must be an object");
		return ST_INVALID;
	}
	if (args_check(tool, args, why) != ST_OK)
		return ST_INVALID;
	*ret = args;
	args = NULL;
	return ST_OK;
}

/* Drops the last part of OUT; false when there is none. */
static bool
part_drop(const char *out, size_t *len)
{
	if (*len == 0)
		return false;
	while (*len > 0 && out[*len - 1] != '/')
		(*len)--;
	if (*len > 0)
		(*len)--;
	return true;
}

enum status
tool_path_normalize(const char *path, char out[TOOL_MAX_PATH_BYTES + 1])
{
	static const char root[] = "/workspace";
	size_t len = 0, n;

	if (path[0] == '/') {
		n = sizeof(root) - 1;
		if (strncmp(path, root, n) != 0 ||
		    (path[n] != '/' && path[n] != '\0'))
			return ST_INVALID;
		path += n;
	}
	for (; *path != '\0'; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.'))
			continue;
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			if (!part_drop(out, &len))
				return ST_INVALID;
			continue;
		}
		if (len + n + 1 > TOOL_MAX_PATH_BYTES)
			return ST_INVALID;
		if (len > 0)
			out[len++] = '/';
		memcpy(out + len, path, n);
		len += n;
	}
	out[len] = '\0';
	return ST_OK;
}
