/*
 * The tools a model may be offered: names, arguments, their JSON schema.
 *
 * One table of fields a tool is both what the model is told and what its
 * arguments are checked against.  Pure; worker/tools.c runs them.
 */
#ifndef MOLTIS_TOOL_TOOL_H
#define MOLTIS_TOOL_TOOL_H

#include <json-c/json.h>
#include <stddef.h>

#include "base/status.h"
#include "op/op.h"

#define TOOL_WHY_BYTES 320
#define TOOL_MAX_COMMAND_BYTES 16384 /* S29 */
#define TOOL_MAX_CONTENT_BYTES (200 * 1024)
#define TOOL_MAX_PATH_BYTES 1024
#define TOOL_TIMEOUT_SECS 30       /* of exec, when not said */
#define TOOL_MAX_TIMEOUT_SECS 1800 /* more is taken as this (S30c) */

enum tool_kind {
	TOOL_EXEC,
	TOOL_READ_FILE,
	TOOL_WRITE_FILE,
	TOOL_LIST_FILES,
	TOOL_CRON
};

/* Sets of kinds. */
#define TOOL_BIT(kind) (1u << (kind))
#define TOOL_SANDBOXED \
	(TOOL_BIT(TOOL_EXEC) | TOOL_BIT(TOOL_READ_FILE) | \
	    TOOL_BIT(TOOL_WRITE_FILE) | TOOL_BIT(TOOL_LIST_FILES))

struct tool_param {
	struct op_field field;
	const char *about; /* for the model */
	size_t max_bytes;  /* text of any characters; 0: the field's rules */
};

struct tool {
	enum tool_kind kind;
	const char *name;
	const char *about;
	const struct tool_param *params; /* ends with a nameless one */
};

const struct tool *tool_find(const char *name); /* or NULL */

/* The kinds that a turn of ORIGIN may use at all (S263): what starts by itself
 * does not plan what starts by itself.  NULL is no origin: none. */
unsigned tool_ceiling(const char *origin);

/* Array of {name, description, parameters} of KINDS; caller owns. */
struct json_object *tool_definitions(unsigned kinds);

/*
 * Arguments as the model wrote them.  ST_INVALID: WHY is a sentence that
 * names the field.  The caller owns *RET, an object.
 */
MUST_CHECK enum status tool_args_parse(const struct tool *tool,
    const char *text, size_t n, struct json_object **ret,
    char why[TOOL_WHY_BYTES]);

/*
 * A path of the workspace, absolute or relative to it, without ".", ".." and
 * double slashes: "" is the workspace itself.  ST_INVALID when it leaves the
 * workspace or does not fit.  Lexical: links are the sandbox's business.
 */
MUST_CHECK enum status tool_path_normalize(const char *path,
    char out[TOOL_MAX_PATH_BYTES + 1]);

#endif
