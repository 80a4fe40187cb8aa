/*
 * The queue.  First come, first served, except that an account with all its
 * places taken does not hold up the others.
 */
#include "config.h"

#include "sandboxd/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "sandbox/sbx_wire.h"
#include "sandboxd/job_int.h"

#define MAX_QUEUED 1024
#define MAX_QUEUED_ACCOUNT 64
#define STOP_SECS 5.0

struct jobs *
jobs_new(const struct jobs_parts *parts, const struct jobs_limits *limits)
{
	struct jobs *jobs = mem_zalloc(sizeof(*jobs));

	jobs->parts = *parts;
	jobs->limits = *limits;
	TAILQ_INIT(&jobs->list);
	return jobs;
}

void
jobs_free(struct jobs *jobs)
{
	struct ev_loop *loop;
	struct job *job, *next;
	double until;

	if (jobs == NULL)
		return;
	loop = jobs->parts.loop;
	for (job = TAILQ_FIRST(&jobs->list); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		job_forget(job);
	}
	ev_now_update(loop);
	until = ev_now(loop) + STOP_SECS;
	while (!TAILQ_EMPTY(&jobs->list) && ev_now(loop) < until)
		(void)ev_run(loop, EVRUN_ONCE);
	while ((job = TAILQ_FIRST(&jobs->list)) != NULL)
		jobs_remove(job);
	free(jobs);
}

struct jobs_counts
jobs_count(const struct jobs *jobs)
{
	return jobs->count;
}

static bool
same_account(const struct job *a, const unsigned char *account)
{
	return memcmp(a->run.account, account, SBX_ID_BYTES) == 0;
}

bool
job_is_of(const struct job *job, const unsigned char *account,
    const unsigned char *session)
{
	static const unsigned char all[SBX_ID_BYTES];

	return same_account(job, account) &&
	    (memcmp(session, all, SBX_ID_BYTES) == 0 ||
		memcmp(job->run.session, session, SBX_ID_BYTES) == 0);
}

/* Jobs of ACCOUNT that are queued, or that have a place. */
static unsigned int
count_account(const struct jobs *jobs, const unsigned char *account,
    bool queued)
{
	const struct job *job;
	unsigned int n = 0;

	TAILQ_FOREACH(job, &jobs->list, link)
	{
		if (same_account(job, account) && job->state != JOB_NEW &&
		    (job->state == JOB_QUEUED) == queued)
			n++;
	}
	return n;
}

static uint64_t
lower(uint64_t asked, uint64_t most)
{
	return asked == 0 || asked > most ? most : asked;
}

static struct sbx_limits
final_limits(const struct sbx_limits *asked, const struct sbx_limits *most)
{
	struct sbx_limits l = {
		.memory_bytes = lower(asked->memory_bytes, most->memory_bytes),
		.cpu_millis =
		    (uint32_t)lower(asked->cpu_millis, most->cpu_millis),
		.pids = (uint32_t)lower(asked->pids, most->pids),
		.disk_bytes = lower(asked->disk_bytes, most->disk_bytes),
		.output_bytes =
		    (uint32_t)lower(asked->output_bytes, most->output_bytes),
	};

	/* Less than this cannot even start a shell. */
	if (l.memory_bytes < (16u << 20))
		l.memory_bytes = 16u << 20;
	if (l.cpu_millis < 10)
		l.cpu_millis = 10;
	if (l.pids < 8)
		l.pids = 8;
	return l;
}

/* The image by name, among those of the configuration only. */
static bool
choose_image(struct job *job, const struct sbx_host *host)
{
	struct sbx_text wanted = job->run.image;

	for (size_t i = 0; i < host->image_count; i++) {
		const char *image = host->images[i];

		if (wanted.n != 0 &&
		    (strlen(image) != wanted.n ||
			memcmp(image, wanted.p, wanted.n) != 0))
			continue;
		return mem_copy_str(job->image, sizeof(job->image), image);
	}
	return wanted.n == 0;
}

