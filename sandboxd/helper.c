/*
 * Helpers.  The answer is complete when the pipe ends; the child is waited
 * for apart from that, and the helper is done when both have happened.
 */
#include "config.h"

#include "sandboxd/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/txt.h"

struct helper {
	struct ev_loop *loop;
	struct helper_spec spec;
	int fd; /* -1 after its end */
	ev_io io;
	ev_child child;
	ev_timer timer;
	bool exited, canceled, failed;
	struct txt bytes;
};

void
helper_child_begin(pid_t parent)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, parent == 0 ? 0 : SIGKILL);
	/* It may have died before it could be watched. */
	if (parent != 0 && getppid() != parent)
		_exit(1);
}

bool
helper_write(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static void
finish(struct helper *h)
{
	bool ok;

	if (!h->exited || h->fd >= 0)
		return;
	ev_timer_stop(h->loop, &h->timer);
	ok = !h->failed && !h->bytes.overflowed;
	if (!h->canceled)
		h->spec.on_done(h->spec.arg, ok, txt_str(&h->bytes),
		    h->bytes.len);
	txt_done(&h->bytes);
	free(h);
}

static void
close_pipe(struct helper *h)
{
	ev_io_stop(h->loop, &h->io);
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

static void
on_bytes(struct ev_loop *loop, ev_io *w, int revents)
{
	struct helper *h = w->data;
	char part[65536];
	ssize_t n = read(h->fd, part, sizeof(part));

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		txt_append_n(&h->bytes, part, (size_t)n);
	if (n > 0 && !h->bytes.overflowed)
		return;
	close_pipe(h);
	finish(h);
}

static void
on_exit_of(struct ev_loop *loop, ev_child *w, int revents)
{
	struct helper *h = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	h->exited = true;
	h->failed |= !WIFEXITED(w->rstatus) || WEXITSTATUS(w->rstatus) != 0;
	finish(h);
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct helper *h = w->data;

	(void)loop;
	(void)revents;
	h->failed = true;
	(void)kill(h->child.pid, SIGKILL);
	close_pipe(h);
}

static void
watch(struct helper *h, int fd, pid_t pid)
{
	h->fd = fd;
	txt_init(&h->bytes, h->spec.max_bytes);
	ev_io_init(&h->io, on_bytes, fd, EV_READ);
	h->io.data = h;
	ev_io_start(h->loop, &h->io);
	ev_child_init(&h->child, on_exit_of, pid, 0);
	h->child.data = h;
	ev_child_start(h->loop, &h->child);
	ev_timer_init(&h->timer, on_timeout, h->spec.timeout_secs, 0);
	h->timer.data = h;
	ev_timer_start(h->loop, &h->timer);
}

struct helper *
helper_start(struct ev_loop *loop, const struct helper_spec *spec)
{
	struct helper *h;
	int fds[2];
	pid_t parent, pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return NULL;
	parent = getpid();
	pid = fork();
	if (pid == 0) {
		helper_child_begin(parent);
		close(fds[0]);
		_exit(spec->run(spec->run_arg, fds[1]));
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return NULL;
	}
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	h = mem_zalloc(sizeof(*h));
	h->loop = loop;
	h->spec = *spec;
	watch(h, fds[0], pid);
	return h;
}

void
helper_cancel(struct helper *h)
{
	if (h == NULL)
		return;
	h->canceled = true;
	ev_timer_stop(h->loop, &h->timer);
	(void)kill(h->child.pid, SIGKILL);
	close_pipe(h);
	finish(h);
}
