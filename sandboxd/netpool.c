/*
 * The pool.  A keeper forks a holder, which unshares the namespace and waits;
 * calls net_attach on it; says "+PID" or "-WHY"; then waits for its socket to
 * end.  The daemon opens the holder's namespaces, so they outlive the holder.
 */
#include "config.h"

#include "sandboxd/netpool.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"
#include "sandboxd/helper.h"

#define READY_SECS 10.0
#define ANSWER_BYTES 256
#define MAX_WAITING 1024
#define RETRY_SECS 30.0 /* spares, after one could not be made */

struct netns {
	struct netpool *pool; /* NULL: released */
	int fd;               /* the network namespace; -1 until ready */
	int user_fd;          /* of an ordinary user; else -1 */
	int socket;           /* to the keeper */
	ev_io io;
	ev_child child; /* the keeper */
	ev_timer timer; /* until it is ready */
	TAILQ_ENTRY(netns) link;
};

TAILQ_HEAD(netns_list, netns);

struct netpool {
	struct ev_loop *loop;
	const struct net_policy *policy;
	size_t spares;
	struct netns_list making, ready;
	size_t making_count, ready_count;
	struct netpool_request *waiting[MAX_WAITING];
	size_t waiting_count;
	ev_timer retry; /* running: no spares now */
};

static const struct log_ctx log_net = { .component = "net" };

static void fill(struct netpool *pool);

/* --- the keeper's side ------------------------------------------------- */

/* A copy of somebody's pipe here would keep its end from being seen. */
static void
close_all_but(int fd)
{
	if (fd > 3)
		(void)close_range(3, (unsigned int)fd - 1, 0);
	(void)close_range((unsigned int)fd + 1, ~0u, 0);
}

static _Noreturn void
run_holder(pid_t keeper, int fd)
{
	bool ok;
	char c;

	helper_child_begin(keeper);
	close_all_but(fd);
	/* Its folder in /proc must be its user's, for the maps of ids. */
	(void)prctl(PR_SET_DUMPABLE, 1);
	ok = unshare(CLONE_NEWNET | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) == 0;
	if (write(fd, ok ? "+" : "-", 1) != 1 || !ok)
		_exit(1);
	/* Until the keeper is gone. */
	while (read(fd, &c, 1) > 0)
		;
	_exit(0);
}

static bool
write_proc(pid_t pid, const char *file, const char *text)
{
	char path[64];
	own_fd int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && helper_write(fd, text, strlen(text));
}

/* An ordinary user's holder is root in its own user namespace. */
static bool
map_ids(pid_t holder)
{
	char uids[32], gids[32];

	(void)snprintf(uids, sizeof(uids), "0 %u 1", (unsigned int)geteuid());
	(void)snprintf(gids, sizeof(gids), "0 %u 1", (unsigned int)getegid());
	return write_proc(holder, "setgroups", "deny") &&
	    write_proc(holder, "uid_map", uids) &&
	    write_proc(holder, "gid_map", gids);
}

/* Returns the holder's pid, or -1. */
static pid_t
start_holder(int *ret_fd)
{
	int fds[2];
	pid_t keeper = getpid(), pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		run_holder(keeper, fds[1]);
	}
	close(fds[1]);
	*ret_fd = fds[0];
	if (pid < 0 || read(fds[0], &c, 1) != 1 || c != '+' ||
	    (geteuid() != 0 && !map_ids(pid)))
		return -1;
	return pid;
}

static _Noreturn void
run_keeper(const struct net_policy *policy, int socket)
{
	char why[NET_WHY_BYTES] = "a network namespace cannot be made";
	struct net net = { .exit_fd = -1 };
	char answer[ANSWER_BYTES], c;
	enum status st = ST_UNAVAILABLE;
	int fd = -1, n;
	pid_t holder;

	/* It must see our end and clean up, not die with us. */
	helper_child_begin(0);
	close_all_but(socket);
	(void)signal(SIGPIPE, SIG_IGN);
	holder = start_holder(&fd);
	if (holder > 0)
		st = net_attach(policy, holder, &net, why);
	n = st == ST_OK ? snprintf(answer, sizeof(answer), "+%d\n", (int)holder)
			: snprintf(answer, sizeof(answer), "-%s\n", why);
	if (helper_write(socket, answer, (size_t)n)) {
		while (read(socket, &c, 1) > 0)
			;
	}
	if (st == ST_OK)
		net_detach(&net);
	_exit(0);
}

/* --- the daemon's side -------------------------------------------------- */

static void
free_ns(struct netns *ns)
{
	if (ns->fd >= 0)
		close(ns->fd);
	if (ns->user_fd >= 0)
		close(ns->user_fd);
	free(ns);
}

static void
let_go(struct netns *ns)
{
	if (ns->socket >= 0)
		close(ns->socket);
	ns->socket = -1;
}

static void
on_keeper_exit(struct ev_loop *loop, ev_child *w, int revents)
{
	struct netns *ns = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	ns->child.pid = 0;
	if (ns->pool == NULL)
		free_ns(ns);
}

void
netns_release(struct netns *ns)
{
	if (ns == NULL)
		return;
	ns->pool = NULL;
	let_go(ns);
	if (ns->child.pid == 0)
		free_ns(ns);
}

static void
answer(struct netpool *pool, struct netns *ns, const char *why)
{
	struct netpool_request *r = pool->waiting[0];

	pool->waiting_count--;
	memmove(&pool->waiting[0], &pool->waiting[1],
	    pool->waiting_count * sizeof(pool->waiting[0]));
	r->on_ready(r->arg, ns, why);
}

