/*
 * Commands under way: queue, limits, life and end of each.
 *
 * A job belongs to whoever began it and tells him what happens through its
 * events; the last is on_end or on_error, after which the job is gone for him.
 */
#ifndef MOLTIS_SANDBOXD_JOBS_H
#define MOLTIS_SANDBOXD_JOBS_H

#include <ev.h>
#include <stdbool.h>

#include "sandboxd/backend.h"
#include "sandboxd/cgroup.h"
#include "sandboxd/ident.h"
#include "sandboxd/netpool.h"

struct cells;
struct jobs;
struct job;

struct job_events {
	void (*on_started)(void *arg);
	void (*on_output)(void *arg, bool is_err, struct sbx_text bytes);
	void (*on_end)(void *arg, const struct sbx_result *result);
	/* It never ran, or broke: TEXT is a sentence for the caller. */
	void (*on_error)(void *arg, enum status st, const char *text);
};

struct jobs_limits {
	struct sbx_limits job; /* what a job gets, and at most can ask for */
	unsigned int max_running, per_account_max;
	bool network; /* false: no job has one */
};

/* All borrowed, for as long as there are jobs. */
struct jobs_parts {
	struct ev_loop *loop;
	const struct sbx_host *host;
	const struct cgroups *cgroups;
	struct idents *idents;
	struct netpool *net; /* NULL when limits.network is false */
	struct cells *cells; /* NULL when there are no control groups */
};

struct jobs_counts {
	unsigned int running, queued;
};

struct jobs *jobs_new(const struct jobs_parts *parts,
    const struct jobs_limits *limits);
/* Kills everything without telling anybody and waits for it; at the end. */
void jobs_free(struct jobs *jobs);
struct jobs_counts jobs_count(const struct jobs *jobs);

/*
 * Takes the body of a RUN frame, which is copied.  BACKEND starts it.  NULL:
 * refused; *RET_STATUS and WHY say why, and no event comes.
 */
struct job *job_new(struct jobs *jobs, const struct sbx_backend *backend,
    struct sbx_text body, enum status *ret_status, char why[SBX_WHY_BYTES]);
/* Sets who hears of it and puts it into the queue; an event may come before
 * this returns. */
void job_begin(struct job *job, const struct job_events *events, void *arg);
/* on_end comes, with canceled; on_error when it had not begun. */
void job_kill(struct job *job);
void job_forget(struct job *job); /* killed, and nobody hears of it */
/* Output waits in the pipe while PAUSED. */
void job_pause(struct job *job, bool paused);
bool job_is_of(const struct job *job, const unsigned char *account,
    const unsigned char *session);

/* Ends all jobs of a session that is to be dropped (zeros: of the account). */
void jobs_kill_session(struct jobs *jobs, const unsigned char *account,
    const unsigned char *session);

#endif
