/*
 * The floor's search: reads the text, looks at every command in it, follows
 * wrappers (sudo, env, xargs, sh -c "...") into their arguments and pipes from
 * the network into interpreters.
 *
 * A wrapper's options are not parsed: a dangerous command anywhere among its
 * arguments counts.  Depth and work are limited, and what passes a limit is
 * dangerous, because only somebody who hides something writes it.
 */
#include "config.h"

#include <string.h>

#include "approval/floor.h"
#include "approval/floor_flow.h"
#include "approval/floor_names.h"
#include "approval/floor_path.h"
#include "approval/floor_rules.h"
#include "approval/floor_words.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"

#define MAX_DEPTH 4
#define MAX_WORK (4 * 1024 * 1024)

struct search {
	const struct floor_rule *found;
	size_t work;
	int depth;
	bool fetched; /* something came from outside, or was decoded */
	bool in_root; /* after cd to the root or a home */
};

/* One simple command being looked at. */
struct command {
	const struct floor_text *text;
	size_t segment;
	const char **argv; /* behind keywords and assignments */
	size_t count;
	enum floor_mode mode;
};

static const struct floor_rule intricate = { "intricate",
	"is too deeply nested to be judged" };
static const struct floor_rule hijack = { "hijack",
	"sets a variable that takes over the programs that run next" };
static const struct floor_rule secret = { "secret",
	"names credentials, a history or the environment of a process" };
static const struct floor_rule disk = { "disk-write", "writes to a disk" };
static const struct floor_rule cron = { "crontab", "changes the crontab" };
static const struct floor_rule power = { "power", "stops the machine" };
static const struct floor_rule pipe_rule = { "pipe-to-shell",
	"runs what it gets from the network or decodes" };

static const struct floor_rule in_root_rule = { "rm-root",
	"deletes the root or a home with all that is in it" };

static void judge_text(struct search *s, const char *text, size_t n,
    enum floor_mode mode);

static void
hit(struct search *s, const struct floor_rule *rule)
{
	if (s->found == NULL)
		s->found = rule;
}

static void
spend(struct search *s, size_t work)
{
	s->work += work;
	if (s->work > MAX_WORK)
		hit(s, &intricate);
}

static void
judge_inner(struct search *s, const char *text, enum floor_mode mode)
{
	if (s->found != NULL)
		return;
	if (s->depth == MAX_DEPTH) {
		hit(s, &intricate);
		return;
	}
	s->depth++;
	judge_text(s, text, strlen(text), mode);
	s->depth--;
}

/* Is there more in TEXT than one word? */
static bool
is_text(const char *text)
{
	return strpbrk(text, " \t\n;|&(){}`<>") != NULL;
}

/* Words that are no arguments, and paths wherever they stand. */

