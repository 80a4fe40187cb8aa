/*
 * The floor's reader.  It never refuses: what it is not sure about it marks as
 * suspicious, and the floor then reads the text a second time, loosely.
 *
 * Comments and the bodies of here-documents are left out, as the shell leaves
 * them out; an unterminated body is read as commands.
 */
#include "config.h"

#include <string.h>

#include "approval/floor_here.h"
#include "approval/floor_words.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"

#define MAX_FRAMES 32

enum frame_kind { FRAME_PAREN, FRAME_BACKTICK };

struct frame {
	enum frame_kind kind;
	size_t segment;
	bool in_quotes;
};

struct reader {
	const char *s;
	size_t n, at;
	enum floor_mode mode;
	struct floor_text *out;
	size_t segment; /* current */
	struct txt word;
	bool in_word;
	bool quoted;    /* part of the word was quoted */
	bool in_quotes; /* double ones */
	bool fresh;     /* a # here starts a comment */
	enum floor_target target;
	struct frame frames[MAX_FRAMES];
	size_t depth;
	struct floor_here here;
};

static char
peek(const struct reader *r, size_t ahead)
{
	return ahead < r->n - r->at ? r->s[r->at + ahead] : '\0';
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (c >= '0' && c <= '9');
}

static void
add_word(struct reader *r, const char *s)
{
	floor_text_add_word(r->out, r->segment, s, r->target);
	r->target = FLOOR_ARGUMENT;
}

static void
new_segment(struct reader *r, size_t parent, bool piped)
{
	r->segment = floor_text_add_segment(r->out, parent, piped);
	r->target = FLOOR_ARGUMENT;
}

/* {a,b,c} as a whole word is three words. */
static bool
split_braces(struct reader *r)
{
	own_mem char *text = NULL;
	size_t n = r->word.len;
	char *at, *comma;

	if (r->quoted || n < 3 || r->word.data[0] != '{' ||
	    r->word.data[n - 1] != '}' || strchr(r->word.data, ',') == NULL)
		return false;
	text = mem_strndup(r->word.data + 1, n - 2);
	for (at = text; (comma = strchr(at, ',')) != NULL; at = comma + 1) {
		*comma = '\0';
		add_word(r, at);
	}
	add_word(r, at);
	return true;
}

/* The braces around a group, and in loose reading the start of a comment, are
 * no words.  A brace behind others may start the body of a function: for the
 * shell it depends on what came before, so the text is read both ways. */
static bool
is_brace(struct reader *r, bool is_first)
{
	const char *text = txt_str(&r->word);

	if (strcmp(text, "{") == 0 && !is_first) {
		r->out->suspicious = true;
		if (r->mode == FLOOR_STRICT)
			return false;
		new_segment(r, FLOOR_NONE, false);
		return true;
	}
	return is_first &&
	    (strcmp(text, "{") == 0 || strcmp(text, "}") == 0 ||
		strcmp(text, "#") == 0);
}

static void
end_word(struct reader *r)
{
	const char *text = txt_str(&r->word);
	bool is_first = r->out->segments[r->segment].count == 0;

	if (!r->in_word)
		return;
	if (!r->quoted && r->target == FLOOR_ARGUMENT && is_brace(r, is_first))
		text = NULL;
	if (text != NULL && !r->quoted && is_first && strcmp(text, "case") == 0)
		r->out->suspicious = true;
	if (text != NULL && !split_braces(r))
		add_word(r, text);
	txt_reset(&r->word);
	r->in_word = false;
	r->quoted = false;
}

static void
add(struct reader *r, char c)
{
	/* A NUL ends the text everywhere: it must hide nothing here. */
	txt_append_c(&r->word, c == '\0' ? ' ' : c);
	r->in_word = true;
	r->fresh = false;
}

static void
next_command(struct reader *r, bool piped)
{
	end_word(r);
	new_segment(r, r->out->segments[r->segment].parent, piped);
	r->fresh = true;
}

/* Substitutions and groups */

static void
push(struct reader *r, enum frame_kind kind)
{
	/* A quote was opened, but nothing is in it yet. */
	if (r->word.len == 0)
		r->in_word = r->quoted = false;
	end_word(r);
	if (r->depth == MAX_FRAMES) {
		r->out->suspicious = true;
		next_command(r, false);
		return;
	}
	r->frames[r->depth++] = (struct frame){
		.kind = kind,
		.segment = r->segment,
		.in_quotes = r->in_quotes,
	};
	r->in_quotes = false;
	new_segment(r, r->segment, false);
	r->fresh = true;
}

static void
pop(struct reader *r)
{
	const struct frame *frame = &r->frames[--r->depth];

	end_word(r);
	r->segment = frame->segment;
	r->in_quotes = frame->in_quotes;
	r->fresh = false;
	r->target = FLOOR_ARGUMENT;
}

static void
read_backtick(struct reader *r)
{
	r->at++;
	if (r->mode != FLOOR_STRICT)
		next_command(r, false);
	else if (r->depth > 0 && r->frames[r->depth - 1].kind == FRAME_BACKTICK)
		pop(r);
	else
		push(r, FRAME_BACKTICK);
}

