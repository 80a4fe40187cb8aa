/*
 * Fuzz target: commands of the model.
 *
 * Any bytes get a verdict with a sentence.  What smart runs was understood,
 * holds none of the characters that start something else outside quotes, and
 * no longer runs with another command behind it.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "approval/analysis.h"
#include "approval/shell_line.h"
#include "base/txt.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int condition)
{
	if (!condition)
		abort();
}

static void
check_answer(const struct analysis *got)
{
	size_t n = strlen(got->reason);

	need(n > 0 && n < ANALYSIS_WHY_BYTES);
	need(utf8_check(got->reason, n));
	need(!utf8_has_control(got->reason, n, ""));
	need(utf8_check(got->rule, strlen(got->rule)));
	need(!got->floor || got->rule[0] != '\0');
}

static void
check_line(const char *text, size_t size)
{
	own_shell_line struct shell_line line = { 0 };

	shell_line_parse(text, size, &line);
	need(line.understood == (line.why[0] == '\0'));
	for (size_t i = 0; line.understood && i < line.segment_count; i++) {
		need(line.segments[i].count > 0);
		need(line.segments[i].first + line.segments[i].count <=
		    line.word_count);
	}
	for (size_t i = 0; i < line.word_count; i++)
		need(strlen(line.words[i].text) <= size);
}

static void
check_tail(const struct analysis_policy *policy, const char *text, size_t size)
{
	own_txt struct txt longer = { 0 };
	struct analysis got;

	need(memchr(text, '`', size) == NULL ||
	    memchr(text, '\'', size) != NULL ||
	    memchr(text, '\\', size) != NULL);
	txt_append_n(&longer, text, size);
	txt_append(&longer, "\nid");
	analysis_judge(policy, txt_str(&longer), longer.len, &got);
	need(got.verdict != VERDICT_RUN);
	longer.len -= 3;
	txt_append(&longer, "|sh");
	analysis_judge(policy, txt_str(&longer), longer.len, &got);
	need(got.verdict != VERDICT_RUN);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const allowlist[] = { "git *", "make" };
	struct analysis_policy policy = { .mode = APPROVAL_SMART,
		.level = SECURITY_ALLOWLIST };
	const char *text = (const char *)data;
	struct analysis got, other;

	analysis_judge(&policy, text, size, &got);
	check_answer(&got);
	check_line(text, size);
	if (got.verdict == VERDICT_RUN) {
		need(got.understood && !got.floor && got.segments > 0);
		check_tail(&policy, text, size);
	}
	policy.mode = APPROVAL_NEVER;
	analysis_judge(&policy, text, size, &other);
	check_answer(&other);
	need(other.verdict != VERDICT_ASK);
	need(other.floor == got.floor);
	/* An allowlist of never allows nothing that it would not run. */
	policy.allowlist = allowlist;
	policy.allowlist_count = 2;
	analysis_judge(&policy, text, size, &other);
	check_answer(&other);
	need(other.verdict != VERDICT_ASK);
	need(got.verdict != VERDICT_RUN || other.verdict == VERDICT_RUN);
	return 0;
}
