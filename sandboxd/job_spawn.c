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
#include <sys/mount.h>
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

void
job_be_a_victim(void)
{
	own_fd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)helper_write(fd, "800", 3);
}

static _Noreturn void
child(const struct job *job, pid_t parent, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct sbx_backend *backend = job->backend;
	void *stage = NULL;

	helper_child_begin(parent);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(EXIT_SETUP);
	(void)setsid();
	if (!cgroup_join(job->jobs->parts.cgroups, job->plan.name))
		give_up("control group");
	job_be_a_victim();
	if (job->net != NULL && !netns_enter(job->net))
		give_up("network namespace");
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
		give_up("descriptors");
	if (backend->prepare != NULL)
		stage = backend->prepare(job->plan.host);
	backend->exec(&job->plan, stage);
	_exit(EXIT_SETUP);
}

/* In the cell that waits for it, or in a fork of ours; its pid or -1. */
static pid_t
make_process(struct job *job, int out, int err)
{
	const int fds[] = { out, err, job->plan.tree_fd };
	struct sbx_text body = { job->body, job->body_bytes };
	pid_t parent = getpid(), pid = job->cell.pid;

	if (pid != 0) {
		if (!cell_start(&job->cell, &job->plan, body, fds))
			return -1;
		job->cell.pid = 0;
		return pid;
	}
	pid = fork();
	if (pid == 0)
		child(job, parent, out, err);
	return pid;
}

/* The workspace as a mount without a place, for whoever has another view of
 * the machine by now. */
static bool
open_workspace(struct job *job)
{
	struct sbx_plan *plan = &job->plan;

	if (job->backend->prepare == NULL || !plan->host->privileged)
		return true;
	plan->tree_fd = open_tree(plan->workspace_fd, "",
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return plan->tree_fd >= 0;
}

bool
job_spawn(struct job *job, char why[SBX_WHY_BYTES])
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t pid = -1;

	if (open_workspace(job) && pipe2(out, O_CLOEXEC) == 0 &&
	    pipe2(err, O_CLOEXEC) == 0)
		pid = make_process(job, out[1], err[1]);
	if (pid < 0)
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the sandbox's process cannot be made: %s",
		    strerror(errno));
	own_fd_close(&out[1]);
	own_fd_close(&err[1]);
	own_fd_close(&job->plan.tree_fd);
	if (pid < 0) {
		own_fd_close(&out[0]);
		own_fd_close(&err[0]);
		return false;
	}
	ev_child_set(&job->child, pid, 0);
	job_watch_begin(job, out[0], err[0]);
	return true;
}
