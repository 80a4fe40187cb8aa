/*
 * Listening.  Who connects is asked of the kernel; the mode of the socket is
 * only the first fence.
 */
#include "config.h"

#include "sandboxd/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sandboxd/server_int.h"
#include "sandboxd/space.h"

#define MAX_PEERS 64
#define TRASH_SECS 600.0

static const struct log_ctx log_server = { .component = "server" };

static int
listen_at(const struct server_spec *spec)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	bool ok;

	/* The pid file's lock says that nobody else listens there. */
	(void)unlink(spec->path);
	ok = mem_copy_str(address.sun_path, sizeof(address.sun_path),
		 spec->path) &&
	    fd >= 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	(void)umask(mask);
	if (ok && geteuid() == 0)
		ok = chown(spec->path, 0, spec->worker_gid) == 0;
	if (ok && chmod(spec->path, 0660) == 0 && listen(fd, 64) == 0)
		return fd;
	log_error(&log_server, "cannot listen", "path=%s errno=%d", spec->path,
	    errno);
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
is_welcome(const struct server *s, int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return false;
	if (who.uid == 0 || who.uid == s->spec.worker_uid)
		return true;
	log_warn(&log_server, "refused a connection", "uid=%u pid=%d",
	    (unsigned int)who.uid, (int)who.pid);
	return false;
}

static void
on_accept(struct ev_loop *loop, ev_io *w, int revents)
{
	struct server *s = w->data;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)loop;
	(void)revents;
	if (fd < 0)
		return;
	if (s->peer_count >= MAX_PEERS || !is_welcome(s, fd)) {
		close(fd);
		return;
	}
	peer_new(s, fd);
}

static int
run_take_out(void *arg, int fd)
{
	const struct server *s = arg;

	(void)fd;
	return space_take_out(s->spec.host->state_dir) ? 0 : 1;
}

static void
on_taken_out(void *arg, bool ok, const char *bytes, size_t n)
{
	struct server *s = arg;

	(void)bytes;
	(void)n;
	s->bin = NULL;
	if (!ok)
		log_warn(&log_server, "some dropped files are still there", "");
	if (s->bin_again) {
		s->bin_again = false;
		server_take_out(s);
	}
}

void
server_take_out(struct server *s)
{
	struct helper_spec spec = {
		.run = run_take_out,
		.run_arg = s,
		.max_bytes = 16,
		.timeout_secs = TRASH_SECS,
		.on_done = on_taken_out,
		.arg = s,
	};

	if (s->bin != NULL)
		s->bin_again = true;
	else
		s->bin = helper_start(s->spec.loop, &spec);
}

struct server *
server_new(const struct server_spec *spec)
{
	struct server *s = mem_zalloc(sizeof(*s));

	s->spec = *spec;
	LIST_INIT(&s->peers);
	s->fd = listen_at(spec);
	if (s->fd < 0) {
		free(s);
		return NULL;
	}
	ev_io_init(&s->accept, on_accept, s->fd, EV_READ);
	s->accept.data = s;
	ev_io_start(spec->loop, &s->accept);
	server_take_out(s);
	return s;
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	while (!LIST_EMPTY(&s->peers))
		peer_free(LIST_FIRST(&s->peers));
	helper_cancel(s->bin);
	ev_io_stop(s->spec.loop, &s->accept);
	close(s->fd);
	(void)unlink(s->spec.path);
	free(s);
}
