/* Programs of the system that the daemon starts. */
#ifndef MOLTIS_SANDBOXD_PROGRAM_H
#define MOLTIS_SANDBOXD_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROGRAM_PATH_BYTES 256

/* The first NAME in the daemon's PATH (without one: the system's folders)
 * that may be executed. */
bool program_find(const char *name, char ret_path[PROGRAM_PATH_BYTES]);

struct program {
	const char *const *argv; /* argv[0] is an absolute path */
	int in;                  /* its descriptor 0; -1: /dev/null */
	/* Called in the child before it becomes the program; what fails
	 * there is said on descriptor 2.  NULL: nothing. */
	bool (*prepare)(void *arg);
	void *arg;
	int timeout_secs;
};

/*
 * Runs to the end and keeps the first line that it writes on descriptor 1 or
 * 2; blocks.  Returns the exit status, 128 + n for signal n, or -1: not
 * started or out of time.
 */
int program_run(const struct program *p, char *first_line, size_t size);

#endif
