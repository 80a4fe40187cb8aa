/*
 * The guard waits for the end of a pipe whose other end only the daemon has.
 * Then it sweeps the daemon's control groups, under the daemon's lock: a new
 * daemon must not lose what it has just started.
 */
#include "config.h"

#include "sandboxd/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "sandboxd/helper.h"

#define LOCK_TRIES 800 /* of 10 ms: a sweep takes five seconds at most */

int
guard_lock(const char *path, bool wait)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const struct timespec pause = { 0, 10 * 1000000 };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	for (int i = 0; fd >= 0; i++) {
		if (fcntl(fd, F_SETLK, &lock) == 0)
			return fd;
		if (!wait || i == LOCK_TRIES)
			break;
		(void)nanosleep(&pause, NULL);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static _Noreturn void
watch(const struct cgroups *cgroups, const char *lock_path, int fd)
{
	bool clean;
	char c;

	helper_child_begin(0);
	(void)signal(SIGTERM, SIG_IGN); /* a whole group may get it */
	(void)signal(SIGINT, SIG_IGN);
	(void)setsid();
	if (fd > 3)
		(void)close_range(3, (unsigned int)fd - 1, 0);
	(void)close_range((unsigned int)fd + 1, ~0u, 0);
	while (read(fd, &c, 1) < 0 && errno == EINTR)
		;
	if (guard_lock(lock_path, false) >= 0)
		(void)cgroups_sweep(cgroups, &clean);
	_exit(0);
}

bool
guard_start(const struct cgroups *cgroups, const char *lock_path)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(fds[1]);
		watch(cgroups, lock_path, fds[0]);
	}
	close(fds[0]);
	/* The other end stays open for as long as we live. */
	return pid > 0;
}
