/*
 * The order of the decision: can it be a command at all, may anything run,
 * is it dangerous, then the mode.  Everything unclear ends at "ask".
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "approval/analysis.h"
#include "approval/analysis_allow.h"
#include "approval/floor.h"
#include "approval/safe.h"
#include "approval/shell_line.h"
#include "base/utf8.h"

const char *
verdict_word(enum verdict v)
{
	switch (v) {
	case VERDICT_RUN:
		return "run";
	case VERDICT_ASK:
		return "ask";
	case VERDICT_REFUSE:
		return "refuse";
	}
	return "ask";
}

static void decide(struct analysis *ret, enum verdict verdict, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

static void
decide(struct analysis *ret, enum verdict verdict, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	ret->verdict = verdict;
	va_start(ap, fmt);
	(void)vsnprintf(ret->reason, sizeof(ret->reason), fmt, ap);
	va_end(ap);
	/* A quoted word may hold a tab. */
	for (char *at = ret->reason; *at != '\0'; at++) {
		if (*at == '\t')
			*at = ' ';
	}
	/* What was cut must not end inside a character. */
	n = strlen(ret->reason);
	while (n > 0 && !utf8_check(ret->reason, n))
		n--;
	ret->reason[n] = '\0';
}

static void
set_rule(struct analysis *ret, const char *rule)
{
	size_t n = utf8_cut(rule, strlen(rule), sizeof(ret->rule) - 1);

	memcpy(ret->rule, rule, n);
	ret->rule[n] = '\0';
}

static bool
is_blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr(" \t\r\n", s[i]) == NULL)
			return false;
	}
	return true;
}

/* What can never be a command, and what nobody may start. */
static bool
is_refused(const struct analysis_policy *policy, const char *command, size_t n,
    struct analysis *ret)
{
	if (n > ANALYSIS_MAX_BYTES)
		decide(ret, VERDICT_REFUSE,
		    "The command is longer than %d bytes.", ANALYSIS_MAX_BYTES);
	else if (memchr(command, '\0', n) != NULL)
		decide(ret, VERDICT_REFUSE, "The command holds a NUL byte.");
	else if (!utf8_check(command, n))
		decide(ret, VERDICT_REFUSE, "The command is not valid UTF-8.");
	else if (is_blank(command, n))
		decide(ret, VERDICT_REFUSE, "The command is empty.");
	else if (policy->level == SECURITY_DENY)
		decide(ret, VERDICT_REFUSE,
		    "Commands are switched off here (security level deny).");
	else
		return false;
	return true;
}

static void
judge_floor(const struct analysis_policy *policy, const struct floor_rule *rule,
    struct analysis *ret)
{
	ret->floor = true;
	set_rule(ret, rule->name);
	if (policy->mode == APPROVAL_NEVER)
		decide(ret, VERDICT_REFUSE,
		    "Refused as dangerous: it %s, and in mode never nobody "
		    "can be asked.",
		    rule->what);
	else
		decide(ret, VERDICT_ASK, "This looks dangerous: it %s.",
		    rule->what);
}

static const char *
find_entry(const struct analysis_policy *policy, const struct shell_word *argv,
    size_t count)
{
	for (size_t i = 0; i < policy->allowlist_count; i++) {
		if (analysis_allow_matches(policy->allowlist[i], argv, count))
			return policy->allowlist[i];
	}
	return NULL;
}

/* Is every command of the understood line on the allowlist or safe?  WHY gets
 * a clause for the first that is not. */
static bool
all_allowed(const struct analysis_policy *policy, const struct shell_line *line,
    struct analysis *ret, char *why)
{
	bool changes = false, relies = false;
	const char *entry = NULL;

	for (size_t i = 0; i < line->segment_count; i++) {
		const struct shell_segment *segment = &line->segments[i];
		const struct shell_word *argv = line->words + segment->first;
		const char *found = find_entry(policy, argv, segment->count);

		if (found != NULL) {
			changes = changes || analysis_allow_changes_shell(argv);
			entry = found;
			continue;
		}
		if (!safe_check(argv, segment->count, why))
			return false;
		relies = true;
	}
	/* After "cd /proc/self" even cat is another command. */
	if (changes && relies) {
		(void)snprintf(why, SAFE_WHY_BYTES,
		    "a command changes the shell for those after it");
		return false;
	}
	set_rule(ret, entry == NULL ? "safe" : entry);
	return true;
}

static bool
allows_everything(const struct analysis_policy *policy)
{
	for (size_t i = 0; i < policy->allowlist_count; i++) {
		if (strcmp(policy->allowlist[i], "*") == 0)
			return true;
	}
	return false;
}

static void
judge_smart(const struct analysis_policy *policy, const struct shell_line *line,
    struct analysis *ret)
{
	char why[SAFE_WHY_BYTES] = "";

	if (!line->understood)
		decide(ret, VERDICT_ASK,
		    "It has %s, so it cannot be judged without a person.",
		    line->why);
	else if (all_allowed(policy, line, ret, why))
		decide(ret, VERDICT_RUN, "%s",
		    strcmp(ret->rule, "safe") == 0
			? "Every command in it is known to be safe."
			: "Every command in it is safe or on the allowlist.");
	else
		decide(ret, VERDICT_ASK, "A person has to decide: %s.", why);
}

static void
judge_never(const struct analysis_policy *policy, const struct shell_line *line,
    struct analysis *ret)
{
	char why[SAFE_WHY_BYTES] = "";

	if (policy->allowlist_count == 0 || allows_everything(policy))
		decide(ret, VERDICT_RUN,
		    "Mode never runs commands without asking.");
	else if (!line->understood)
		decide(ret, VERDICT_REFUSE,
		    "It is not in the allowlist: it has %s.", line->why);
	else if (all_allowed(policy, line, ret, why))
		decide(ret, VERDICT_RUN,
		    "Every command in it is safe or on the allowlist.");
	else
		decide(ret, VERDICT_REFUSE, "It is not in the allowlist: %s.",
		    why);
}

static void
judge_mode(const struct analysis_policy *policy, const struct shell_line *line,
    struct analysis *ret)
{
	switch (policy->mode) {
	case APPROVAL_ALWAYS:
		decide(ret, VERDICT_ASK, "Every command is asked about here.");
		break;
	case APPROVAL_SMART:
		if (policy->level == SECURITY_FULL)
			decide(ret, VERDICT_RUN,
			    "Security level full runs what is not dangerous.");
		else
			judge_smart(policy, line, ret);
		break;
	case APPROVAL_NEVER:
		judge_never(policy, line, ret);
		break;
	}
}

void
analysis_judge(const struct analysis_policy *policy, const char *command,
    size_t n, struct analysis *ret)
{
	own_shell_line struct shell_line line = { 0 };
	const struct floor_rule *rule;

	memset(ret, 0, sizeof(*ret));
	ret->verdict = VERDICT_ASK;
	if (is_refused(policy, command, n, ret))
		return;
	shell_line_parse(command, n, &line);
	ret->understood = line.understood;
	ret->segments = (int)line.segment_count;
	rule = floor_find(command, n);
	if (rule != NULL)
		judge_floor(policy, rule, ret);
	else
		judge_mode(policy, &line, ret);
}
