/*
 * What is watched while a command runs: its two outputs, and how much its
 * workspace holds.  The disk is counted from time to time by a helper, more
 * seldom the longer counting takes; a command is ended when the count is over
 * the limit and not going down.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "sandboxd/fileop.h"
#include "sandboxd/job_int.h"
#include "sandboxd/walk.h"

#define MAX_DRAIN (16u << 20) /* of one stream (S39) */
#define DISK_SECS 0.25
#define DISK_MAX_SECS 2.0
#define DISK_SHARE 4.0 /* pause so many times as long as counting took */
#define DISK_COUNT_SECS 20.0
#define EMPTYING_MS 5000
#define OVER 4 /* counts stop at so many times the limit */

static void
pass_on(struct job_pipe *p, struct sbx_text bytes)
{
	struct job *job = p->job;

	if (bytes.n > 0 && job->events != NULL)
		job->events->on_output(job->arg, p->is_err, bytes);
}

static void
close_pipe(struct job_pipe *p)
{
	if (p->fd < 0)
		return;
	ev_io_stop(p->job->jobs->parts.loop, &p->io);
	close(p->fd);
	p->fd = -1;
}

static void
on_bytes(struct ev_loop *loop, ev_io *w, int revents)
{
	struct job_pipe *p = w->data;
	struct job *job = p->job;
	ssize_t n = read(p->fd, stream_room(&p->stream), STREAM_PART_BYTES);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		pass_on(p, stream_take(&p->stream, (size_t)n));
		if (p->stream.seen > MAX_DRAIN && !job->result.output_flood) {
			job->result.output_flood = true;
			job_stop(job);
		}
		return;
	}
	pass_on(p, stream_end(&p->stream));
	close_pipe(p);
	job_look(job);
}

static void
open_pipe(struct job *job, struct job_pipe *p, int fd, bool is_err)
{
	p->job = job;
	p->fd = fd;
	p->is_err = is_err;
	stream_init(&p->stream, job->plan.limits.output_bytes);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	ev_io_init(&p->io, on_bytes, fd, EV_READ);
	p->io.data = p;
	if (!job->paused)
		ev_io_start(job->jobs->parts.loop, &p->io);
}

static void
pause_pipe(struct job_pipe *p, bool paused)
{
	if (p->fd < 0)
		return;
	if (paused)
		ev_io_stop(p->job->jobs->parts.loop, &p->io);
	else
		ev_io_start(p->job->jobs->parts.loop, &p->io);
}

void
job_pause(struct job *job, bool paused)
{
	if (job->paused == paused)
		return;
	job->paused = paused;
	pause_pipe(&job->out, paused);
	pause_pipe(&job->err, paused);
}

static int
run_count(void *arg, int fd)
{
	const struct job *job = arg;
	struct walk_usage most = { job->plan.limits.disk_bytes * OVER,
		FILEOP_MAX_FILES * OVER };
	struct walk_usage now;
	char text[64];
	int n;

	(void)setpriority(PRIO_PROCESS, 0, 5);
	now = walk_usage_get(job->plan.workspace_fd, &most);
	/* So many files are as bad as so many bytes. */
	if (now.files > FILEOP_MAX_FILES &&
	    now.bytes <= job->plan.limits.disk_bytes)
		now.bytes = job->plan.limits.disk_bytes + now.files;
	n = snprintf(text, sizeof(text), "%llu", (unsigned long long)now.bytes);
	return helper_write(fd, text, (size_t)n) ? 0 : 1;
}

static void
wait_disk(struct job *job, double secs)
{
	ev_timer_stop(job->jobs->parts.loop, &job->disk_timer);
	ev_timer_set(&job->disk_timer, secs, 0);
	ev_timer_start(job->jobs->parts.loop, &job->disk_timer);
}

/* A workspace that was full before gets some time to be emptied: engines take
 * theirs to start. */
static bool
may_wait(const struct job *job, uint64_t now)
{
	return job->was_full && now <= job->disk_bytes &&
	    clock_mono_ms() - job->started_ms < EMPTYING_MS;
}

static void
on_counted(void *arg, bool ok, const char *bytes, size_t n)
{
	struct job *job = arg;
	double took = (double)(clock_mono_ms() - job->disk_began_ms) / 1000;
	uint64_t limit = job->plan.limits.disk_bytes, now = limit * OVER;

	job->disk = NULL;
	if (ok && n > 0)
		now = strtoull(bytes, NULL, 10);
	if (now <= limit)
		job->disk_bytes = 0;
	else if (now >= limit * OVER ||
	    (job->disk_bytes > 0 && now >= job->disk_bytes &&
		!may_wait(job, now))) {
		job->result.disk_full = true;
		job_stop(job);
		return;
	} else {
		job->was_full |= !job->disk_counted;
		job->disk_bytes = now;
	}
	job->disk_counted = true;
	took *= DISK_SHARE;
	if (took < DISK_SECS)
		took = DISK_SECS;
	wait_disk(job, took > DISK_MAX_SECS ? DISK_MAX_SECS : took);
}

static void
on_disk(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct job *job = w->data;
	struct helper_spec spec = {
		.run = run_count,
		.run_arg = job,
		.max_bytes = 64,
		.timeout_secs = DISK_COUNT_SECS,
		.on_done = on_counted,
		.arg = job,
	};

	(void)revents;
	job->disk_began_ms = clock_mono_ms();
	job->disk = helper_start(loop, &spec);
	if (job->disk == NULL)
		wait_disk(job, DISK_SECS);
}

void
job_watch_begin(struct job *job, int out, int err)
{
	open_pipe(job, &job->out, out, false);
	open_pipe(job, &job->err, err, true);
	ev_timer_init(&job->disk_timer, on_disk, DISK_SECS, 0);
	job->disk_timer.data = job;
	ev_timer_start(job->jobs->parts.loop, &job->disk_timer);
}

void
job_watch_end(struct job *job)
{
	close_pipe(&job->out);
	close_pipe(&job->err);
	ev_timer_stop(job->jobs->parts.loop, &job->disk_timer);
	helper_cancel(job->disk);
	job->disk = NULL;
}

bool
job_watch_is_over(const struct job *job)
{
	return job->out.fd < 0 && job->err.fd < 0;
}
