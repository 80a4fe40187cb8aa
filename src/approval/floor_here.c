/*
 * Finds the ends of here-documents.  In doubt nothing is skipped: a body that
 * counts as commands can only cause a question too many.
 */
#include "config.h"

#include <string.h>

#include "approval/floor_here.h"

static bool
ends_word(char c)
{
	return memchr(" \t\r\n;&|<>()", c, 11) != NULL;
}

static void
add(struct floor_here *here, char *word, size_t *length, char c)
{
	if (*length + 1 == FLOOR_HERE_WORD) {
		here->suspicious = true;
		return;
	}
	word[(*length)++] = c;
}

size_t
floor_here_open(struct floor_here *here, const char *s, size_t n, size_t at)
{
	char word[FLOOR_HERE_WORD] = "", quote = '\0';
	bool tabs = at < n && s[at] == '-', quoted = false;
	size_t length = 0;

	at += tabs;
	while (at < n && (s[at] == ' ' || s[at] == '\t'))
		at++;
	for (; at < n && (quote != '\0' || !ends_word(s[at])); at++) {
		if (quote == '\0' && (s[at] == '\'' || s[at] == '"'))
			quote = s[at];
		else if (s[at] == quote)
			quote = '\0';
		else if (s[at] == '\\' && at + 1 < n)
			add(here, word, &length, s[++at]);
		else {
			add(here, word, &length, s[at]);
			continue;
		}
		quoted = true;
	}
	if (quote != '\0' || here->count == FLOOR_HERE_MAX) {
		here->suspicious = true;
		return at;
	}
	memcpy(here->open[here->count].word, word, sizeof(word));
	here->open[here->count].tabs = tabs;
	here->open[here->count++].quoted = quoted;
	return at;
}

/* Place behind the end of one body, 0 when it has none. */
static size_t
find_end(const char *word, bool tabs, const char *text, size_t n)
{
	size_t at = 0, length = strlen(word);

	while (at < n) {
		const char *line = text + at;
		const char *end = memchr(line, '\n', n - at);
		size_t size = end == NULL ? n - at : (size_t)(end - line);

		at += size + (end != NULL);
		while (tabs && size > 0 && *line == '\t') {
			line++;
			size--;
		}
		if (size == length && memcmp(line, word, size) == 0)
			return at;
	}
	return 0;
}

static bool
has_substitution(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '`' ||
		    (text[i] == '$' && i + 1 < n && text[i + 1] == '('))
			return true;
	}
	return false;
}

size_t
floor_here_skip(struct floor_here *here, const char *s, size_t n, size_t at)
{
	for (size_t i = 0; i < here->count; i++) {
		size_t size = find_end(here->open[i].word, here->open[i].tabs,
		    s + at, n - at);

		if (size == 0) {
			here->suspicious = true;
			break;
		}
		if (!here->open[i].quoted && has_substitution(s + at, size))
			here->suspicious = true;
		at += size;
	}
	here->count = 0;
	return at;
}