static bool
only_shows_names(const char *name)
{
	static const char *const names[] = { "echo", "printf", "ls", "mkdir",
		"test", "[", "stat", "touch", "chmod", "ssh-keygen" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void
judge_target(struct search *s, const char *word)
{
	if (floor_path_is_disk(word))
		hit(s, &disk);
	else if (strstr(word, "sysrq-trigger") != NULL)
		hit(s, &power);
	else if (strncmp(word, "/etc/cron", 9) == 0 ||
	    strncmp(word, "/var/spool/cron", 15) == 0)
		hit(s, &cron);
}

static void
judge_words(struct search *s, const struct command *c)
{
	const struct floor_text *text = c->text;
	const char *name = c->count == 0 ? "" : floor_names_base(c->argv[0]);
	bool harmless = only_shows_names(name);
	size_t at = text->segments[c->segment].first;

	for (; at != FLOOR_NONE; at = text->words[at].next) {
		const char *word = floor_text_get(text, at);
		bool is_target =
		    text->words[at].written || text->words[at].read;

		spend(s, strlen(word));
		if (text->words[at].written)
			judge_target(s, word);
		if ((is_target || !harmless) && floor_path_is_secret(word))
			hit(s, &secret);
	}
}

/* Commands */

/* Leaves out "then", "do", "X=1" and so on; sets c->argv and c->count. */
static void
skip_prefix(struct search *s, struct command *c)
{
	bool takes_over = false;

	while (c->count > 0) {
		bool assigned =
		    floor_names_is_assignment(c->argv[0], &takes_over);

		if (takes_over && c->mode != FLOOR_CODE)
			hit(s, &hijack);
		if (!assigned && !floor_names_is_keyword(c->argv[0]))
			return;
		c->argv++;
		c->count--;
	}
}

static void
judge_simple(struct search *s, const char **argv, size_t count,
    enum floor_mode mode)
{
	const char *whole = argv[0];
	const struct floor_rule *rule;
	bool takes_over;

	(void)floor_names_is_assignment(whole, &takes_over);
	if (takes_over && mode != FLOOR_CODE)
		hit(s, &hijack);
	if (!floor_rules_knows(floor_names_base(whole)))
		return;
	spend(s, 8 * count);
	argv[0] = floor_names_base(whole);
	rule = floor_rules_command(argv, count);
	argv[0] = whole;
	if (rule != NULL)
		hit(s, rule);
}

/* Where the wrapped command may begin. */
static size_t
wrapped_from(const struct command *c, const char *name)
{
	if (strcmp(name, "command") == 0 && c->count > 1 &&
	    (strcmp(c->argv[1], "-v") == 0 || strcmp(c->argv[1], "-V") == 0))
		return c->count;
	if (strcmp(name, "find") != 0)
		return 1;
	for (size_t i = 1; i < c->count; i++) {
		if (strncmp(c->argv[i], "-exec", 5) == 0 ||
		    strncmp(c->argv[i], "-ok", 3) == 0)
			return i + 1;
	}
	return c->count;
}

/* These put their arguments together to a text. */
static bool
joins_arguments(const char *name)
{
	return strcmp(name, "eval") == 0 || strcmp(name, "ssh") == 0 ||
	    strcmp(name, "watch") == 0 || strcmp(name, "parallel") == 0;
}

static void
join(struct txt *out, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			txt_append_c(out, ' ');
		txt_append(out, words[i]);
	}
}

/* From here on the arguments belong to a command that only shows text, as in
 * "xargs grep reboot".  The word behind an option may be its value. */
static bool
is_reader_at(const struct command *c, size_t i, const char *name)
{
	const char *word = floor_names_base(c->argv[i]);

	return floor_names_is_simple_wrapper(name) &&
	    (i == 1 || c->argv[i - 1][0] != '-' ||
		strncmp(c->argv[i - 1], "-exec", 5) == 0) &&
	    floor_names_is_reader(word) && !floor_rules_knows(word) &&
	    !floor_names_is_interpreter(word);
}

/* alias x='command' */
static const char *
value_of(const char *word)
{
	const char *sign = strchr(word, '=');

	return sign == NULL ? word : sign + 1;
}

static void
judge_wrapped(struct search *s, const struct command *c, const char *name)
{
	own_txt struct txt joined = { 0 };
	bool is_alias = strcmp(name, "alias") == 0;

	for (size_t i = wrapped_from(c, name); i < c->count && s->found == NULL;
	     i++) {
		const char *word = c->argv[i];

		if (is_reader_at(c, i, name))
			break;
		spend(s, 8);
		judge_simple(s, c->argv + i, c->count - i, c->mode);
		if (is_alias)
			judge_inner(s, value_of(word), FLOOR_STRICT);
		else if (is_text(word))
			judge_inner(s, word, FLOOR_STRICT);
	}
	if (!joins_arguments(name) || c->count < 3)
		return;
	/* A wrapper in front, because the command may begin behind the name
	 * of a host. */
	txt_append(&joined, "fakeroot ");
	join(&joined, (const char *const *)c->argv + 1, c->count - 1);
	judge_inner(s, txt_str(&joined), FLOOR_STRICT);
}

static void
judge_code(struct search *s, const struct command *c)
{
	for (size_t i = 1; i < c->count; i++) {
		if (is_text(c->argv[i]))
			judge_inner(s, c->argv[i], FLOOR_CODE);
	}
}

/* git -c alias.x='!command' x */
static void
judge_alias(struct search *s, const struct command *c)
{
	for (size_t i = 1; i < c->count; i++) {
		const char *mark = strstr(c->argv[i], "=!");

		if (mark != NULL)
			judge_inner(s, mark + 2, FLOOR_STRICT);
	}
}

/* In other languages a command may begin at any word. */
static void
judge_words_of_code(struct search *s, const struct command *c)
{
	for (size_t i = 1; i < c->count && s->found == NULL; i++) {
		spend(s, 8);
		judge_simple(s, c->argv + i, c->count - i, c->mode);
	}
}

/* cd /; rm -r followed by a pattern or by the folder itself. */
static void
judge_place(struct search *s, const struct command *c, const char *name)
{
	bool recursive = false, here = false;

	if (strcmp(name, "cd") == 0 || strcmp(name, "pushd") == 0)
		s->in_root = c->count == 1 || floor_path_is_root(c->argv[1]) ||
		    floor_path_is_home(c->argv[1]);
	if (strcmp(name, "rm") != 0 || !s->in_root)
		return;
	for (size_t i = 1; i < c->count; i++) {
		const char *word = c->argv[i];

		if (word[0] == '-')
			recursive = recursive || strpbrk(word, "rR") != NULL;
		else
			here = here || word[strspn(word, "./*?")] == '\0';
	}
	if (recursive && here)
		hit(s, &in_root_rule);
}

static void
judge_command(struct search *s, const struct command *c)
{
	const char *name = floor_names_base(c->argv[0]);

	spend(s, c->count);
	judge_simple(s, c->argv, c->count, c->mode);
	if (c->mode == FLOOR_CODE) {
		judge_words_of_code(s, c);
		return;
	}
	if (floor_names_is_wrapper(name))
		judge_wrapped(s, c, name);
	if (floor_names_is_interpreter(name))
		judge_code(s, c);
	if (strcmp(name, "git") == 0)
		judge_alias(s, c);
	judge_place(s, c, name);
}

/* What echo or printf prints: their arguments with escapes done. */
static void
judge_printed(struct search *s, const struct floor_text *text, size_t last)
{
	for (size_t i = 0; i < last && s->found == NULL; i++) {
		own_mem const char **argv = floor_flow_argv(text, i);
		size_t count = text->segments[i].count;
		own_txt struct txt joined = { 0 };
		const char *name = count == 0 ? "" : floor_names_base(argv[0]);

		if (strcmp(name, "echo") != 0 && strcmp(name, "printf") != 0)
			continue;
		join(&joined, (const char *const *)argv + 1, count - 1);
		for (size_t k = 0; k + 1 < joined.len; k++) {
			if (joined.data[k] == '\\' &&
			    strchr("ntr", joined.data[k + 1]) != NULL)
				joined.data[k] = joined.data[k + 1] = '\n';
		}
		judge_inner(s, txt_str(&joined), FLOOR_STRICT);
	}
}

static void
judge_flow(struct search *s, const struct command *c, bool *printed)
{
	const struct floor_text *text = c->text;
	bool from_outside = floor_flow_is_source(c->argv, c->count);

	if (text->segments[c->segment].piped &&
	    floor_flow_runs_input(c->argv, c->count)) {
		if (s->fetched)
			hit(s, &pipe_rule);
		if (!*printed)
			judge_printed(s, text, c->segment);
		*printed = true;
	}
	if (from_outside && floor_flow_feeds_shell(text, c->segment))
		hit(s, &pipe_rule);
	s->fetched = s->fetched || from_outside;
}

static void
judge_segments(struct search *s, const struct floor_text *text,
    enum floor_mode mode)
{
	bool printed = false;

	for (size_t i = 0; i < text->segment_count && s->found == NULL; i++) {
		own_mem const char **argv = floor_flow_argv(text, i);
		struct command c = {
			.text = text,
			.segment = i,
			.argv = argv,
			.count = text->segments[i].count,
			.mode = mode,
		};

		skip_prefix(s, &c);
		judge_words(s, &c);
		if (c.count == 0)
			continue;
		judge_command(s, &c);
		judge_flow(s, &c, &printed);
	}
}

/* Whole texts */

static void
judge_fork_bomb(struct search *s, const char *text, size_t n)
{
	own_mem char *compact = mem_zalloc(n + 1);
	const struct floor_rule *rule;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (strchr(" \t\r\n\"'\\", text[i]) == NULL)
			compact[used++] = text[i];
	}
	spend(s, n);
	rule = floor_rules_fork_bomb(compact);
	if (rule != NULL)
		hit(s, rule);
}

static void
judge_sql(struct search *s, const struct floor_text *text)
{
	own_txt struct txt flat = { 0 };
	const struct floor_rule *rule;

	if (!floor_flow_statements(text, &flat))
		return;
	rule = floor_rules_sql(txt_str(&flat));
	if (rule != NULL)
		hit(s, rule);
}

static void
judge_text(struct search *s, const char *text, size_t n, enum floor_mode mode)
{
	own_floor_text struct floor_text words = { 0 };
	bool again;

	spend(s, n + 64);
	if (s->found != NULL)
		return;
	judge_fork_bomb(s, text, n);
	floor_words_read(text, n, mode, &words);
	judge_segments(s, &words, mode);
	judge_sql(s, &words);
	again = words.suspicious ||
	    (words.has_here_doc && floor_flow_has_program(&words));
	if (mode == FLOOR_STRICT && again)
		judge_text(s, text, n, FLOOR_LOOSE);
}

const struct floor_rule *
floor_find(const char *s, size_t n)
{
	struct search search = { .found = NULL };

	judge_text(&search, s, n, FLOOR_STRICT);
	return search.found;
}
