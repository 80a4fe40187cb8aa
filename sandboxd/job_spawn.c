/*
 * The process of a job: what the child does between fork and the backend.
 * The order matters: into the control group first, so that nothing it does
 * escapes the limits; then the network; then the backend, which gives up what
 * privileges are left.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "sandboxd/job_int.h"

#define EXIT_SETUP 125

static _Noreturn void
give_up(const char *what)
{
	dprintf(STDERR_FILENO, "sandbox: %s: %s\n", what, strerror(errno));
	_exit(EXIT_SETUP);
}

/* When memory of the whole machine runs out, a sandbox goes first. */
static void
be_a_victim(void)
{
	own_fd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)helper_write(fd, "800", 3);
}

static _Noreturn void
child(const struct job *job, pid_t parent, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	helper_child_begin(parent);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(EXIT_SETUP);
	(void)setsid();
	if (!cgroup_join(job->jobs->parts.cgroups, job->plan.name))
		give_up("control group");
	be_a_victim();
	if (job->net != NULL && !netns_enter(job->net))
		give_up("network namespace");
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
		give_up("descriptors");
	job->backend->exec(&job->plan);
	_exit(EXIT_SETUP);
}

bool
job_spawn(struct job *job, char why[SBX_WHY_BYTES])
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t parent = getpid(), pid = -1;

	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		child(job, parent, out[1], err[1]);
	own_fd_close(&out[1]);
	own_fd_close(&err[1]);
	if (pid < 0) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the sandbox's process cannot be made: %s",
		    strerror(errno));
		own_fd_close(&out[0]);
		own_fd_close(&err[0]);
		return false;
	}
	ev_child_set(&job->child, pid, 0);
	job_watch_begin(job, out[0], err[0]);
	return true;
}
