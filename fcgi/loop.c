/*
 * A child process.
 *
 * Each thread has one database connection and serves one connection of the
 * edge at a time: accept, FCGX_Accept_r for the parameters, the exchange,
 * close.  Accepting is done here and not by libfcgi, for three reasons: its
 * accept and its first read are one call that a slow client could hold; a
 * thread must be woken to stop without a signal that could cut a write in
 * two; and the watchdog needs the descriptor.  libfcgi gets a duplicate, so
 * that it may close it whenever it likes.
 *
 * Connections are not kept: with libfcgi a kept one holds a thread.
 */
#include "config.h"

#include "fcgi/loop.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "auth/password.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"
#include "db/db.h"
#include "fcgi/exchange.h"

/* A request must have arrived whole after the first, be answered after the
 * second (S226). */
#define READ_LIMIT_MS 30000
#define TOTAL_LIMIT_MS 60000
#define DRAIN_MS 20000
#define TICK_MS 1000
#define DRAIN_TICK_MS 50

struct loop {
	const struct conf *conf;
	int listen_fd;
	int stop_fd; /* eventfd, only to wake: readable once we stop */
	atomic_bool stop;
	atomic_int running; /* threads that have not ended */
	int count;
	struct loop_thread *threads;
};

struct loop_thread {
	struct loop *loop;
	pthread_t id;
	struct db *db;
	int epoll_fd;
	pthread_mutex_t lock; /* guards the next two */
	int fd;               /* connection being served, or -1 */
	int64_t since_ms;     /* when it was accepted */
};

static const struct log_ctx log_loop = { .component = "fcgi" };

static void
watch(struct loop_thread *t, int fd)
{
	pthread_mutex_lock(&t->lock);
	t->fd = fd;
	t->since_ms = clock_mono_ms();
	pthread_mutex_unlock(&t->lock);
}

/* Ends what takes too long.  Shutting down is enough: the thread that is
 * blocked in libfcgi sees the end of the stream and goes on. */
static void
watchdog(struct loop *loop)
{
	int64_t now = clock_mono_ms();
	int i;

	for (i = 0; i < loop->count; i++) {
		struct loop_thread *t = &loop->threads[i];

		pthread_mutex_lock(&t->lock);
		if (t->fd >= 0 && now - t->since_ms > TOTAL_LIMIT_MS)
			shutdown(t->fd, SHUT_RDWR);
		else if (t->fd >= 0 && now - t->since_ms > READ_LIMIT_MS)
			shutdown(t->fd, SHUT_RD);
		pthread_mutex_unlock(&t->lock);
	}
}

/* No descriptors or memory: wait a little instead of spinning. */
static void
accept_failed(int error)
{
	struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	log_warn(&log_loop, "cannot accept a connection", "errno=%d", error);
	nanosleep(&pause, NULL);
}

/* The next connection; -1 when we stop and none is waiting any more. */
static int
next_connection(struct loop_thread *t)
{
	struct epoll_event event;

	for (;;) {
		bool stop = atomic_load(&t->loop->stop);
		int fd = accept4(t->loop->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			return fd;
		if (errno == EAGAIN && stop)
			return -1;
		if (errno == EAGAIN)
			(void)epoll_wait(t->epoll_fd, &event, 1, -1);
		else if (errno != EINTR && errno != ECONNABORTED) {
			if (stop)
				return -1;
			accept_failed(errno);
		}
	}
}

static void
serve(struct loop_thread *t, FCGX_Request *fcgi, int fd)
{
	fcgi->ipcFd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fcgi->ipcFd < 0) {
		accept_failed(errno);
		return;
	}
	/* FCGX_Accept_r first finishes "the request before": with this it
	 * leaves the connection alone that we have just put there. */
	fcgi->keepConnection = 1;
	if (FCGX_Accept_r(fcgi) == 0)
		exchange_serve(t->loop->conf, t->db, fcgi);
	FCGX_Free(fcgi, 1);
}

static void *
run_thread(void *arg)
{
	struct loop_thread *t = arg;
	FCGX_Request fcgi;
	int fd;

	/* No listening socket for libfcgi: after a protocol error it would
	 * otherwise accept by itself. */
	FCGX_InitRequest(&fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	while ((fd = next_connection(t)) >= 0) {
		watch(t, fd);
		serve(t, &fcgi, fd);
		watch(t, -1);
		close(fd);
	}
	atomic_fetch_sub(&t->loop->running, 1);
	return NULL;
}

static bool
add_wait(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .fd = fd } };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool
start_thread(struct loop *loop, struct loop_thread *t)
{
	t->loop = loop;
	t->fd = -1;
	pthread_mutex_init(&t->lock, NULL);
	t->db = db_open(loop->conf->db_api);
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* Exclusive: a new connection wakes one thread of all processes. */
	if (t->epoll_fd < 0 ||
	    !add_wait(t->epoll_fd, loop->listen_fd, EPOLLIN | EPOLLEXCLUSIVE) ||
	    !add_wait(t->epoll_fd, loop->stop_fd, EPOLLIN))
		return false;
	atomic_fetch_add(&loop->running, 1);
	if (pthread_create(&t->id, NULL, run_thread, t) == 0)
		return true;
	atomic_fetch_sub(&loop->running, 1);
	return false;
}

static void
wait_for_stop(struct loop *loop)
{
	struct timespec tick = { .tv_sec = TICK_MS / 1000 };
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	do {
		signo = sigtimedwait(&set, NULL, &tick);
		watchdog(loop);
	} while (signo < 0);
}

/* true: every thread has ended. */
static bool
drain(struct loop *loop)
{
	struct timespec tick = { .tv_nsec = DRAIN_TICK_MS * 1000 * 1000 };
	int64_t deadline = clock_mono_ms() + DRAIN_MS;
	uint64_t one = 1;

	atomic_store(&loop->stop, true);
	if (write(loop->stop_fd, &one, sizeof(one)) < 0)
		return false;
	while (atomic_load(&loop->running) > 0) {
		if (clock_mono_ms() > deadline)
			return false;
		nanosleep(&tick, NULL);
		watchdog(loop);
	}
	return true;
}

static void
loop_free(struct loop *loop)
{
	int i;

	for (i = 0; i < loop->count; i++) {
		struct loop_thread *t = &loop->threads[i];

		pthread_join(t->id, NULL);
		pthread_mutex_destroy(&t->lock);
		close(t->epoll_fd);
		db_close(t->db);
	}
	free(loop->threads);
	close(loop->stop_fd);
}

int
loop_run(const struct conf *conf, int listen_fd)
{
	struct loop loop = { .conf = conf, .listen_fd = listen_fd };

	password_limit(conf->password_parallel / conf->fcgi_processes,
	    conf->fcgi_threads);
	loop.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop.threads =
	    mem_array((size_t)conf->fcgi_threads, sizeof(*loop.threads));
	if (loop.stop_fd < 0 || FCGX_Init() != 0) {
		log_error(&log_loop, "cannot start", "errno=%d", errno);
		return EXIT_FAILURE;
	}
	for (; loop.count < conf->fcgi_threads; loop.count++)
		if (!start_thread(&loop, &loop.threads[loop.count])) {
			log_error(&log_loop, "cannot start a thread",
			    "errno=%d", errno);
			_exit(EXIT_FAILURE);
		}
	wait_for_stop(&loop);
	if (!drain(&loop)) {
		log_warn(&log_loop, "requests cut off at the stop",
		    "threads=%d", atomic_load(&loop.running));
		_exit(EXIT_FAILURE);
	}
	loop_free(&loop);
	return EXIT_SUCCESS;
}
