/*
 * Cells.  The order goes through a memory file, so that no write of the
 * daemon's can block: the plan as it lies in memory, the texts it points to,
 * the body of the frame.  The reader is a fork of the writer.
 */
#include "config.h"

#include "sandboxd/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "sandbox/sbx_wire.h"
#include "sandboxd/helper.h"
#include "sandboxd/job_int.h"

#define EXIT_SETUP 125
#define LATER_SECS 0.05 /* a command that has just begun goes first */
#define AGAIN_SECS 30.0 /* after one that failed */
#define ORDER_FDS 5     /* order, output, errors, workspace, network */

struct order {
	struct sbx_plan plan;
	char image[SBX_MAX_IMAGE + 1];
	char workspace[SPACE_PATH_BYTES];
	char cgroup[256];
};

struct cells {
	struct cells_spec spec;
	const struct sbx_backend *backend; /* of the cell there is */
	struct cell cell;
	bool is_ready;
	unsigned long serial;
	ev_io io; /* it says that it is ready, or ends */
	ev_timer later;
};

/* ---- in the cell -------------------------------------------------------- */

static bool
receive(int socket, int fds[ORDER_FDS])
{
	char byte, room[CMSG_SPACE(ORDER_FDS * sizeof(int))];
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	c = n == 1 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		return false;
	fds[ORDER_FDS - 1] = -1;
	memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return true;
}

/* Reads the order; the plan's pointers become those of this process. */
static bool
order_read(int fd, struct order *order, struct sbx_run *run)
{
	struct sbx_text body;
	struct stat st;
	char *map;

	if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof(*order))
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	memcpy(order, map, sizeof(*order));
	body.p = map + sizeof(*order);
	body.n = (size_t)st.st_size - sizeof(*order);
	order->plan.run = run;
	order->plan.image = order->image;
	order->plan.workspace = order->workspace;
	order->plan.cgroup = order->cgroup;
	return sbx_get_run(body, run);
}

static _Noreturn void
become(const struct sbx_backend *backend, void *stage, const int *fds)
{
	struct order *order = mem_zalloc(sizeof(*order));
	struct sbx_run *run = mem_zalloc(sizeof(*run));

	if (dup2(fds[1], STDOUT_FILENO) < 0 || dup2(fds[2], STDERR_FILENO) < 0)
		_exit(EXIT_SETUP);
	if (!order_read(fds[0], order, run) ||
	    (fds[4] >= 0 && setns(fds[4], CLONE_NEWNET) != 0) ||
	    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {
		dprintf(STDERR_FILENO, "sandbox: its cell: %s\n",
		    strerror(errno));
		_exit(EXIT_SETUP);
	}
	order->plan.workspace_fd = -1;
	order->plan.tree_fd = fds[3];
	order->plan.netns_fd = fds[4];
	backend->exec(&order->plan, stage);
	_exit(EXIT_SETUP);
}

static _Noreturn void
wait_there(const struct cells *cells, pid_t parent, int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fds[ORDER_FDS];
	void *stage;

	helper_child_begin(parent);
	/* Copies of others' pipes would keep their ends from being seen. */
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0 || dup2(socket, 3) < 0 ||
	    close_range(4, ~0u, 0) != 0)
		_exit(EXIT_SETUP);
	(void)fcntl(3, F_SETFD, FD_CLOEXEC);
	(void)setsid();
	if (!cgroup_join(cells->spec.cgroups, cells->cell.name))
		_exit(EXIT_SETUP);
	job_be_a_victim();
	stage = cells->backend->prepare(cells->spec.host);
	if (stage == NULL || write(3, "+", 1) != 1 || !receive(3, fds))
		_exit(EXIT_SETUP);
	become(cells->backend, stage, fds);
}

/* ---- in the daemon ------------------------------------------------------ */

void
cell_drop(struct cell *cell)
{
	if (cell->pid != 0)
		close(cell->socket);
	cell->pid = 0;
}

static void
later(struct cells *cells, double secs)
{
	ev_timer_stop(cells->spec.loop, &cells->later);
	ev_timer_set(&cells->later, secs, 0);
	ev_timer_start(cells->spec.loop, &cells->later);
}

