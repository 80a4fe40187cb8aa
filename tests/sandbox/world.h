/*
 * A network of its own for a test: the caller's process becomes the host, and
 * a process behind it the world, which answers on every address there is.
 */
#ifndef MOLTIS_TESTS_SANDBOX_WORLD_H
#define MOLTIS_TESTS_SANDBOX_WORLD_H

#include <stdbool.h>
#include <sys/types.h>

#include "net/net.h"

#define WORLD_PORT 18790
#define WORLD_MAX_SEEN 600
#define WORLD_HOST "203.0.113.1"        /* of the host, to the world */
#define WORLD_HOST_PUBLIC "45.45.45.45" /* of the host, and public */
#define WORLD_NAME_ANSWER "10.1.2.3"    /* what every name stands for */

/* What arrived at WORLD_PORT; shared memory. */
struct world_seen {
	struct net_addr addr[WORLD_MAX_SEEN]; /* dialled by TCP */
	unsigned count;
	unsigned tcp, udp;
	bool datagram[WORLD_MAX_SEEN]; /* by the number that is in it */
};

struct net_world {
	struct world_seen *far, *host;
};

/* Says so and exits with 1 (or 77) when it cannot be made.  Afterwards the
 * caller is in new network and mount namespaces; all ends with it. */
void world_open(struct net_world *w);
void world_forget(struct net_world *w); /* counters to zero */
bool world_saw(const struct world_seen *seen, const struct net_addr *addr);

/* A child in a network namespace of its own that waits until *RET_GO is
 * written to or closed, then runs and exits with what RUN returns. */
pid_t world_new_net(int (*run)(void *arg), void *arg, int *ret_go);
int world_wait(pid_t pid); /* exit status or 128 + signal */
void *world_shared(size_t size);

void test_must(bool good, const char *what); /* or the end */
void test_ok(bool good, const char *sentence, const char *detail);
int test_end(void); /* exit status */

#endif
