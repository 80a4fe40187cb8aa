/* The pid file, which is also the lock against a second one of us. */
#ifndef MOLTIS_BASE_PIDFILE_H
#define MOLTIS_BASE_PIDFILE_H

#include <stdbool.h>

struct pidfile {
	int fd;           /* -1: none is configured */
	const char *path; /* borrowed */
};

/* PATH NULL does nothing.  false: logged. */
bool pidfile_open(struct pidfile *p, const char *path);
void pidfile_close(struct pidfile *p); /* removes the file */

#endif
