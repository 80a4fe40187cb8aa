/*
 * The pid file.
 *
 * Locked for as long as the program lives, so that a file left behind by a
 * crash means nothing.  Children do not inherit the lock: POSIX record locks
 * belong to the process.  Never open the file a second time here: closing
 * any descriptor of it would drop the lock.
 */
#include "config.h"

#include "base/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static const struct log_ctx log_pidfile = { .component = "pidfile" };

static bool
fail(struct pidfile *p, const char *what)
{
	log_error(&log_pidfile, what, "path=%s errno=%d", p->path, errno);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	return false;
}

/* Is the locked file still the one of that name?  The holder before us may
 * have removed it after we had opened it. */
static bool
is_current(const struct pidfile *p)
{
	struct stat held, named;

	return fstat(p->fd, &held) == 0 && stat(p->path, &named) == 0 &&
	    held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

bool
pidfile_open(struct pidfile *p, const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char text[24];
	int n;

	p->fd = -1;
	p->path = path;
	if (path == NULL)
		return true;
	p->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (p->fd < 0)
		return fail(p, "cannot open the pid file");
	if (fcntl(p->fd, F_SETLK, &lock) != 0)
		return fail(p, "another process of this program holds it");
	if (!is_current(p))
		return fail(p, "another process of this program just ended");
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(p->fd, 0) != 0 || write(p->fd, text, (size_t)n) != n)
		return fail(p, "cannot write the pid file");
	return true;
}

void
pidfile_close(struct pidfile *p)
{
	if (p->fd < 0)
		return;
	unlink(p->path);
	close(p->fd);
	p->fd = -1;
}
