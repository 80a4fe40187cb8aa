/*
 * The floor's reader: segments with their words, in all three ways of reading.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "approval/floor_words.h"
#include "base/txt.h"
#include "tests/unit/unit.h"

/* Segments in [ ], words after commas, > in front of what is written. */
static void
expect(enum floor_mode mode, const char *command, const char *want)
{
	own_floor_text struct floor_text text = { 0 };
	own_txt struct txt got = { 0 };

	floor_words_read(command, strlen(command), mode, &text);
	for (size_t i = 0; i < text.segment_count; i++) {
		size_t at = text.segments[i].first;

		if (at == FLOOR_NONE)
			continue;
		txt_append(&got, text.segments[i].piped ? "|[" : "[");
		for (; at != FLOOR_NONE; at = text.words[at].next)
			txt_format(&got, "%s%s,",
			    text.words[at].written    ? ">"
				: text.words[at].read ? "<"
						      : "",
			    floor_text_get(&text, at));
		txt_append(&got, "]");
	}
	if (text.suspicious)
		txt_append(&got, "?");
	if (strcmp(txt_str(&got), want) != 0)
		fprintf(stderr, "words: %s: got %s\n", command, txt_str(&got));
	CU_ASSERT_STRING_EQUAL(txt_str(&got), want);
}

static void
strict(void)
{
	expect(FLOOR_STRICT, "a b", "[a,b,]");
	expect(FLOOR_STRICT, "r''m \"-r\"f \\/", "[rm,-rf,/,]");
	expect(FLOOR_STRICT, "$'\\x72\\155' x", "[rm,x,]");
	expect(FLOOR_STRICT, "a\\\nb", "[ab,]");
	expect(FLOOR_STRICT, "a$IFS$HOME/x", "[a,~/x,]");
	expect(FLOOR_STRICT, "'$HOME' \"$X\"", "[$HOME,$X,]");
	expect(FLOOR_STRICT, "a;b&&c||d&e", "[a,][b,][c,][d,][e,]");
	expect(FLOOR_STRICT, "a|b|&c", "[a,]|[b,]|[c,]");
	expect(FLOOR_STRICT, "a # b'", "[a,]");
	expect(FLOOR_STRICT, "a#b", "[a#b,]");
	expect(FLOOR_STRICT, "a 2>f <g &>h", "[a,>f,<g,>h,]");
	expect(FLOOR_STRICT, "a $(b c) d", "[a,d,][b,c,]");
	expect(FLOOR_STRICT, "a \"x$(b \"c d\")y\" e", "[a,x,y,e,][b,c d,]");
	expect(FLOOR_STRICT, "{ a; }", "[a,]");
	expect(FLOOR_STRICT, "{a,-b,c}", "[a,-b,c,]");
	expect(FLOOR_STRICT, "'{a,b}'", "[{a,b},]");
}

static void
substitutions(void)
{
	expect(FLOOR_STRICT, "a `b` c", "[a,c,][b,]");
	expect(FLOOR_STRICT, "a `b $(c) d` e", "[a,e,][b,d,][c,]");
	expect(FLOOR_STRICT, "a $(b `c) d`", "[a,][b,][c,][d,]?");
	expect(FLOOR_STRICT, "\"`a \"b c\"`\" d", "[d,][a,b c,]");
	expect(FLOOR_STRICT, "a) b", "[a,][b,]");
	expect(FLOOR_STRICT, "a` b", "[a,][b,]?");
	expect(FLOOR_STRICT, "a \\`b\\`", "[a,`b`,]?");
	expect(FLOOR_LOOSE, "a `b` c", "[a,][b,][c,]");
}

static void
variables(void)
{
	expect(FLOOR_STRICT, "$XOME $ABC $IFSX", "[$XOME,$ABC,$IFSX,]");
	expect(FLOOR_STRICT, "a${IFS}b${X}c", "[a,b$Xc,]");
	expect(FLOOR_STRICT, "a ${IFS#x}b ${HOME:-x}/c", "[a,b,~/c,]?");
	expect(FLOOR_STRICT, "a ${XOME%x}", "[a,$XOME%x},]?");
	expect(FLOOR_STRICT, "a $[1]", "[a,$[1],]?");
	expect(FLOOR_STRICT, "a $ b\"$\"", "[a,$,b$,]");
	expect(FLOOR_STRICT, "\"\\$x \\a \\\"\"", "[$x \\a \",]");
}

