/* What the parts of `moltis doctor` share: one line a check. */
#ifndef MOLTIS_CLI_DOCTOR_H
#define MOLTIS_CLI_DOCTOR_H

#include <stdbool.h>

#include "conf/conf.h"

struct doctor {
	bool failed; /* a FAIL line was printed */
};

void doctor_ok(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_note(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The sentence says what is wrong and what to do. */
void doctor_fail(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* doctor_db.c: connections, roles, schema, fence, clock. */
void doctor_database(struct doctor *d, const struct conf *conf);

#endif