static void
drop_making(struct netns *ns)
{
	struct netpool *pool = ns->pool;

	ev_io_stop(pool->loop, &ns->io);
	ev_timer_stop(pool->loop, &ns->timer);
	TAILQ_REMOVE(&pool->making, ns, link);
	pool->making_count--;
}

static void
made(struct netns *ns)
{
	struct netpool *pool = ns->pool;

	drop_making(ns);
	if (pool->waiting_count > 0) {
		answer(pool, ns, NULL);
		return;
	}
	TAILQ_INSERT_TAIL(&pool->ready, ns, link);
	pool->ready_count++;
}

static void
not_made(struct netns *ns, const char *why)
{
	struct netpool *pool = ns->pool;

	log_warn(&log_net, "no network for a sandbox", "why=\"%s\"", why);
	drop_making(ns);
	(void)kill(ns->child.pid, SIGTERM);
	netns_release(ns);
	ev_timer_stop(pool->loop, &pool->retry);
	ev_timer_set(&pool->retry, RETRY_SECS, 0);
	ev_timer_start(pool->loop, &pool->retry);
	if (pool->waiting_count > 0)
		answer(pool, NULL, why);
}

static int
open_ns(int pid, const char *kind)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void
on_keeper_says(struct ev_loop *loop, ev_io *w, int revents)
{
	struct netns *ns = w->data;
	char text[ANSWER_BYTES];
	ssize_t n = read(ns->socket, text, sizeof(text) - 1);
	int pid;

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text[0] != '+') {
		not_made(ns, text[0] == '-' ? text + 1 : "its keeper died");
		return;
	}
	pid = (int)strtol(text + 1, NULL, 10);
	ns->fd = open_ns(pid, "net");
	if (geteuid() != 0)
		ns->user_fd = open_ns(pid, "user");
	if (ns->fd < 0 || (geteuid() != 0 && ns->user_fd < 0))
		not_made(ns, "its namespace cannot be opened");
	else
		made(ns);
}

static void
on_slow(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	not_made(w->data, "it took too long");
}

static bool
make_one(struct netpool *pool)
{
	struct netns *ns;
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		run_keeper(pool->policy, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return false;
	}
	ns = mem_zalloc(sizeof(*ns));
	ns->pool = pool;
	ns->fd = ns->user_fd = -1;
	ns->socket = fds[0];
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	ev_io_init(&ns->io, on_keeper_says, fds[0], EV_READ);
	ns->io.data = ns;
	ev_io_start(pool->loop, &ns->io);
	ev_child_init(&ns->child, on_keeper_exit, pid, 0);
	ns->child.data = ns;
	ev_child_start(pool->loop, &ns->child);
	ev_timer_init(&ns->timer, on_slow, READY_SECS, 0);
	ns->timer.data = ns;
	ev_timer_start(pool->loop, &ns->timer);
	TAILQ_INSERT_TAIL(&pool->making, ns, link);
	pool->making_count++;
	return true;
}

/* Makes what is waited for, and the spares. */
static void
fill(struct netpool *pool)
{
	size_t wanted = pool->waiting_count;

	if (!ev_is_active(&pool->retry))
		wanted += pool->spares;
	while (
	    pool->making_count + pool->ready_count < wanted && make_one(pool))
		;
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	fill(w->data);
}

struct netpool *
netpool_new(struct ev_loop *loop, const struct net_policy *policy,
    size_t spares)
{
	struct netpool *pool = mem_zalloc(sizeof(*pool));

	pool->loop = loop;
	pool->policy = policy;
	pool->spares = spares;
	TAILQ_INIT(&pool->making);
	TAILQ_INIT(&pool->ready);
	ev_timer_init(&pool->retry, on_retry, 0, 0);
	pool->retry.data = pool;
	fill(pool);
	return pool;
}

void
netpool_free(struct netpool *pool)
{
	struct netns *ns;

	if (pool == NULL)
		return;
	ev_timer_stop(pool->loop, &pool->retry);
	while ((ns = TAILQ_FIRST(&pool->making)) != NULL) {
		drop_making(ns);
		ev_child_stop(pool->loop, &ns->child);
		let_go(ns);
		free_ns(ns);
	}
	while ((ns = TAILQ_FIRST(&pool->ready)) != NULL) {
		TAILQ_REMOVE(&pool->ready, ns, link);
		ev_child_stop(pool->loop, &ns->child);
		let_go(ns);
		free_ns(ns);
	}
	free(pool);
}

void
netpool_get(struct netpool *pool, struct netpool_request *request)
{
	struct netns *ns = TAILQ_FIRST(&pool->ready);

	if (ns != NULL) {
		TAILQ_REMOVE(&pool->ready, ns, link);
		pool->ready_count--;
		fill(pool);
		request->on_ready(request->arg, ns, NULL);
		return;
	}
	if (pool->waiting_count == MAX_WAITING) {
		request->on_ready(request->arg, NULL, "too many are waiting");
		return;
	}
	pool->waiting[pool->waiting_count++] = request;
	fill(pool);
}

void
netpool_forget(struct netpool *pool, struct netpool_request *request)
{
	size_t kept = 0;

	for (size_t i = 0; i < pool->waiting_count; i++) {
		if (pool->waiting[i] != request)
			pool->waiting[kept++] = pool->waiting[i];
	}
	pool->waiting_count = kept;
}

bool
netns_enter(const struct netns *ns)
{
	if (ns->user_fd >= 0 && setns(ns->user_fd, CLONE_NEWUSER) != 0)
		return false;
	return setns(ns->fd, CLONE_NEWNET) == 0;
}

int
netns_fd(const struct netns *ns)
{
	return ns->fd;
}
