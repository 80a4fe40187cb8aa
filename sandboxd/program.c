/* Finding and running a system program: no shell, a clean environment, only
 * the descriptors 0-2, and an end after a time. */
#include "config.h"

#include "sandboxd/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"

#define SYSTEM_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

static void child(const struct program *p, int out) __attribute__((noreturn));
static bool read_line(int fd, int64_t deadline_ms, char *line, size_t size);
static int reap(pid_t pid);

bool
program_find(const char *name, char ret_path[PROGRAM_PATH_BYTES])
{
	const char *path = getenv("PATH");
	char try[PROGRAM_PATH_BYTES];

	if (path == NULL || path[0] == '\0')
		path = SYSTEM_PATH;
	while (*path != '\0') {
		size_t n = strcspn(path, ":");
		int len =
		    snprintf(try, sizeof(try), "%.*s/%s", (int)n, path, name);

		if (path[0] == '/' && len > 0 && (size_t)len < sizeof(try) &&
		    access(try, X_OK) == 0) {
			memcpy(ret_path, try, (size_t)len + 1);
			return true;
		}
		path += n;
		path += *path == ':';
	}
	return false;
}

int
program_run(const struct program *p, char *first_line, size_t size)
{
	int64_t deadline = clock_mono_ms() + p->timeout_secs * 1000;
	own_fd int from = -1;
	int ends[2];
	pid_t pid;

	first_line[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	from = ends[0];
	pid = fork();
	if (pid == 0)
		child(p, ends[1]);
	(void)close(ends[1]);
	if (pid < 0)
		return -1;
	if (!read_line(from, deadline, first_line, size)) {
		snprintf(first_line, size, "no answer in %d seconds",
		    p->timeout_secs);
		(void)kill(pid, SIGKILL);
		(void)reap(pid);
		return -1;
	}
	return reap(pid);
}

static void
child(const struct program *p, int out)
{
	static char locale[] = "LC_ALL=C", path[] = "PATH=" SYSTEM_PATH;
	static char *const env[] = { path, locale, NULL };
	int in = p->in >= 0 ? p->in : open("/dev/null", O_RDONLY | O_CLOEXEC);
	char *argv[64];
	size_t n = 0;

	if (dup2(in, 0) != 0 || dup2(out, 1) != 1 || dup2(out, 2) != 2)
		_exit(125);
	if (p->prepare != NULL && !p->prepare(p->arg))
		_exit(125);
	/* execve never writes to them. */
	for (; p->argv[n] != NULL && n < 63; n++)
		memcpy(&argv[n], &p->argv[n], sizeof(argv[n]));
	argv[n] = NULL;
	(void)execve(argv[0], argv, env);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(125);
}

/* Reads to the end of the file, which is also the end of the program and of
 * all that it started; false when the time is over. */
static bool
read_line(int fd, int64_t deadline_ms, char *line, size_t size)
{
	char block[512];
	size_t used = 0;
	bool ended = false;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline_ms - clock_mono_ms();
		ssize_t n;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return false;
		if (p.revents == 0)
			continue;
		n = read(fd, block, sizeof(block));
		if (n <= 0)
			return n == 0;
		for (ssize_t i = 0; i < n && !ended; i++) {
			ended = block[i] == '\n' || used + 1 >= size;
			if (!ended)
				line[used++] = block[i];
		}
		line[used] = '\0';
	}
}

static int
reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
