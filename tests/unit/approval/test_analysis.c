/*
 * The verdict about a command against tests/data/commands.tsv, and what must
 * hold for every line: what smart runs was understood, and nothing unsafe that
 * is appended to a safe line runs.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/analysis.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"
#include "base/utf8.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const allowlist[] = { "git *", "make", "npm run test",
	"cd *", "/opt/tool/x" };

struct row {
	struct analysis_policy policy;
	char *const *fields; /* mode, verdict, floor, command, note */
	char *command;       /* with escapes done */
	size_t n;
};

static struct analysis_policy
policy_of(const char *word)
{
	size_t n = strcspn(word, "+");
	struct analysis_policy policy = { .mode = APPROVAL_SMART,
		.level = SECURITY_ALLOWLIST };

	if (word[n] == '+') {
		policy.allowlist = allowlist;
		policy.allowlist_count = COUNT(allowlist);
	}
	if (strncmp(word, "always", n) == 0)
		policy.mode = APPROVAL_ALWAYS;
	else if (strncmp(word, "never", n) == 0)
		policy.mode = APPROVAL_NEVER;
	else if (strncmp(word, "full", n) == 0)
		policy.level = SECURITY_FULL;
	else if (strncmp(word, "deny", n) == 0)
		policy.level = SECURITY_DENY;
	else
		CU_ASSERT_NSTRING_EQUAL(word, "smart", n);
	return policy;
}

