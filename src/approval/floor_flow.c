/*
 * Flows are followed by order and nesting only: what is fetched earlier in the
 * line counts for every later pipe into an interpreter.
 */
#include "config.h"

#include <string.h>

#include "approval/floor_flow.h"
#include "approval/floor_names.h"
#include "base/mem.h"
#include "base/own.h"

const char **
floor_flow_argv(const struct floor_text *text, size_t segment)
{
	const struct floor_segment *from = &text->segments[segment];
	const char **argv = mem_array(from->count + 1, sizeof(*argv));
	size_t n = 0;

	for (size_t at = from->first; at != FLOOR_NONE;
	     at = text->words[at].next) {
		if (!text->words[at].written && !text->words[at].read)
			argv[n++] = floor_text_get(text, at);
	}
	return argv;
}

static bool
has_short(const char *arg, const char *letters)
{
	return arg[0] == '-' && arg[1] != '-' &&
	    strpbrk(arg + 1, letters) != NULL;
}

static bool
is_fetcher(const char *name)
{
	static const char *const names[] = { "curl", "wget", "fetch", "aria2c",
		"http", "https", "lynx", "nc", "ncat", "socat" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool
decodes(const char *name, const char *const *args, size_t count)
{
	bool is_base =
	    strncmp(name, "base", 4) == 0 || strcmp(name, "openssl") == 0;

	if (strcmp(name, "uudecode") == 0)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (is_base &&
		    (has_short(args[i], "dD") ||
			strncmp(args[i], "--d", 3) == 0))
			return true;
		if (strcmp(name, "xxd") == 0 && has_short(args[i], "r"))
			return true;
	}
	return false;
}

bool
floor_flow_is_source(const char *const *argv, size_t count)
{
	bool wraps = floor_names_is_wrapper(floor_names_base(argv[0]));

	for (size_t i = 0; i < count; i++) {
		const char *name = floor_names_base(argv[i]);

		if (is_fetcher(name) ||
		    decodes(name, argv + i + 1, count - i - 1))
			return true;
		if (!wraps)
			return false;
	}
	return false;
}

static bool
is_standard_input(const char *arg)
{
	return strcmp(arg, "-") == 0 || strcmp(arg, "/dev/stdin") == 0 ||
	    strcmp(arg, "/dev/fd/0") == 0 ||
	    strcmp(arg, "/proc/self/fd/0") == 0;
}

/* Without a script among its arguments an interpreter reads it. */
static bool
reads_script(const char *const *args, size_t count, bool is_shell)
{
	for (size_t i = 0; i < count; i++) {
		const char *arg = args[i];

		if (is_standard_input(arg))
			return true;
		if (arg[0] != '-' && arg[0] != '+')
			return false;
		if (is_shell && has_short(arg, "sc"))
			return true;
		if (!is_shell && has_short(arg, "cemrnp"))
			return false;
	}
	return true;
}

bool
floor_flow_runs_input(const char *const *argv, size_t count)
{
	bool wraps = floor_names_is_wrapper(floor_names_base(argv[0]));

	for (size_t i = 0; i < count; i++) {
		const char *name = floor_names_base(argv[i]);
		bool is_shell = floor_names_is_shell(name);

		if ((is_shell || floor_names_is_interpreter(name)) &&
		    reads_script(argv + i + 1, count - i - 1, is_shell))
			return true;
		if (!wraps)
			return false;
	}
	return false;
}

/* Does a command run a text that it is given? */
static bool
runs_text(const struct floor_text *text, size_t segment)
{
	own_mem const char **argv = floor_flow_argv(text, segment);
	size_t count = text->segments[segment].count;

	for (size_t i = 0; i < count; i++) {
		const char *name = floor_names_base(argv[i]);

		if (floor_names_is_shell(name) ||
		    floor_names_is_interpreter(name))
			return true;
		if (!floor_names_is_wrapper(name) &&
		    !floor_names_is_keyword(name) && argv[i][0] != '-')
			return false;
	}
	return false;
}

bool
floor_flow_feeds_shell(const struct floor_text *text, size_t segment)
{
	size_t at = text->segments[segment].parent;

	for (; at != FLOOR_NONE; at = text->segments[at].parent) {
		if (runs_text(text, at))
			return true;
	}
	return false;
}

/* What a simple wrapper at word AT runs, when that is sure. */
static const char *
wrapped_name(const struct floor_text *text, size_t at)
{
	size_t next = text->words[at].next;

	if (next == FLOOR_NONE || text->words[next].written ||
	    text->words[next].read || floor_text_get(text, next)[0] == '-')
		return floor_names_base(floor_text_get(text, at));
	return floor_names_base(floor_text_get(text, next));
}

/* The bare name of a segment's command, "" when it has none. */
static const char *
name_of(const struct floor_text *text, size_t segment)
{
	size_t at = text->segments[segment].first;
	bool unused;

	for (; at != FLOOR_NONE; at = text->words[at].next) {
		const char *word = floor_text_get(text, at);

		if (text->words[at].written || text->words[at].read ||
		    floor_names_is_keyword(word) ||
		    floor_names_is_assignment(word, &unused))
			continue;
		if (floor_names_is_simple_wrapper(floor_names_base(word)))
			return wrapped_name(text, at);
		return floor_names_base(word);
	}
	return "";
}

bool
floor_flow_has_program(const struct floor_text *text)
{
	for (size_t i = 0; i < text->segment_count; i++) {
		const char *name = name_of(text, i);

		if (name[0] != '\0' && !floor_names_is_reader(name))
			return true;
	}
	return false;
}

/* Lower case, one blank for blanks and comments. */
static void
append_statement(struct txt *out, const char *word)
{
	for (const char *at = word; *at != '\0'; at++) {
		char c = *at;

		if (c == '/' && at[1] == '*') {
			const char *end = strstr(at + 2, "*/");

			at = end == NULL ? at + 1 : end + 1;
			c = ' ';
		}
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c == '\t' || c == '\n' || c == '\r')
			c = ' ';
		if (c == ' ' && out->len > 0 && out->data[out->len - 1] == ' ')
			continue;
		txt_append_c(out, c);
	}
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		txt_append_c(out, ' ');
}

bool
floor_flow_statements(const struct floor_text *text, struct txt *out)
{
	if (!floor_flow_has_program(text))
		return false;
	for (size_t i = 0; i < text->segment_count; i++) {
		const char *name = name_of(text, i);
		size_t at = text->segments[i].first;
		bool is_piped =
		    i + 1 < text->segment_count && text->segments[i + 1].piped;

		if (floor_names_is_reader(name) && !is_piped)
			continue;
		for (; at != FLOOR_NONE; at = text->words[at].next) {
			const char *word = floor_text_get(text, at);

			/* The command truncate is no statement. */
			if (strcmp(word, "truncate") != 0 ||
			    strcmp(name, "truncate") != 0)
				append_statement(out, word);
		}
		append_statement(out, ";");
	}
	return true;
}
