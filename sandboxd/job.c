/*
 * The life of a job.
 *
 * However it ends - by itself, by its timeout, by its caller, by a limit - the
 * way leads through JOB_KILL, where everything in its control group is killed
 * until nothing is left, and only then is the end told.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandboxd/job_int.h"

#define QUEUE_SECS 60.0
#define NET_SECS 15.0
#define TERM_SECS 2.0
#define LOOK_SECS 0.005
#define FIRST_LOOKS_SECS 0.001 /* most are gone at once */
#define FIRST_LOOKS 10
#define PIPE_LOOKS 200   /* 1 s for pipes to end when the group is empty */
#define STUCK_LOOKS 2000 /* 10 s */
#define CLEANUP_SECS 15.0

static void on_deadline(struct ev_loop *loop, ev_timer *w, int revents);

static bool
may_enter(enum job_state from, enum job_state to)
{
	static const unsigned char edges[] = {
		[JOB_NEW] = 1 << JOB_QUEUED | 1 << JOB_CLEAN,
		[JOB_QUEUED] = 1 << JOB_NET | 1 << JOB_RUNNING | 1 << JOB_CLEAN,
		[JOB_NET] = 1 << JOB_RUNNING | 1 << JOB_CLEAN,
		[JOB_RUNNING] = 1 << JOB_TERM | 1 << JOB_KILL,
		[JOB_TERM] = 1 << JOB_KILL,
		[JOB_KILL] = 1 << JOB_CLEAN,
		[JOB_CLEAN] = 0,
	};

	return (edges[from] & 1u << to) != 0;
}

static void
set_deadline(struct job *job, double secs, double repeat)
{
	struct ev_loop *loop = job->jobs->parts.loop;

	ev_timer_stop(loop, &job->deadline);
	ev_now_update(loop);
	ev_timer_init(&job->deadline, on_deadline, secs, repeat);
	job->deadline.data = job;
	ev_timer_start(loop, &job->deadline);
}

static void
job_enter(struct job *job, enum job_state to)
{
	if (!may_enter(job->state, to))
		abort();
	log_debug(&job->log, "job", "from=%d to=%d", (int)job->state, (int)to);
	job->state = to;
	job->looks = 0;
	switch (to) {
	case JOB_NEW:
		break;
	case JOB_QUEUED:
		set_deadline(job, QUEUE_SECS, 0);
		break;
	case JOB_NET:
		set_deadline(job, NET_SECS, 0);
		break;
	case JOB_RUNNING:
		set_deadline(job, job->run.timeout_secs, 0);
		break;
	case JOB_TERM:
		set_deadline(job, TERM_SECS, 0);
		break;
	case JOB_KILL:
	case JOB_CLEAN:
		set_deadline(job, FIRST_LOOKS_SECS, FIRST_LOOKS_SECS);
		break;
	}
}

/* Queued jobs have no place, all later ones do until they are removed. */
static void
count_in(struct job *job)
{
	if (job->has_place)
		return;
	job->has_place = true;
	job->jobs->count.queued--;
	job->jobs->count.running++;
}

void
job_begin(struct job *job, const struct job_events *events, void *arg)
{
	job->events = events;
	job->arg = arg;
	if (job->run.timeout_secs == 0)
		job->run.timeout_secs = SBX_TIMEOUT_SECS;
	job->jobs->count.queued++;
	job_enter(job, JOB_QUEUED);
	jobs_next(job->jobs);
}

static void
on_cleaned(void *arg, bool ok, const char *bytes, size_t n)
{
	struct job *job = arg;

	(void)bytes;
	(void)n;
	job->cleanup = NULL;
	job->is_cleaned = true;
	if (!ok)
		log_warn(&job->log, "the backend could not clean up", "name=%s",
		    job->plan.name);
}

static int
run_cleanup(void *arg, int fd)
{
	const struct job *job = arg;

	(void)fd;
	job->backend->cleanup(job->plan.host, job->plan.name);
	return 0;
}

/* From here on only traces are removed. */
static void
begin_clean(struct job *job)
{
	struct helper_spec spec = {
		.run = run_cleanup,
		.run_arg = job,
		.max_bytes = 4096,
		.timeout_secs = CLEANUP_SECS,
		.on_done = on_cleaned,
		.arg = job,
	};

	netns_release(job->net);
	job->net = NULL;
	cell_drop(&job->cell); /* that did not begin */
	job_watch_end(job);
	if (job->backend->cleanup != NULL && job->child.pid != 0)
		job->cleanup = helper_start(job->jobs->parts.loop, &spec);
	job->is_cleaned = job->cleanup == NULL;
	job_enter(job, JOB_CLEAN);
	job_look(job);
}

