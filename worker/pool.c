/*
 * The worker's threads.
 *
 * One mutex guards the waiting and the finished list; jobs are touched outside
 * it by whoever took them off a list.  Threads block every signal, so that the
 * loop's handlers run in the loop's thread.  Order: jobs start first in first
 * out, and each `done` runs in the order in which jobs end.
 */
#include "config.h"

#include "worker/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

STAILQ_HEAD(job_list, pool_job);

struct pool {
	struct ev_loop *loop;
	ev_async wake;        /* the finished list is not empty */
	const char *conninfo; /* borrowed from the configuration */
	pthread_mutex_t lock;
	pthread_cond_t work;      /* a job waits, or stopping */
	struct job_list waiting;  /* guarded by lock */
	struct job_list finished; /* guarded by lock */
	size_t waiting_count;     /* guarded by lock */
	bool stopping;            /* guarded by lock */
	pthread_t *threads;
	int thread_count;
};

static void *thread_main(void *arg);
static struct pool_job *job_take(struct pool *pool);
static void on_wake(struct ev_loop *loop, ev_async *w, int revents);
static void run_finished(struct pool *pool);
static void threads_start(struct pool *pool, int threads);

struct pool *
pool_new(struct ev_loop *loop, const char *conninfo, int threads)
{
	struct pool *pool = mem_zalloc(sizeof(*pool));

	pool->loop = loop;
	pool->conninfo = conninfo;
	STAILQ_INIT(&pool->waiting);
	STAILQ_INIT(&pool->finished);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	ev_async_init(&pool->wake, on_wake);
	pool->wake.data = pool;
	ev_async_start(loop, &pool->wake);
	/* The pool alone is no reason for the loop to go on. */
	ev_unref(loop);
	threads_start(pool, threads);
	return pool;
}

enum status
pool_submit(struct pool *pool, struct pool_job *job)
{
	enum status st = ST_OK;

	pthread_mutex_lock(&pool->lock);
	if (pool->stopping) {
		st = ST_UNAVAILABLE;
	} else if (pool->waiting_count >= POOL_MAX_QUEUED) {
		st = ST_LIMIT;
	} else {
		STAILQ_INSERT_TAIL(&pool->waiting, job, next);
		pool->waiting_count++;
		pthread_cond_signal(&pool->work);
	}
	pthread_mutex_unlock(&pool->lock);
	return st;
}

void
pool_free(struct pool *pool)
{
	struct pool_job *job;
	int i;

	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);

	run_finished(pool);
	while ((job = STAILQ_FIRST(&pool->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&pool->waiting, next);
		job->done(job);
	}
	ev_ref(pool->loop);
	ev_async_stop(pool->loop, &pool->wake);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}

static void
threads_start(struct pool *pool, int threads)
{
	sigset_t all, before;
	int i;

	pool->threads = mem_array((size_t)threads, sizeof(*pool->threads));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (i = 0; i < threads; i++) {
		if (pthread_create(&pool->threads[i], NULL, thread_main,
			pool) != 0)
			break;
		pthread_setname_np(pool->threads[i], "pool");
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pool->thread_count = i;
	if (i < threads)
		log_error(NULL, "pool threads could not be started",
		    "started=%d wanted=%d", i, threads);
	if (i == 0)
		abort();
}

static void *
thread_main(void *arg)
{
	struct pool *pool = arg;
	struct db *db = db_open(pool->conninfo);
	struct pool_job *job;

	while ((job = job_take(pool)) != NULL) {
		job->run(job, db);
		pthread_mutex_lock(&pool->lock);
		STAILQ_INSERT_TAIL(&pool->finished, job, next);
		pthread_mutex_unlock(&pool->lock);
		ev_async_send(pool->loop, &pool->wake);
	}
	db_close(db);
	return NULL;
}

/* Waits for a job; NULL: the pool is stopping. */
static struct pool_job *
job_take(struct pool *pool)
{
	struct pool_job *job = NULL;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stopping && STAILQ_EMPTY(&pool->waiting))
		pthread_cond_wait(&pool->work, &pool->lock);
	if (!pool->stopping) {
		job = STAILQ_FIRST(&pool->waiting);
		STAILQ_REMOVE_HEAD(&pool->waiting, next);
		pool->waiting_count--;
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void
on_wake(struct ev_loop *loop, ev_async *w, int revents)
{
	(void)loop;
	(void)revents;
	run_finished(w->data);
}

/* The list is taken whole: a `done` may submit again, and what ends meanwhile
 * waits for the next turn of the loop. */
static void
run_finished(struct pool *pool)
{
	struct job_list batch = STAILQ_HEAD_INITIALIZER(batch);
	struct pool_job *job;

	pthread_mutex_lock(&pool->lock);
	STAILQ_CONCAT(&batch, &pool->finished);
	pthread_mutex_unlock(&pool->lock);
	while ((job = STAILQ_FIRST(&batch)) != NULL) {
		STAILQ_REMOVE_HEAD(&batch, next);
		job->done(job);
	}
}
