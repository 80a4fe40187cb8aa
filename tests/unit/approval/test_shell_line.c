/*
 * What the strict parser makes of a line: words, operators, and a name for
 * what it does not understand.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "approval/shell_line.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"
#include "tests/unit/unit.h"

/* Words with < > around them, operators between them, or "? why". */
static void
show(const char *command, struct txt *out)
{
	static const char *const ops[] = { "", "|", "&&", "||", ";" };
	own_shell_line struct shell_line line = { 0 };

	shell_line_parse(command, strlen(command), &line);
	if (!line.understood) {
		txt_format(out, "? %s", line.why);
		return;
	}
	for (size_t i = 0; i < line.segment_count; i++) {
		const struct shell_segment *segment = &line.segments[i];

		for (size_t k = 0; k < segment->count; k++)
			txt_format(out, "<%s>",
			    line.words[segment->first + k].text);
		txt_append(out, ops[segment->op]);
	}
}

static void
expect(const char *command, const char *want)
{
	own_txt struct txt got = { 0 };

	show(command, &got);
	if (strcmp(txt_str(&got), want) != 0)
		fprintf(stderr, "%s: got %s\n", command, txt_str(&got));
	CU_ASSERT_STRING_EQUAL(txt_str(&got), want);
}

static void
words(void)
{
	expect("ls", "<ls>");
	expect(" ls  -l\t x ", "<ls><-l><x>");
	expect("a 'b c' \"d e\"", "<a><b c><d e>");
	expect("a 'b'\"c\"d\\ e", "<a><bcd e>");
	expect("a '' \"\"", "<a><><>");
	expect("a \"\\\"\\\\\\$\\`\\n\"", "<a><\"\\$`\\n>");
	expect("a 'x\\y'", "<a><x\\y>");
	expect("a $HOME \"${USER}\" '$X'", "<a><$HOME><${USER}><$X>");
	expect("a b$ \"c$\"", "<a><b$><c$>");
	expect("[ -f x ]", "<[><-f><x><]>");
	expect("a-b=c d", "<a-b=c><d>");
	expect("1a=c =d", "<1a=c><=d>");
	expect("'a'=b", "<a=b>");
	expect("+=b", "<+=b>");
}

static void
operators(void)
{
	expect("a|b", "<a>|<b>");
	expect("a b | c && d || e ; f ;", "<a><b>|<c>&&<d>||<e>;<f>;");
	expect("a '|' b\\;c", "<a><|><b;c>");
	expect("a >/dev/null 2>&1", "<a>");
	expect("a2>/dev/null b", "<a2><b>");
	expect("a 2>>/dev/null|b >&2", "<a>|<b>");
	expect("a 1>&2 b", "<a><b>");
}

static void
reasons(void)
{
	expect("", "? no command");
	expect("a $(b)", "? a command substitution $(...)");
	expect("a $((1))", "? arithmetic $((...))");
	expect("a `b`", "? a command substitution in backticks");
	expect("a > b", "? a redirection of output");
	expect("a < b", "? a redirection of input");
	expect("a << b", "? a here-document");
	expect("a <<< b", "? a here-string");
	expect("a <(b)", "? a process substitution <(...)");
	expect("a >(b)", "? a process substitution >(...)");
	expect("a 3>&1", "? a redirection of a further file descriptor");
	expect("a &", "? the operator & (a command in the background)");
	expect("a |& b", "? the operator |&");
	expect("a\nb", "? a line break");
	expect("if a", "? a keyword of the shell");
	expect("A=1 b", "? a variable set in front of a command");
	expect("A+=1", "? a variable set in front of a command");
	expect("a ~", "? a home folder written as ~");
	expect("a {b", "? a brace outside quotes");
	expect("a (b", "? a parenthesis outside quotes");
	expect("a # b", "? a comment");
	expect("a 'b", "? a quote that is not closed");
	expect("a \"b", "? a quote that is not closed");
	expect("a \\", "? a backslash at the end");
	expect("a $b", "? a variable of unknown content");
	expect("a ${b}", "? a variable of unknown content");
	expect("a ${HOME%x}", "? a parameter expansion ${...}");
	expect("a $?", "? a special use of the dollar sign");
	expect("a $'b'", "? a quote with a dollar sign in front");
	expect("a* b", "? a pattern in the name of a command");
	expect("a |", "? an operator without a command behind it");
	expect("| a", "? an operator without a command in front");
	expect("a \xe2\x80\xae",
	    "? an invisible or direction-changing character (U+202E)");
}

static void
flags(void)
{
	own_shell_line struct shell_line line = { 0 };
	static const char text[] = "ls 'l's a* \"$HOME\" b'*'?c '*'";

	shell_line_parse(text, strlen(text), &line);
	CU_ASSERT_TRUE_FATAL(line.understood);
	CU_ASSERT_EQUAL_FATAL(line.word_count, 6);
	CU_ASSERT_TRUE(line.words[0].plain);
	CU_ASSERT_FALSE(line.words[1].plain);
	CU_ASSERT_EQUAL(line.words[1].glob_at, SHELL_NO_GLOB);
	CU_ASSERT_EQUAL(line.words[2].glob_at, 1);
	CU_ASSERT_FALSE(line.words[2].plain);
	CU_ASSERT_TRUE(line.words[3].dollar);
	CU_ASSERT_EQUAL(line.words[4].glob_at, 2);
	CU_ASSERT_EQUAL(line.words[5].glob_at, SHELL_NO_GLOB);
}

/* N times PIECE. */
static char *
repeated(const char *piece, size_t n)
{
	struct txt text = { 0 };

	for (size_t i = 0; i < n; i++)
		txt_append(&text, piece);
	return txt_take(&text);
}

static void
limits(void)
{
	own_mem char *many = repeated("a ", SHELL_MAX_WORDS);
	own_mem char *more = repeated("a ", SHELL_MAX_WORDS + 1);
	own_mem char *commands = repeated("a;", SHELL_MAX_SEGMENTS);
	own_mem char *too_many = repeated("a;", SHELL_MAX_SEGMENTS + 1);
	own_shell_line struct shell_line line = { 0 };

	shell_line_parse(many, strlen(many), &line);
	CU_ASSERT_TRUE(line.understood);
	CU_ASSERT_EQUAL(line.word_count, SHELL_MAX_WORDS);
	shell_line_done(&line);
	shell_line_parse(commands, strlen(commands), &line);
	CU_ASSERT_TRUE(line.understood);
	expect(more, "? too many words");
	expect(too_many, "? too many commands");
}

void
suite_approval_shell_line(void)
{
	static const struct unit_test tests[] = {
		{ "words lose quotes and escapes", words },
		{ "operators end commands, harmless redirections go",
		    operators },
		{ "what is not understood has a name", reasons },
		{ "words remember how they were written", flags },
		{ "words and commands are limited", limits },
		{ NULL, NULL },
	};

	unit_add("src/approval/shell_line.c", tests);
}