void
job_fail(struct job *job, enum status st, const char *text)
{
	const struct job_events *events = job->events;

	job->events = NULL;
	count_in(job);
	if (job->state == JOB_NET)
		netpool_forget(job->jobs->parts.net, &job->net_request);
	if (events != NULL)
		events->on_error(job->arg, st, text);
	begin_clean(job);
}

static void
on_child(struct ev_loop *loop, ev_child *w, int revents)
{
	struct job *job = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	job->child_gone = true;
	job->result.exit_code = WIFSIGNALED(w->rstatus)
	    ? 128 + WTERMSIG(w->rstatus)
	    : WEXITSTATUS(w->rstatus);
	job->result.wall_ms = (uint64_t)(clock_mono_ms() - job->started_ms);
	if (job->state != JOB_KILL)
		job_enter(job, JOB_KILL);
	job_look(job);
}

static void
run_it(struct job *job)
{
	char why[SBX_WHY_BYTES];

	job->started_ms = clock_mono_ms();
	if (!job_spawn(job, why)) {
		job_fail(job, ST_UNAVAILABLE, why);
		return;
	}
	ev_set_cb(&job->child, on_child);
	job->child.data = job;
	ev_child_start(job->jobs->parts.loop, &job->child);
	job_enter(job, JOB_RUNNING);
	if (job->events != NULL)
		job->events->on_started(job->arg);
}

static void
on_net(void *arg, struct netns *ns, const char *why)
{
	struct job *job = arg;
	char text[SBX_WHY_BYTES];

	if (ns == NULL) {
		(void)snprintf(text, sizeof(text),
		    "no network for the sandbox: %.120s", why);
		job_fail(job, ST_UNAVAILABLE, text);
		return;
	}
	job->net = ns;
	job->plan.netns_fd = netns_fd(ns);
	run_it(job);
}

/* A group of its own, or that of a cell with the process in it. */
static bool
prepare_group(struct job *job, char why[SBX_WHY_BYTES])
{
	const struct jobs_parts *parts = &job->jobs->parts;
	const struct sbx_limits *most = &job->jobs->limits.job;
	struct sbx_plan *plan = &job->plan;

	if (cells_take(parts->cells, job->backend, &job->cell)) {
		job->has_cgroup = true;
		(void)mem_copy_str(plan->name, sizeof(plan->name),
		    job->cell.name);
		cgroup_path(parts->cgroups, plan->name, job->cgroup,
		    sizeof(job->cgroup));
		if (plan->limits.memory_bytes == most->memory_bytes &&
		    plan->limits.cpu_millis == most->cpu_millis &&
		    plan->limits.pids == most->pids)
			return true;
	}
	/* What is there gets these limits. */
	job->has_cgroup = true;
	return cgroup_make(parts->cgroups, plan->name, &plan->limits, why) ==
	    ST_OK;
}

/* User, folder and control group.  false with WHY. */
static bool
prepare(struct job *job, char why[SBX_WHY_BYTES])
{
	const struct jobs_parts *parts = &job->jobs->parts;
	struct sbx_plan *plan = &job->plan;
	struct space_id id = { job->run.account, job->run.session };
	const char *dir = parts->host->state_dir;

	if (ident_uid(parts->idents, job->run.account, &plan->uid) != ST_OK) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the account cannot be given a user of its own");
		return false;
	}
	plan->gid = parts->host->privileged ? (gid_t)plan->uid : getegid();
	if (space_open(dir, id, plan->uid, true, &plan->workspace_fd) !=
		ST_OK ||
	    !space_path(dir, id, job->workspace)) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the session's folder cannot be used");
		return false;
	}
	return prepare_group(job, why);
}

void
job_launch(struct job *job)
{
	char why[SBX_WHY_BYTES];

	if (!prepare(job, why)) {
		job_fail(job, ST_UNAVAILABLE, why);
		return;
	}
	count_in(job);
	if (!job->plan.network) {
		run_it(job);
		return;
	}
	job_enter(job, JOB_NET);
	job->net_request.on_ready = on_net;
	job->net_request.arg = job;
	netpool_get(job->jobs->parts.net, &job->net_request);
}