static void
read_paren(struct reader *r, char c)
{
	r->at++;
	if (c == '(' && peek(r, 0) == '(')
		r->out->suspicious = true;
	if (r->mode != FLOOR_STRICT)
		next_command(r, false);
	else if (c == '(')
		push(r, FRAME_PAREN);
	else if (r->depth > 0 && r->frames[r->depth - 1].kind == FRAME_PAREN)
		pop(r);
	else
		next_command(r, false);
}

/* Variables */

static void
add_variable(struct reader *r, const char *name, size_t n)
{
	if (n == 4 && memcmp(name, "HOME", 4) == 0) {
		add(r, '~');
	} else if (n == 3 && memcmp(name, "IFS", 3) == 0) {
		/* Not fresh: for the shell the word goes on. */
		end_word(r);
		r->fresh = false;
	} else {
		add(r, '$');
		for (size_t i = 0; i < n; i++)
			add(r, name[i]);
	}
}

static bool
is_special(const char *name, size_t n)
{
	return (n == 3 && memcmp(name, "IFS", 3) == 0) ||
	    (n == 4 && memcmp(name, "HOME", 4) == 0);
}

static void
read_braced_variable(struct reader *r)
{
	const char *name = r->s + r->at + 2;
	size_t n = 0;

	while (is_name_char(peek(r, 2 + n)))
		n++;
	if (n > 0 && peek(r, 2 + n) == '}') {
		add_variable(r, name, n);
		r->at += n + 3;
		return;
	}
	r->out->suspicious = true;
	/* ${IFS%?} is a blank too, ${HOME:?} a home. */
	if (is_special(name, n)) {
		r->at += n + 2;
		while (r->at < r->n && strchr("}$`", r->s[r->at]) == NULL)
			r->at++;
		r->at += peek(r, 0) == '}';
		add_variable(r, name, n);
		return;
	}
	add(r, '$');
	r->at += 2;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Digits of BASE, at most MOST, as one byte; none: the LETTER itself. */
static void
add_coded(struct reader *r, int base, int most, char letter)
{
	int value = 0, count = 0;

	while (count < most) {
		int digit = hex_value(peek(r, 0));

		if (digit < 0 || digit >= base)
			break;
		value = (value * base + digit) & 0xff;
		r->at++;
		count++;
	}
	add(r, count == 0 ? letter : (char)value);
}

static void
read_ansi_escape(struct reader *r)
{
	char c = peek(r, 1);

	r->at += r->at + 1 < r->n ? 2 : 1;
	if (c == 'x')
		add_coded(r, 16, 2, c);
	else if (c == 'u' || c == 'U')
		add_coded(r, 16, c == 'u' ? 4 : 8, c);
	else if (c >= '0' && c <= '7') {
		r->at--;
		add_coded(r, 8, 3, c);
	} else if (c == 'n' || c == 't' || c == 'r')
		add(r, ' ');
	else
		add(r, c);
}

static void
read_ansi_quotes(struct reader *r)
{
	r->at += 2;
	r->in_word = r->quoted = true;
	while (r->at < r->n && r->s[r->at] != '\'') {
		if (r->s[r->at] == '\\')
			read_ansi_escape(r);
		else
			add(r, r->s[r->at++]);
	}
	if (r->at == r->n)
		r->out->suspicious = true;
	else
		r->at++;
}

static void
read_dollar(struct reader *r)
{
	char next = peek(r, 1);
	size_t n = 0;

	while (is_name_char(peek(r, 1 + n)))
		n++;
	if (next == '(') {
		r->at++;
		read_paren(r, '(');
	} else if (next == '{')
		read_braced_variable(r);
	else if (n > 0) {
		add_variable(r, r->s + r->at + 1, n);
		r->at += n + 1;
	} else if (r->mode == FLOOR_STRICT && !r->in_quotes && next == '\'')
		read_ansi_quotes(r);
	else {
		r->out->suspicious = r->out->suspicious || next == '[';
		/* $"text" is translated: the dollar sign goes. */
		if (next != '"' || r->in_quotes)
			add(r, '$');
		r->at++;
	}
}

/* Quotes */

static void
read_single_quotes(struct reader *r)
{
	r->in_word = r->quoted = true;
	for (r->at++; r->at < r->n && r->s[r->at] != '\''; r->at++)
		add(r, r->s[r->at]);
	if (r->at == r->n)
		r->out->suspicious = true;
	else
		r->at++;
}

static void
read_escape(struct reader *r)
{
	char next = peek(r, 1);
	bool counts = !r->in_quotes || next == '$' || next == '`' ||
	    next == '"' || next == '\\';

	if (r->at + 1 == r->n) {
		r->at++;
		return;
	}
	if (next == '`')
		r->out->suspicious = true;
	if (next != '\n') {
		if (!counts)
			add(r, '\\');
		add(r, next);
		r->quoted = true;
	}
	r->at += 2;
}

static void
read_quoted(struct reader *r)
{
	char c = r->s[r->at];

	if (c == '"') {
		r->in_quotes = false;
		r->at++;
	} else if (c == '\\')
		read_escape(r);
	else if (c == '$')
		read_dollar(r);
	else if (c == '`')
		read_backtick(r);
	else {
		add(r, c);
		r->at++;
	}
	/* After a substitution the rest may be outside. */
	if (r->in_quotes)
		r->quoted = true;
}

/* Operators */

/* A number glued to a redirection is a descriptor. */
static void
drop_descriptor(struct reader *r)
{
	const char *text = txt_str(&r->word);

	if (!r->in_word || r->quoted ||
	    text[strspn(text, "0123456789")] != '\0')
		return;
	txt_reset(&r->word);
	r->in_word = false;
}

static void
read_here_doc(struct reader *r)
{
	r->at = floor_here_open(&r->here, r->s, r->n, r->at + 2);
}

static void
read_redirection(struct reader *r, char c)
{
	/* An index a[1<<2] is no here-document. */
	if (r->in_word && strchr(txt_str(&r->word), '[') != NULL)
		r->out->suspicious = true;
	drop_descriptor(r);
	end_word(r);
	r->fresh = false;
	if (peek(r, 1) == '(') {
		r->at++;
		read_paren(r, '(');
		r->out->segments[r->segment].piped = c == '>';
		return;
	}
	if (c == '<' && peek(r, 1) == '<' && peek(r, 2) == '<') {
		r->at += 3;
		return;
	}
	if (c == '<' && peek(r, 1) == '<' && r->mode == FLOOR_STRICT) {
		read_here_doc(r);
		return;
	}
	r->target = c == '>' || peek(r, 1) == '>' ? FLOOR_WRITTEN : FLOOR_READ;
	r->at++;
	while (r->at < r->n && memchr("<>|&", r->s[r->at], 4) != NULL)
		r->at++;
}

static void
read_line_end(struct reader *r)
{
	next_command(r, false);
	r->at++;
	if (r->here.count == 0)
		return;
	r->at = floor_here_skip(&r->here, r->s, r->n, r->at);
	r->out->has_here_doc = true;
	r->out->suspicious = r->out->suspicious || r->here.suspicious;
}

static void
read_operator(struct reader *r, char c)
{
	bool piped = c == '|' && peek(r, 1) != '|';

	if (c == '&' && peek(r, 1) == '>') {
		/* &>FILE writes. */
		end_word(r);
		r->at++;
		read_redirection(r, '>');
		return;
	}
	next_command(r, piped);
	r->at++;
	while (r->at < r->n && memchr("|&;", r->s[r->at], 3) != NULL)
		r->at++;
}

static void
skip_comment(struct reader *r)
{
	while (r->at < r->n && r->s[r->at] != '\n')
		r->at++;
}

static bool
is_blank(const struct reader *r, char c)
{
	if (c == ' ' || c == '\t' || c == '\r' || c == '\0')
		return true;
	return r->mode == FLOOR_CODE && strchr(",[]()", c) != NULL;
}

static void
read_open(struct reader *r)
{
	char c = r->s[r->at];

	if (is_blank(r, c)) {
		end_word(r);
		r->fresh = true;
		r->at++;
	} else if (c == '\n')
		read_line_end(r);
	else if (c == ';' || c == '&' || c == '|')
		read_operator(r, c);
	else if (c == '(' || c == ')')
		read_paren(r, c);
	else if (c == '`')
		read_backtick(r);
	else if (c == '<' || c == '>')
		read_redirection(r, c);
	else if (c == '$')
		read_dollar(r);
	else {
		add(r, c);
		r->at++;
	}
}

static void
read_strict(struct reader *r)
{
	char c = r->s[r->at];

	if (r->in_quotes)
		read_quoted(r);
	else if (c == '\'')
		read_single_quotes(r);
	else if (c == '"') {
		r->in_quotes = r->in_word = r->quoted = true;
		r->fresh = false;
		r->at++;
	} else if (c == '\\')
		read_escape(r);
	else if (c == '#' && r->fresh)
		skip_comment(r);
	else
		read_open(r);
}

static void
read_loose(struct reader *r)
{
	char c = r->s[r->at];

	if (c == '\'' || c == '"')
		r->at++;
	else if (c == '\\')
		r->at += peek(r, 1) == '\n' ? 2 : 1;
	else
		read_open(r);
}

void
floor_words_read(const char *s, size_t n, enum floor_mode mode,
    struct floor_text *ret)
{
	struct reader r = { .s = s, .n = n, .mode = mode, .out = ret };

	memset(ret, 0, sizeof(*ret));
	r.fresh = true;
	new_segment(&r, FLOOR_NONE, false);
	while (r.at < r.n) {
		if (mode == FLOOR_STRICT)
			read_strict(&r);
		else
			read_loose(&r);
	}
	if (r.in_quotes || r.depth > 0)
		ret->suspicious = true;
	end_word(&r);
	if (r.here.count > 0)
		ret->suspicious = true;
	txt_done(&r.word);
}