/* In place; the length, as the text may hold a NUL then. */
static size_t
unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		char hex[3] = "";

		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from == 'n')
			*to++ = '\n';
		else if (*from == 't')
			*to++ = '\t';
		else if (*from == 'x') {
			memcpy(hex, from + 1, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			from += 2;
		} else
			*to++ = *from;
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* The command is copied to a block of its exact size, so that a read past its
 * end is seen. */
static void
judge(const struct analysis_policy *policy, const char *command, size_t n,
    struct analysis *ret)
{
	char *exact = malloc(n == 0 ? 1 : n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	memcpy(exact, command, n);
	analysis_judge(policy, exact, n, ret);
	free(exact);
}

/* Calls TRY for each row of the table; how many there were. */
static int
each_row(void (*try)(const struct row *row))
{
	struct unit_table table;
	int rows = 0;

	unit_table_open(&table, "commands.tsv");
	while (unit_table_next(&table)) {
		struct row row = { .fields = table.fields };

		CU_ASSERT_PTR_NOT_NULL_FATAL(table.fields[3]);
		row.policy = policy_of(table.fields[0]);
		row.command = mem_strdup(table.fields[3]);
		row.n = unescape(row.command);
		try(&row);
		free(row.command);
		rows++;
	}
	return rows;
}

static void
try_verdict(const struct row *row)
{
	char *const *want = row->fields;
	struct analysis got;
	bool right;

	judge(&row->policy, row->command, row->n, &got);
	right = strcmp(verdict_word(got.verdict), want[1]) == 0 &&
	    got.floor == (strcmp(want[2], "yes") == 0);
	if (!right)
		fprintf(stderr, "commands.tsv: %s: %s: got %s, floor %d: %s\n",
		    want[0], want[3], verdict_word(got.verdict), (int)got.floor,
		    got.reason);
	CU_ASSERT_TRUE(right);
}

static void
table(void)
{
	CU_ASSERT(each_row(try_verdict) > 1000);
}

static void
try_reason(const struct row *row)
{
	struct analysis got;
	size_t n;

	judge(&row->policy, row->command, row->n, &got);
	n = strlen(got.reason);
	CU_ASSERT(n > 10);
	CU_ASSERT(n < ANALYSIS_WHY_BYTES - 1);
	CU_ASSERT_EQUAL(got.reason[n - 1], '.');
	CU_ASSERT_TRUE(utf8_check(got.reason, n));
	CU_ASSERT_FALSE(utf8_has_control(got.reason, n, ""));
	CU_ASSERT_TRUE(!got.floor || got.rule[0] != '\0');
	if (got.verdict == VERDICT_RUN && row->policy.mode == APPROVAL_SMART &&
	    row->policy.level != SECURITY_FULL) {
		CU_ASSERT_TRUE(got.understood);
		CU_ASSERT(got.segments > 0);
		CU_ASSERT(got.rule[0] != '\0');
	}
}

static void
reasons(void)
{
	CU_ASSERT(each_row(try_reason) > 1000);
}

/* Whatever is safe alone is not safe with one of these behind it. */
static void
try_tail(const struct row *row)
{
	static const char *const tails[] = { ";id", " && id", "|sh", " || x",
		"\nid", "&", " $(id)", " `id`", " >f", " <f", "\\", " '", " \"",
		" \xe2\x80\xae", " <(id)", " {a,b}", " ~", " $X", " ;; ls",
		"; A=1", "; ./ls", "; rm -rf /", " # x", "; (ls)", " <<E\nE",
		"\xff", "\x01", " &>/dev/null", "; sort -o f", " | tee x" };
	struct analysis got;

	if (strcmp(row->fields[0], "smart") != 0 ||
	    strcmp(row->fields[1], "run") != 0)
		return;
	for (size_t i = 0; i < COUNT(tails); i++) {
		own_txt struct txt line = { 0 };

		txt_append_n(&line, row->command, row->n);
		while (line.len > 0 && strchr(" \n;", line.data[line.len - 1]))
			line.len--;
		txt_append(&line, tails[i]);
		judge(&row->policy, txt_str(&line), line.len, &got);
		if (got.verdict == VERDICT_RUN)
			fprintf(stderr, "ran: %s\n", txt_str(&line));
		CU_ASSERT_NOT_EQUAL(got.verdict, VERDICT_RUN);
	}
}

static void
tails(void)
{
	(void)each_row(try_tail);
}

/* Asking about more is never wrong, running more is. */
static void
try_stricter(const struct row *row)
{
	struct analysis_policy policy = row->policy;
	struct analysis got;

	policy.mode = APPROVAL_ALWAYS;
	judge(&policy, row->command, row->n, &got);
	CU_ASSERT_NOT_EQUAL(got.verdict, VERDICT_RUN);
	policy.level = SECURITY_DENY;
	judge(&policy, row->command, row->n, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_REFUSE);
	policy.level = SECURITY_ALLOWLIST;
	policy.mode = APPROVAL_NEVER;
	judge(&policy, row->command, row->n, &got);
	CU_ASSERT_NOT_EQUAL(got.verdict, VERDICT_ASK);
}

static void
stricter(void)
{
	(void)each_row(try_stricter);
}

static void
long_lines(void)
{
	struct analysis_policy policy = policy_of("smart");
	own_mem char *line = mem_zalloc(ANALYSIS_MAX_BYTES + 2);
	struct analysis got;

	memset(line, 'a', ANALYSIS_MAX_BYTES + 1);
	memcpy(line, "echo ", 5);
	judge(&policy, line, ANALYSIS_MAX_BYTES, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_RUN);
	judge(&policy, line, ANALYSIS_MAX_BYTES + 1, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_REFUSE);
	/* More blanks than a person scrolls through. */
	memset(line + 6, ' ', 5000);
	memcpy(line + 5006, "; rm", 4);
	judge(&policy, line, ANALYSIS_MAX_BYTES, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_ASK);
	for (size_t i = 0; i < ANALYSIS_MAX_BYTES; i += 2)
		memcpy(line + i, "a ", 2);
	memcpy(line, "sudo ", 5);
	judge(&policy, line, ANALYSIS_MAX_BYTES, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_ASK);
	CU_ASSERT_FALSE(got.floor);
	for (size_t i = 0; i < ANALYSIS_MAX_BYTES; i++)
		line[i] = "$("[i % 2];
	judge(&policy, line, ANALYSIS_MAX_BYTES, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_ASK);
}

/* Five shells in each other: nobody needs that. */
static void
nested(void)
{
	struct analysis_policy policy = policy_of("never");
	own_txt struct txt line = { 0 };
	struct analysis got;

	txt_append(&line, "ls -l");
	for (int i = 0; i < 5; i++) {
		own_txt struct txt outer = { 0 };

		txt_append(&outer, "sh -c \"");
		for (const char *p = txt_str(&line); *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				txt_append_c(&outer, '\\');
			txt_append_c(&outer, *p);
		}
		txt_append(&outer, "\"");
		txt_reset(&line);
		txt_append(&line, txt_str(&outer));
		judge(&policy, txt_str(&line), line.len, &got);
		CU_ASSERT_EQUAL(got.floor, i >= 4);
	}
	CU_ASSERT_STRING_EQUAL(got.rule, "intricate");
}

static void
words(void)
{
	struct analysis_policy policy = policy_of("smart+");
	struct analysis got;

	CU_ASSERT_STRING_EQUAL(verdict_word(VERDICT_RUN), "run");
	CU_ASSERT_STRING_EQUAL(verdict_word(VERDICT_ASK), "ask");
	CU_ASSERT_STRING_EQUAL(verdict_word(VERDICT_REFUSE), "refuse");
	judge(&policy, "ls", 2, &got);
	CU_ASSERT_STRING_EQUAL(got.reason,
	    "Every command in it is known to be safe.");
	judge(&policy, "git log", 7, &got);
	CU_ASSERT_STRING_EQUAL(got.reason,
	    "Every command in it is safe or on the allowlist.");
	CU_ASSERT_STRING_EQUAL(got.rule, "git *");
	judge(&policy, "'a\tb' c", 7, &got);
	CU_ASSERT_STRING_EQUAL(got.reason,
	    "A person has to decide: \"a b\" is not a known safe command.");
}

/* Only "*" lets everything through, and not the floor. */
static void
everything(void)
{
	static const char *const all[] = { "*" };
	struct analysis_policy policy = { .mode = APPROVAL_SMART,
		.level = SECURITY_ALLOWLIST,
		.allowlist = all,
		.allowlist_count = 1 };
	struct analysis got;

	judge(&policy, "touch x; id", 11, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_RUN);
	CU_ASSERT_STRING_EQUAL(got.rule, "*");
	judge(&policy, "ls $(id)", 8, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_ASK);
	judge(&policy, "rm -rf /", 8, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_ASK);
	policy.mode = APPROVAL_NEVER;
	judge(&policy, "ls $(id)", 8, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_RUN);
	judge(&policy, "rm -rf /", 8, &got);
	CU_ASSERT_EQUAL(got.verdict, VERDICT_REFUSE);
}

void
suite_approval_analysis(void)
{
	static const struct unit_test tests[] = {
		{ "the verdicts are those of tests/data/commands.tsv", table },
		{ "every verdict has a sentence, and what smart runs was "
		  "understood",
		    reasons },
		{ "no safe line runs with something unsafe behind it", tails },
		{ "always never runs, deny refuses, never does not ask",
		    stricter },
		{ "long lines are judged whole or refused", long_lines },
		{ "shells in shells are followed, and too many are dangerous",
		    nested },
		{ "a star allows what is understood", everything },
		{ "verdicts have words and sentences", words },
		{ NULL, NULL },
	};

	unit_add("src/approval/analysis.c", tests);
}