static void
kill_all(struct job *job)
{
	if (job->has_cgroup)
		cgroup_kill(job->jobs->parts.cgroups, job->plan.name);
	/* It may not have entered its group yet. */
	if (!job->child_gone && job->child.pid > 0)
		(void)kill(job->child.pid, SIGKILL);
}

void
job_stop(struct job *job)
{
	switch (job->state) {
	case JOB_NEW:
		job->jobs->count.queued++;
		count_in(job);
		begin_clean(job);
		break;
	case JOB_QUEUED:
	case JOB_NET:
		job_fail(job, ST_CONFLICT, "the command was canceled");
		break;
	case JOB_RUNNING:
	case JOB_TERM:
		job->was_killed = true;
		job_enter(job, JOB_KILL);
		kill_all(job);
		break;
	case JOB_KILL:
	case JOB_CLEAN:
		break;
	}
}

void
job_kill(struct job *job)
{
	job->result.canceled = job->state != JOB_KILL || job->result.canceled;
	job_stop(job);
}

void
job_forget(struct job *job)
{
	job->events = NULL;
	job_stop(job);
}

static void
tell_end(struct job *job)
{
	const struct job_events *events = job->events;
	struct sbx_result *r = &job->result;
	struct cgroup_usage usage;

	cgroup_usage_read(job->jobs->parts.cgroups, job->plan.name, &usage);
	r->cpu_ms = usage.cpu_ms;
	r->peak_memory_bytes = usage.peak_bytes;
	/* Nested groups of version 1 take their counters along. */
	r->oom_killed = usage.oom_kills > 0 ||
	    (usage.was_full && r->exit_code == 128 + SIGKILL &&
		!job->was_killed);
	r->out_truncated = job->out.stream.truncated;
	r->err_truncated = job->err.stream.truncated;
	job->events = NULL;
	if (events != NULL)
		events->on_end(job->arg, r);
}

static void
look_kill(struct job *job)
{
	bool empty = cgroup_is_empty(job->jobs->parts.cgroups, job->plan.name);

	job->looks++;
	if (!empty || !job->child_gone) {
		kill_all(job);
		if (job->looks == STUCK_LOOKS)
			log_error(&job->log, "cannot be killed", "name=%s",
			    job->plan.name);
		return;
	}
	if (!job_watch_is_over(job) && (job->paused || job->looks < PIPE_LOOKS))
		return;
	job_watch_end(job);
	tell_end(job);
	begin_clean(job);
}

static void
look_clean(struct job *job)
{
	struct jobs *jobs = job->jobs;

	job->looks++;
	if (!job->is_cleaned)
		return;
	if (job->has_cgroup &&
	    !cgroup_remove(jobs->parts.cgroups, job->plan.name)) {
		if (job->looks < STUCK_LOOKS)
			return;
		log_error(&job->log, "its control group stays", "name=%s",
		    job->plan.name);
	}
	jobs->count.running--;
	jobs_remove(job);
}

void
job_look(struct job *job)
{
	if (job->state == JOB_KILL)
		look_kill(job);
	else if (job->state == JOB_CLEAN)
		look_clean(job);
}

static void
on_deadline(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct job *job = w->data;

	(void)loop;
	(void)revents;
	switch (job->state) {
	case JOB_NEW:
		break;
	case JOB_QUEUED:
		job_fail(job, ST_LIMIT,
		    "busy: no sandbox became free in 60 seconds");
		break;
	case JOB_NET:
		job_fail(job, ST_UNAVAILABLE,
		    "no network for the sandbox: it took too long");
		break;
	case JOB_RUNNING:
		job->result.timed_out = true;
		job->was_killed = true;
		cgroup_signal(job->jobs->parts.cgroups, job->plan.name, SIGTERM,
		    job->child.pid);
		job_enter(job, JOB_TERM);
		break;
	case JOB_TERM:
		job_enter(job, JOB_KILL);
		kill_all(job);
		break;
	case JOB_KILL:
	case JOB_CLEAN:
		if (job->looks == FIRST_LOOKS)
			set_deadline(job, LOOK_SECS, LOOK_SECS);
		job_look(job);
		break;
	}
}
