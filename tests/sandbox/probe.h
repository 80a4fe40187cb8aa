/* What the parts of the probe share: attempts, and what they were given. */
#ifndef MOLTIS_TESTS_SANDBOX_PROBE_H
#define MOLTIS_TESTS_SANDBOX_PROBE_H

#include <stdbool.h>

#define MAX_GIVEN 24
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct given {
	const char *text[MAX_GIVEN];
	int n;
};

extern struct given connects, publics, holds;

/* One attempt of the row that is under way; BAD is what only an escape makes
 * true, and FMT says what it was. */
void try(bool bad, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void raw_sockets(void);
void private_network(void);
void listeners(void);

#endif
