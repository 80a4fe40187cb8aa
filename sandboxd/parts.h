/*
 * The two parts of a sandbox that no backend makes for itself: its network
 * and its system call filter.
 */
#ifndef MOLTIS_SANDBOXD_PARTS_H
#define MOLTIS_SANDBOXD_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/status.h"

#define NET_WHY_BYTES 160
#define NET_MAX_ALLOW 16

struct net_policy {
	bool is_public; /* false: loopback only */
	/* What may be reached although it is private, ADDRESS[/BITS][:PORT];
	 * from the configuration only, never from a request. */
	const char *allow[NET_MAX_ALLOW];
	size_t allow_count;
};

/* What net_attach started; net_detach ends it. */
struct net {
	pid_t helper;         /* slirp4netns or passt; 0 = none */
	int exit_fd;          /* closing it ends the helper; -1 */
	const char *resolver; /* nameserver inside, static text; NULL = none */
};

/*
 * Puts a network into the namespace of CHILD, a process that has just
 * unshared it (as root: netns only, owned by the host's user namespace; else:
 * also a user namespace in which it is root) and waits on a pipe.  All rules
 * are in place before this returns.  Called in a process of its own, never in
 * the daemon's loop: it may block, five seconds at most.  On failure WHY says
 * what is missing and nothing is left running.
 */
MUST_CHECK enum status net_attach(const struct net_policy *policy, pid_t child,
    struct net *ret, char why[NET_WHY_BYTES]);
void net_detach(struct net *net); /* idempotent */

/* Can net_attach work here at all: programs, /dev/net/tun?  Cheap. */
bool net_check(const struct net_policy *policy, char why[NET_WHY_BYTES]);

/* What net_attach will give as resolver, known before there is a network. */
const char *net_resolver(const struct net_policy *policy);

/*
 * A new file descriptor, at offset 0 and close-on-exec, with the compiled
 * filter (struct sock_filter array) for `bwrap --seccomp FD`; -1 with errno.
 */
int seccomp_filter_fd(void);

#endif