static void
coded(void)
{
	expect(FLOOR_STRICT, "$'\\x4aZ\\x6A\\x4Fg'", "[JZjOg,]");
	expect(FLOOR_STRICT, "$'\\u0041\\U00000042\\101\\60'", "[ABA0,]");
	expect(FLOOR_STRICT, "$'a\\nb\\tc\\rd\\'e\\q\\xg'", "[a b c d'eqxg,]");
	expect(FLOOR_STRICT, "$'\\x411\\u00411\\1011'", "[A1A1A1,]");
	expect(FLOOR_STRICT, "$'a", "[a,]?");
	expect(FLOOR_STRICT, "\"$'a'\"", "[$'a',]");
	expect(FLOOR_STRICT, "$\"a\"", "[a,]");
	expect(FLOOR_LOOSE, "$'a'", "[$a,]");
}

static void
braces(void)
{
	expect(FLOOR_STRICT, "a{b,c} {d} {e,f {}", "[a{b,c},{d},{e,f,{},]");
	expect(FLOOR_LOOSE, "a { b", "[a,][b,]?");
	expect(FLOOR_LOOSE, "# a", "[a,]");
	expect(FLOOR_STRICT, "a \"2\">f b2>g 3>h", "[a,2,>f,b2,>g,>h,]");
	expect(FLOOR_STRICT, "a[1<<E\nE", "[a[1,]?");
	expect(FLOOR_STRICT, "a [ <<E\nE", "[a,[,]");
}

static void
depth(void)
{
	own_floor_text struct floor_text text = { 0 };
	char line[80];

	for (size_t i = 0; i < sizeof(line); i++)
		line[i] = "$("[i % 2];
	floor_words_read(line, sizeof(line), FLOOR_STRICT, &text);
	CU_ASSERT_TRUE(text.suspicious);
	CU_ASSERT_EQUAL(text.segment_count, 41);
}

static void
here_documents(void)
{
	expect(FLOOR_STRICT, "a <<E b\nx\nE\nc", "[a,b,][c,]");
	expect(FLOOR_STRICT, "a <<-E\n\tx\n\tE\nc", "[a,][c,]");
	expect(FLOOR_STRICT, "a <<'E F'\nx\nE F\nc", "[a,][c,]");
	expect(FLOOR_STRICT, "a <<E\nx", "[a,][x,]?");
	expect(FLOOR_STRICT, "a <<E", "[a,]?");
	expect(FLOOR_STRICT, "a <<E\n$(x)\nE", "[a,]?");
	expect(FLOOR_STRICT, "a <<'E'\n$(x)\nE", "[a,]");
	expect(FLOOR_STRICT, "a <<<b", "[a,b,]");
	expect(FLOOR_STRICT, "a <<E <<F\nx\nE\ny\nF\nc", "[a,][c,]");
}

static void
suspicions(void)
{
	expect(FLOOR_STRICT, "a 'b", "[a,b,]?");
	expect(FLOOR_STRICT, "a \"b", "[a,b,]?");
	expect(FLOOR_STRICT, "a $(b", "[a,][b,]?");
	expect(FLOOR_STRICT, "((a))", "[a,]?");
	expect(FLOOR_STRICT, "case a in", "[case,a,in,]?");
	expect(FLOOR_STRICT, "a { b", "[a,{,b,]?");
	expect(FLOOR_STRICT, "a[1<<2]=3", "[a[1,]?");
}

static void
loose(void)
{
	expect(FLOOR_LOOSE, "a 'b; c' \"d\"", "[a,b,][c,d,]");
	expect(FLOOR_LOOSE, "a \"b\nc\\d", "[a,b,][cd,]");
	expect(FLOOR_LOOSE, "a <<E\nb\nE", "[a,<E,][b,][E,]");
	expect(FLOOR_LOOSE, "f() { a; }", "[f,][a,]");
	expect(FLOOR_CODE, "x([\"a\",'b'])", "[x,a,b,]");
}

void
suite_approval_floor_words(void)
{
	static const struct unit_test tests[] = {
		{ "words lose what a shell takes away", strict },
		{ "substitutions are commands of their own", substitutions },
		{ "home and blanks are seen in variables", variables },
		{ "coded characters are decoded", coded },
		{ "braces group, list or are text", braces },
		{ "nesting is limited", depth },
		{ "bodies of here-documents are no commands", here_documents },
		{ "what is unclear is suspicious", suspicions },
		{ "loose reading hides nothing", loose },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_words.c", tests);
}
