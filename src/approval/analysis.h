/*
 * May this command line run without a person?
 *
 * Pure: a strict parser of the whole line, a safe list with argument traps, an
 * allowlist on parsed arguments, and a floor of dangerous forms that is
 * matched on a normalised line.  Anything not understood asks.  The floor is a
 * seat belt, not a boundary (S25): the sandbox is the boundary.
 */
#ifndef MOLTIS_APPROVAL_ANALYSIS_H
#define MOLTIS_APPROVAL_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

#define ANALYSIS_MAX_BYTES 16384 /* of a command (S29) */
#define ANALYSIS_WHY_BYTES 200

enum verdict { VERDICT_RUN, VERDICT_ASK, VERDICT_REFUSE };

struct analysis_policy {
	enum conf_approval mode;
	enum conf_security level;     /* deny, allowlist, full (S26) */
	const char *const *allowlist; /* S21 entries; may be NULL */
	size_t allowlist_count;
};

struct analysis {
	enum verdict verdict;
	bool floor;                      /* a dangerous form was found */
	bool understood;                 /* the whole line was parsed */
	int segments;                    /* simple commands in the line */
	char rule[64];                   /* matched rule, "" if none */
	char reason[ANALYSIS_WHY_BYTES]; /* a sentence for the person asked */
};

/* COMMAND may hold anything.  Never fails: what cannot be judged asks, what
 * can never be a command (empty, NUL, not UTF-8, too long) is refused. */
void analysis_judge(const struct analysis_policy *policy, const char *command,
    size_t n, struct analysis *ret);

const char *verdict_word(enum verdict v); /* "run", "ask", "refuse" */

#endif