static void
fill_plan(struct job *job)
{
	struct jobs *jobs = job->jobs;
	struct sbx_plan *plan = &job->plan;
	unsigned char hash[BYTES_SHA256];
	char hex[17];

	bytes_sha256(job->run.account, 3 * SBX_ID_BYTES, hash);
	bytes_hex(hash, 8, hex);
	(void)snprintf(plan->name, sizeof(plan->name), "%.16s%s-%lx",
	    jobs->parts.host->prefix, hex, ++jobs->serial & 0xffffff);
	plan->host = jobs->parts.host;
	plan->run = &job->run;
	plan->limits = final_limits(&job->run.limits, &jobs->limits.job);
	plan->image = job->image;
	plan->workspace_fd = plan->tree_fd = -1;
	plan->workspace = job->workspace;
	plan->network =
	    jobs->limits.network && job->run.network != SBX_NET_NONE;
	plan->netns_fd = -1;
	plan->cgroup = job->cgroup;
	cgroup_path(jobs->parts.cgroups, plan->name, job->cgroup,
	    sizeof(job->cgroup));
}

_Static_assert(offsetof(struct sbx_run, run) ==
	offsetof(struct sbx_run, account) + 2 * SBX_ID_BYTES,
    "the three ids are hashed at once");

/* What can be said before it waits. */
static enum status
check_new(struct job *job, char why[SBX_WHY_BYTES])
{
	const struct jobs *jobs = job->jobs;
	const char *field = NULL;
	enum status st = sbx_run_check(&job->run, &field);

	if (st != ST_OK) {
		(void)snprintf(why, SBX_WHY_BYTES, "%s: is not acceptable",
		    field);
		return st;
	}
	if (!choose_image(job, jobs->parts.host)) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "image: is not one of tools.exec.sandbox.images");
		return ST_INVALID;
	}
	if (job->run.network == SBX_NET_PUBLIC && !jobs->limits.network) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "network: this deployment gives commands none");
		return ST_FORBIDDEN;
	}
	if (jobs->count.queued >= MAX_QUEUED ||
	    count_account(jobs, job->run.account, true) >= MAX_QUEUED_ACCOUNT) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "too many commands are waiting, try later");
		return ST_LIMIT;
	}
	return ST_OK;
}

static void
free_job(struct job *job)
{
	cell_drop(&job->cell);
	if (job->plan.workspace_fd >= 0)
		close(job->plan.workspace_fd);
	bytes_wipe(job->body, job->body_bytes);
	free(job->body);
	free(job);
}

struct job *
job_new(struct jobs *jobs, const struct sbx_backend *backend,
    struct sbx_text body, enum status *ret_status, char why[SBX_WHY_BYTES])
{
	struct job *job = mem_zalloc(sizeof(*job));
	struct sbx_text copy;

	job->jobs = jobs;
	job->backend = backend;
	job->body = mem_zalloc(body.n + 1);
	memcpy(job->body, body.p, body.n);
	job->body_bytes = body.n;
	job->plan.workspace_fd = job->plan.tree_fd = -1;
	job->out.fd = job->err.fd = -1;
	copy.p = job->body;
	copy.n = body.n;
	*ret_status = ST_INVALID;
	(void)snprintf(why, SBX_WHY_BYTES, "the request is malformed");
	if (sbx_get_run(copy, &job->run))
		*ret_status = check_new(job, why);
	if (*ret_status != ST_OK) {
		free_job(job);
		return NULL;
	}
	job->log.component = "job";
	bytes_hex(job->run.run, SBX_ID_BYTES, job->log.id);
	bytes_hex(job->run.account, SBX_ID_BYTES, job->log.account);
	fill_plan(job);
	TAILQ_INSERT_TAIL(&jobs->list, job, link);
	return job;
}

static struct job *
find_startable(struct jobs *jobs)
{
	struct job *job;

	if (jobs->count.running >= jobs->limits.max_running)
		return NULL;
	TAILQ_FOREACH(job, &jobs->list, link)
	{
		if (job->state == JOB_QUEUED &&
		    count_account(jobs, job->run.account, false) <
			jobs->limits.per_account_max)
			return job;
	}
	return NULL;
}

void
jobs_next(struct jobs *jobs)
{
	struct job *job;

	/* A job that fails at once comes back here. */
	if (jobs->starting)
		return;
	jobs->starting = true;
	while ((job = find_startable(jobs)) != NULL)
		job_launch(job);
	jobs->starting = false;
}

void
jobs_remove(struct job *job)
{
	struct jobs *jobs = job->jobs;

	TAILQ_REMOVE(&jobs->list, job, link);
	ev_timer_stop(jobs->parts.loop, &job->deadline);
	ev_child_stop(jobs->parts.loop, &job->child);
	job_watch_end(job);
	free_job(job);
	jobs_next(jobs);
}

void
jobs_kill_session(struct jobs *jobs, const unsigned char *account,
    const unsigned char *session)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&jobs->list); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job_is_of(job, account, session))
			job_kill(job);
	}
}
