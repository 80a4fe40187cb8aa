/*
 * A child process that does what may block, and answers through a pipe.
 */
#ifndef MOLTIS_SANDBOXD_HELPER_H
#define MOLTIS_SANDBOXD_HELPER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct helper;

struct helper_spec {
	/* In the child; FD is the pipe.  Returns its exit status. */
	int (*run)(void *arg, int fd);
	void *run_arg; /* used until helper_start returns */
	size_t max_bytes;
	double timeout_secs;
	/* OK: it left with 0 in time and within max_bytes.  The helper is gone
	 * when this returns. */
	void (*on_done)(void *arg, bool ok, const char *bytes, size_t n);
	void *arg;
};

/* NULL when no process can be made; on_done is not called then. */
struct helper *helper_start(struct ev_loop *loop,
    const struct helper_spec *spec);
/* Kills the child; on_done is not called. */
void helper_cancel(struct helper *h);

/* What each child does first: default signals, and it dies with PARENT, which
 * it was forked by; 0: it does not.  For children that are forked elsewhere
 * too. */
void helper_child_begin(pid_t parent);
/* Writes all of P. */
bool helper_write(int fd, const char *p, size_t n);

#endif
