/*
 * The listening socket.
 *
 * Called by the master once.  Made by hand and not with FCGX_OpenSocket,
 * which removes whatever is at the path and leaves the mode to the umask.
 */
#include "config.h"

#include "fcgi/listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"

#define BACKLOG 1024
/* The children of a killed master drain for at most 20 s. */
#define PREDECESSOR_MS 25000

static const struct log_ctx log_listen = { .component = "fcgi.master" };

static bool
fail(const char *path, const char *what)
{
	log_error(&log_listen, what, "path=%s errno=%d", path, errno);
	return false;
}

/* Does somebody still accept at ADDR? */
static bool
is_served(const struct sockaddr_un *addr)
{
	own_fd int fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return true;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0)
		return true;
	return errno != ECONNREFUSED && errno != ENOENT;
}

/* Removes a socket left behind; never anything else. */
static bool
clear_path(const struct sockaddr_un *addr)
{
	struct timespec tick = { .tv_nsec = 200 * 1000 * 1000 };
	int64_t deadline = clock_mono_ms() + PREDECESSOR_MS;
	struct stat st;

	if (lstat(addr->sun_path, &st) != 0)
		return errno == ENOENT ||
		    fail(addr->sun_path, "cannot look at the socket's path");
	if (!S_ISSOCK(st.st_mode))
		return fail(addr->sun_path,
		    "fcgi.socket exists and is no socket");
	while (is_served(addr)) {
		if (clock_mono_ms() > deadline)
			return fail(addr->sun_path,
			    "fcgi.socket is served by another process");
		nanosleep(&tick, NULL);
	}
	if (unlink(addr->sun_path) != 0 && errno != ENOENT)
		return fail(addr->sun_path, "cannot remove the old socket");
	return true;
}

static bool
bind_and_listen(int fd, const struct sockaddr_un *addr)
{
	mode_t before = umask(0117);
	int bound = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));

	umask(before);
	return bound == 0 && listen(fd, BACKLOG) == 0;
}

bool
listen_socket_open(struct listen_socket *s, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	s->path = path;
	s->fd = -1;
	if (!mem_copy_str(addr.sun_path, sizeof(addr.sun_path), path))
		return fail(path, "fcgi.socket is too long for a Unix socket");
	if (!clear_path(&addr))
		return false;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd >= 0 && bind_and_listen(s->fd, &addr) &&
	    lstat(path, &s->made) == 0)
		return true;
	(void)fail(path, "cannot listen on fcgi.socket");
	own_fd_close(&s->fd);
	return false;
}

void
listen_socket_close(struct listen_socket *s)
{
	struct stat now;

	if (lstat(s->path, &now) == 0 && now.st_ino == s->made.st_ino &&
	    now.st_dev == s->made.st_dev)
		unlink(s->path);
	own_fd_close(&s->fd);
}
