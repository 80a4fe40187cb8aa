/*
 * A job's insides.  jobs.c queues and counts, job.c leads it through its
 * states, job_spawn.c makes its process, job_watch.c watches output and disk.
 */
#ifndef MOLTIS_SANDBOXD_JOB_INT_H
#define MOLTIS_SANDBOXD_JOB_INT_H

#include <sys/queue.h>

#include "base/log.h"
#include "sandboxd/cell.h"
#include "sandboxd/helper.h"
#include "sandboxd/jobs.h"
#include "sandboxd/space.h"
#include "sandboxd/stream.h"

/* A job waits for... */
enum job_state {
	JOB_NEW,     /* job_begin */
	JOB_QUEUED,  /* a place; deadline 60 s */
	JOB_NET,     /* a network; deadline 15 s */
	JOB_RUNNING, /* the command; deadline is its timeout */
	JOB_TERM,    /* the command, which was told to end; deadline 2 s */
	JOB_KILL,    /* everything in the group to be gone; looks each 5 ms */
	JOB_CLEAN    /* what is left to be removed; looks each 5 ms */
};

struct job_pipe {
	struct job *job;
	int fd; /* -1: ended */
	bool is_err;
	ev_io io;
	struct stream stream;
};

struct job {
	struct jobs *jobs;
	TAILQ_ENTRY(job) link;
	const struct sbx_backend *backend;
	enum job_state state;            /* job_enter */
	struct log_ctx log;              /* id: the run */
	const struct job_events *events; /* NULL: nobody hears of it */
	void *arg;

	char *body; /* of the RUN frame: run points into it; wiped */
	size_t body_bytes;
	struct sbx_run run;
	struct sbx_plan plan;
	char image[SBX_MAX_IMAGE + 1];
	char workspace[SPACE_PATH_BYTES];
	char cgroup[256];
	bool has_cgroup;
	bool has_place; /* counted as running, not as queued */

	struct netpool_request net_request;
	struct netns *net;
	struct cell cell; /* pid 0: none was ready, or it has begun */
	ev_child child;   /* pid 0 before there is one */
	bool child_gone;
	struct job_pipe out, err;
	bool paused;
	ev_timer deadline;
	int64_t started_ms;
	unsigned int looks; /* in JOB_KILL and JOB_CLEAN */
	bool was_killed;    /* by us: not a victim of its memory limit */

	ev_timer disk_timer;
	struct helper *disk; /* counting now */
	int64_t disk_began_ms;
	uint64_t disk_bytes; /* the last count that was over the limit */
	bool disk_counted, was_full; /* once; at the first count */

	struct helper *cleanup;
	bool is_cleaned;
	struct sbx_result result;
};

TAILQ_HEAD(job_list, job);

struct jobs {
	struct jobs_parts parts;
	struct jobs_limits limits;
	struct job_list list; /* oldest first */
	struct jobs_counts count;
	unsigned long serial; /* of names */
	bool starting;        /* jobs_next is at work */
};

/* jobs.c */
void jobs_next(struct jobs *jobs); /* starts what may start */
void jobs_remove(struct job *job); /* forgets and frees it */

/* job.c */
void job_launch(struct job *job);
void job_stop(struct job *job); /* kills, from any state */
void job_look(struct job *job); /* has it ended by now? */
void job_fail(struct job *job, enum status st, const char *text);

/* job_spawn.c: false with WHY. */
bool job_spawn(struct job *job, char why[SBX_WHY_BYTES]);
/* When memory of the whole machine runs out, the calling process goes first. */
void job_be_a_victim(void);

/* job_watch.c */
void job_watch_begin(struct job *job, int out, int err);
void job_watch_end(struct job *job); /* closes the pipes, stops counting */
bool job_watch_is_over(const struct job *job); /* both pipes ended */

#endif