/* Its group goes when it has no member any more. */
static void
discard(struct cells *cells)
{
	struct cell *cell = &cells->cell;
	pid_t pid = cell->pid;

	if (pid == 0)
		return;
	ev_io_stop(cells->spec.loop, &cells->io);
	cell_drop(cell);
	(void)kill(pid, SIGKILL);
	for (int i = 0;
	     i < 200 && !cgroup_is_empty(cells->spec.cgroups, cell->name); i++)
		(void)usleep(1000);
	(void)cgroup_remove(cells->spec.cgroups, cell->name);
	cells->is_ready = false;
}

static void
on_says(struct ev_loop *loop, ev_io *w, int revents)
{
	struct cells *cells = w->data;
	char c;

	(void)revents;
	if (read(cells->cell.socket, &c, 1) == 1) {
		cells->is_ready = true;
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	ev_io_stop(loop, w);
	discard(cells);
	later(cells, AGAIN_SECS);
}

static void
make(struct cells *cells)
{
	const struct cells_spec *spec = &cells->spec;
	struct cell *cell = &cells->cell;
	char why[CGROUP_WHY_BYTES];
	pid_t parent = getpid(), pid;
	int fds[2];

	(void)snprintf(cell->name, sizeof(cell->name), "%.20sspare-%lx",
	    spec->host->prefix, ++cells->serial);
	if (cgroup_make(spec->cgroups, cell->name, spec->limits, why) != ST_OK)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
		(void)cgroup_remove(spec->cgroups, cell->name);
		return;
	}
	pid = fork();
	if (pid == 0)
		wait_there(cells, parent, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		(void)cgroup_remove(spec->cgroups, cell->name);
		return;
	}
	cell->pid = pid;
	cell->socket = fds[0];
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	ev_io_set(&cells->io, fds[0], EV_READ);
	ev_io_start(spec->loop, &cells->io);
}

static void
on_later(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct cells *cells = w->data;

	(void)loop;
	(void)revents;
	if (cells->cell.pid == 0)
		make(cells);
}

struct cells *
cells_new(const struct cells_spec *spec)
{
	struct cells *cells = mem_zalloc(sizeof(*cells));

	cells->spec = *spec;
	ev_init(&cells->io, on_says);
	cells->io.data = cells;
	ev_init(&cells->later, on_later);
	cells->later.data = cells;
	return cells;
}

void
cells_free(struct cells *cells)
{
	if (cells == NULL)
		return;
	ev_timer_stop(cells->spec.loop, &cells->later);
	discard(cells);
	free(cells);
}

bool
cells_take(struct cells *cells, const struct sbx_backend *backend,
    struct cell *ret)
{
	bool fits;

	if (cells == NULL || backend->prepare == NULL ||
	    !cells->spec.host->privileged)
		return false;
	fits = cells->is_ready && cells->backend == backend;
	if (fits) {
		*ret = cells->cell;
		ev_io_stop(cells->spec.loop, &cells->io);
		memset(&cells->cell, 0, sizeof(cells->cell));
		cells->is_ready = false;
	}
	if (cells->cell.pid == 0) {
		cells->backend = backend;
		later(cells, LATER_SECS);
	}
	return fits;
}

static bool
order_write(int fd, const struct sbx_plan *plan, struct sbx_text body)
{
	own_mem struct order *order = mem_zalloc(sizeof(*order));

	order->plan = *plan;
	return mem_copy_str(order->image, sizeof(order->image), plan->image) &&
	    mem_copy_str(order->workspace, sizeof(order->workspace),
		plan->workspace) &&
	    mem_copy_str(order->cgroup, sizeof(order->cgroup), plan->cgroup) &&
	    helper_write(fd, (const char *)order, sizeof(*order)) &&
	    helper_write(fd, body.p, body.n);
}

bool
cell_start(struct cell *cell, const struct sbx_plan *plan, struct sbx_text body,
    const int fds[3])
{
	char byte = 0, room[CMSG_SPACE(ORDER_FDS * sizeof(int))] = { 0 };
	size_t n = plan->netns_fd >= 0 ? ORDER_FDS : ORDER_FDS - 1;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	own_fd int order = memfd_create("order", MFD_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int all[ORDER_FDS] = { order, fds[0], fds[1], fds[2], plan->netns_fd };
	bool sent;

	if (order < 0 || !order_write(order, plan, body))
		return false;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), all, n * sizeof(int));
	sent = sendmsg(cell->socket, &m, MSG_NOSIGNAL) == 1;
	if (sent) {
		close(cell->socket);
		cell->socket = -1;
	}
	return sent;
}
