/*
 * The strict parser: one pass over the line, no backtracking, nothing guessed.
 *
 * It has to agree with every shell of the sandbox (dash, bash, busybox), so a
 * construct on which they differ is not understood.  Variables are limited to
 * names that the sandbox itself sets; they never decide which command runs.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "approval/shell_char.h"
#include "approval/shell_line.h"
#include "base/mem.h"
#include "base/own.h"

struct parser {
	const char *s;
	size_t n, at;
	size_t used; /* of line->text */
	struct shell_line *line;
	struct shell_word word;     /* being read */
	struct shell_segment *open; /* NULL before its first word */
	bool quoted;                /* the word has quotes or escapes */
	bool failed;
};

/* What the sandbox sets; the values hold no options and no blanks. */
static const char *const known_variables[] = { "HOME", "LANG", "LOGNAME",
	"PATH", "PWD", "TZ", "USER", NULL };

static const char *const keywords[] = { "!", "[[", "]]", "case", "coproc", "do",
	"done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
	"select", "then", "time", "until", "while", NULL };

static bool
is_listed(const char *const *list, const char *text, size_t n)
{
	for (; *list != NULL; list++) {
		if (strlen(*list) == n && memcmp(*list, text, n) == 0)
			return true;
	}
	return false;
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (c >= '0' && c <= '9');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* '\0' at the end: the text holds none. */
static char
peek(const struct parser *p, size_t ahead)
{
	return ahead < p->n - p->at ? p->s[p->at + ahead] : '\0';
}

static bool
ends_word(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == '|' || c == ';' ||
	    c == '&' || c == '<' || c == '>';
}

static void
fail(struct parser *p, const char *why)
{
	if (p->failed)
		return;
	p->failed = true;
	(void)snprintf(p->line->why, sizeof(p->line->why), "%s", why);
}

static void
add(struct parser *p, char c)
{
	p->line->text[p->used++] = c;
}

/* The word so far. */
static const char *
word_text(const struct parser *p)
{
	return p->word.text;
}

static size_t
word_length(const struct parser *p)
{
	return p->used - (size_t)(p->word.text - p->line->text);
}

static bool
at_command(const struct parser *p)
{
	return p->open == NULL;
}

/* Words */

static void
read_single_quotes(struct parser *p)
{
	p->quoted = true;
	for (p->at++; peek(p, 0) != '\'' && p->at < p->n; p->at++)
		add(p, p->s[p->at]);
	if (p->at == p->n)
		fail(p, "a quote that is not closed");
	else
		p->at++;
}

static void
read_braced_variable(struct parser *p)
{
	const char *name = p->s + p->at + 2;
	size_t n = 0;

	while (is_name_char(peek(p, 2 + n)))
		n++;
	if (n == 0 || peek(p, 2 + n) != '}') {
		fail(p, "a parameter expansion ${...}");
		return;
	}
	if (!is_listed(known_variables, name, n)) {
		fail(p, "a variable of unknown content");
		return;
	}
	for (size_t i = 0; i < n + 3; i++)
		add(p, p->s[p->at + i]);
	p->at += n + 3;
	p->word.dollar = true;
}

static void
read_variable(struct parser *p)
{
	size_t n = 0;

	while (is_name_char(peek(p, 1 + n)))
		n++;
	if (!is_listed(known_variables, p->s + p->at + 1, n)) {
		fail(p, "a variable of unknown content");
		return;
	}
	for (size_t i = 0; i < n + 1; i++)
		add(p, p->s[p->at + i]);
	p->at += n + 1;
	p->word.dollar = true;
}

static void
read_dollar(struct parser *p, bool in_quotes)
{
	char next = peek(p, 1);

	if (next == '(')
		fail(p,
		    peek(p, 2) == '(' ? "arithmetic $((...))"
				      : "a command substitution $(...)");
	else if (next == '{')
		read_braced_variable(p);
	else if (is_name_char(next))
		read_variable(p);
	else if (next == '\'' || (next == '"' && !in_quotes))
		fail(p, "a quote with a dollar sign in front");
	else if (in_quotes ? next == '"' || next == ' ' : ends_word(next)) {
		add(p, '$');
		p->at++;
	} else
		fail(p, "a special use of the dollar sign");
}

static void
read_escape_in_quotes(struct parser *p)
{
	char next = peek(p, 1);

	if (next != '$' && next != '`' && next != '"' && next != '\\') {
		add(p, '\\');
		p->at++;
		return;
	}
	add(p, next);
	p->at += 2;
}

static void
read_double_quotes(struct parser *p)
{
	p->quoted = true;
	p->at++;
	while (!p->failed) {
		char c = peek(p, 0);

		if (p->at == p->n)
			fail(p, "a quote that is not closed");
		else if (c == '"') {
			p->at++;
			return;
		} else if (c == '`')
			fail(p, "a command substitution in backticks");
		else if (c == '$')
			read_dollar(p, true);
		else if (c == '\\')
			read_escape_in_quotes(p);
		else {
			add(p, c);
			p->at++;
		}
	}
}

static void
read_escape(struct parser *p)
{
	p->quoted = true;
	if (p->at + 1 == p->n) {
		fail(p, "a backslash at the end");
		return;
	}
	add(p, p->s[p->at + 1]);
	p->at += 2;
}

static void
read_pattern(struct parser *p)
{
	/* The command [ is a word of its own. */
	bool is_test = p->s[p->at] == '[' && word_length(p) == 0 &&
	    ends_word(peek(p, 1)) && at_command(p);

	if (!is_test && at_command(p)) {
		fail(p, "a pattern in the name of a command");
		return;
	}
	if (!is_test && p->word.glob_at == SHELL_NO_GLOB)
		p->word.glob_at = word_length(p);
	add(p, p->s[p->at++]);
}

/* NAME= or NAME+= in front of a command. */
static bool
is_assignment(const struct parser *p)
{
	const char *text = word_text(p);
	size_t n = word_length(p);

	if (!at_command(p) || p->quoted || n == 0 || is_digit(text[0]))
		return false;
	if (n > 1 && text[n - 1] == '+')
		n--;
	for (size_t i = 0; i < n; i++) {
		if (!is_name_char(text[i]))
			return false;
	}
	return true;
}

/* A tilde is expanded at the start of a word and, in some shells, after = or
 * a colon. */
static bool
tilde_counts(const struct parser *p)
{
	size_t n = word_length(p);

	return n == 0 || word_text(p)[n - 1] == '=' ||
	    word_text(p)[n - 1] == ':';
}

static void
read_plain(struct parser *p, char c)
{
	if (c == '(' || c == ')')
		fail(p, "a parenthesis outside quotes");
	else if (c == '{' || c == '}')
		fail(p, "a brace outside quotes");
	else if (c == '`')
		fail(p, "a command substitution in backticks");
	else if (c == '#' && word_length(p) == 0)
		fail(p, "a comment");
	else if (c == '~' && tilde_counts(p))
		fail(p, "a home folder written as ~");
	else if (c == '!' &&
	    (at_command(p) || word_length(p) > 0 || !ends_word(peek(p, 1))))
		fail(p, "an exclamation mark outside quotes");
	else if (c == '=' && is_assignment(p))
		fail(p, "a variable set in front of a command");
	else {
		if (!is_name_char(c) && strchr("./+-", c) == NULL)
			p->word.plain = false;
		add(p, c);
		p->at++;
	}
}

static void
read_part(struct parser *p, char c)
{
	switch (c) {
	case '\'':
		read_single_quotes(p);
		break;
	case '"':
		read_double_quotes(p);
		break;
	case '\\':
		read_escape(p);
		break;
	case '$':
		read_dollar(p, false);
		break;
	case '*':
	case '?':
	case '[':
		read_pattern(p);
		break;
	default:
		read_plain(p, c);
		break;
	}
}

static void
end_word(struct parser *p)
{
	struct shell_line *line = p->line;

	if (p->quoted || p->word.dollar || p->word.glob_at != SHELL_NO_GLOB)
		p->word.plain = false;
	if (at_command(p)) {
		if (!p->quoted &&
		    is_listed(keywords, word_text(p), word_length(p)))
			fail(p, "a keyword of the shell");
		if (line->segment_count == SHELL_MAX_SEGMENTS)
			fail(p, "too many commands");
	}
	if (line->word_count == SHELL_MAX_WORDS)
		fail(p, "too many words");
	if (p->failed)
		return;
	if (at_command(p)) {
		p->open = &line->segments[line->segment_count++];
		p->open->first = line->word_count;
	}
	add(p, '\0');
	line->words[line->word_count++] = p->word;
	p->open->count++;
}

static void
read_word(struct parser *p)
{
	p->word = (struct shell_word){
		.text = p->line->text + p->used,
		.glob_at = SHELL_NO_GLOB,
		.plain = true,
	};
	p->quoted = false;
	while (!p->failed && !ends_word(peek(p, 0)))
		read_part(p, p->s[p->at]);
	if (!p->failed)
		end_word(p);
}

/* Operators and redirections */

static void
end_segment(struct parser *p, enum shell_op op, size_t length)
{
	if (at_command(p)) {
		fail(p, "an operator without a command in front");
		return;
	}
	p->open->op = op;
	p->open = NULL;
	p->at += length;
}

static void
read_operator(struct parser *p)
{
	char c = peek(p, 0), next = peek(p, 1);

	if (c == '|' && next == '|')
		end_segment(p, SHELL_OR, 2);
	else if (c == '|' && next == '&')
		fail(p, "the operator |&");
	else if (c == '|')
		end_segment(p, SHELL_PIPE, 1);
	else if (c == '&' && next == '&')
		end_segment(p, SHELL_AND, 2);
	else if (c == '&')
		fail(p, "the operator & (a command in the background)");
	else
		end_segment(p, SHELL_SEQUENCE, 1);
}

static void
fail_input(struct parser *p)
{
	char next = peek(p, 1);

	if (next == '<')
		fail(p,
		    peek(p, 2) == '<' ? "a here-string" : "a here-document");
	else if (next == '(')
		fail(p, "a process substitution <(...)");
	else
		fail(p, "a redirection of input");
}

/* Does TEXT stand at the parser's place, as a whole word? */
static bool
follows(const struct parser *p, const char *text)
{
	size_t n = strlen(text);
	char after;

	if (p->n - p->at < n || memcmp(p->s + p->at, text, n) != 0)
		return false;
	after = peek(p, n);
	return ends_word(after) && after != '<' && after != '>';
}

/* After the descriptor. */
static void
read_output(struct parser *p)
{
	p->at++;
	if (follows(p, "&1") || follows(p, "&2")) {
		p->at += 2;
		return;
	}
	if (peek(p, 0) == '(') {
		fail(p, "a process substitution >(...)");
		return;
	}
	if (peek(p, 0) == '>')
		p->at++;
	while (peek(p, 0) == ' ' || peek(p, 0) == '\t')
		p->at++;
	if (!follows(p, "/dev/null")) {
		fail(p, "a redirection of output");
		return;
	}
	p->at += strlen("/dev/null");
}

/* A redirection with or without a descriptor in front; false: it is a word. */
static bool
read_redirection(struct parser *p)
{
	size_t digits = 0;

	while (is_digit(peek(p, digits)))
		digits++;
	if (peek(p, digits) != '<' && peek(p, digits) != '>')
		return false;
	if (digits > 1 ||
	    (digits == 1 && peek(p, 0) != '1' && peek(p, 0) != '2')) {
		fail(p, "a redirection of a further file descriptor");
		return true;
	}
	p->at += digits;
	if (peek(p, 0) == '<')
		fail_input(p);
	else
		read_output(p);
	return true;
}

static void
read_next(struct parser *p)
{
	char c = peek(p, 0);

	if (c == ' ' || c == '\t')
		p->at++;
	else if (c == '|' || c == '&' || c == ';')
		read_operator(p);
	else if (!read_redirection(p))
		read_word(p);
}

static void
read_line(struct parser *p)
{
	struct shell_line *line = p->line;

	while (p->at < p->n && !p->failed)
		read_next(p);
	if (p->failed)
		return;
	if (line->segment_count == 0)
		fail(p, "no command");
	else if (at_command(p) &&
	    line->segments[line->segment_count - 1].op != SHELL_SEQUENCE)
		fail(p, "an operator without a command behind it");
}

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && memchr(" \t\n", **s, 3) != NULL) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && memchr(" \t\n", (*s)[*n - 1], 3) != NULL)
		(*n)--;
}

static void
check_characters(struct parser *p)
{
	uint32_t hidden;
	const char *what = shell_char_check(p->s, p->n, &hidden);
	char text[100];

	if (what == NULL)
		return;
	if (hidden == 0) {
		fail(p, what);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s (U+%04X)", what,
	    (unsigned)hidden);
	fail(p, text);
}

void
shell_line_parse(const char *s, size_t n, struct shell_line *ret)
{
	struct parser p = { .line = ret };

	trim(&s, &n);
	p.s = s;
	p.n = n;
	memset(ret, 0, sizeof(*ret));
	check_characters(&p);
	if (!p.failed) {
		/* Every word adds its NUL to the bytes it was made of. */
		ret->text = mem_zalloc(2 * n + 2);
		ret->words = mem_array(SHELL_MAX_WORDS, sizeof(*ret->words));
		ret->segments =
		    mem_array(SHELL_MAX_SEGMENTS, sizeof(*ret->segments));
		read_line(&p);
	}
	ret->understood = !p.failed;
}

void
shell_line_done(struct shell_line *line)
{
	own_mem_free(&line->text);
	own_mem_free(&line->words);
	own_mem_free(&line->segments);
	memset(line, 0, sizeof(*line));
}
