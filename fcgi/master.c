/*
 * The master process.
 *
 * Opens the socket, forks the children that serve it (loop.c) and forks them
 * again when one dies: libfcgi aborts on some malformed records (A75), so a
 * death must cost milliseconds.  Holds no database connection, reads nothing
 * from the socket and runs a single thread.
 */
#include "config.h"

#include "fcgi/master.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pidfile.h"
#include "fcgi/listen.h"
#include "fcgi/loop.h"

#define STOP_MS 25000 /* then children are killed; they drain 20 s */
#define BACKOFF_MIN_MS 20
#define BACKOFF_MAX_MS 2000
#define BACKOFF_RESET_MS 5000 /* lived this long: the next death is a new one */

struct child {
	pid_t pid; /* 0 = not running */
	int64_t started_ms;
	int64_t start_at_ms; /* earliest next start */
	int delay_ms;        /* of the last start */
};

struct master {
	const struct conf *conf;
	struct listen_socket socket;
	struct child *children;
	int count;
	sigset_t signals;
};

static const struct log_ctx log_master = { .component = "fcgi.master" };

/* In the child.  Never returns. */
static void
run_child(const struct master *m, pid_t parent)
{
	int status;

	/* Children of a killed master end like those of a stopped one. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	free(m->children);
	status = loop_run(m->conf, m->socket.fd);
	close(m->socket.fd);
	exit(status);
}

static void
start_child(struct master *m, struct child *child)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	child->started_ms = clock_mono_ms();
	if (pid == 0)
		run_child(m, parent);
	if (pid < 0) {
		log_error(&log_master, "cannot fork", "errno=%d", errno);
		child->start_at_ms = child->started_ms + BACKOFF_MAX_MS;
		return;
	}
	child->pid = pid;
}

static void
start_due(struct master *m)
{
	int64_t now = clock_mono_ms();
	int i;

	for (i = 0; i < m->count; i++)
		if (m->children[i].pid == 0 &&
		    m->children[i].start_at_ms <= now)
			start_child(m, &m->children[i]);
}

static void
plan_restart(struct child *child)
{
	int64_t now = clock_mono_ms();

	if (now - child->started_ms >= BACKOFF_RESET_MS)
		child->delay_ms = 0;
	else if (child->delay_ms == 0)
		child->delay_ms = BACKOFF_MIN_MS;
	else if (child->delay_ms < BACKOFF_MAX_MS / 2)
		child->delay_ms *= 2;
	else
		child->delay_ms = BACKOFF_MAX_MS;
	child->pid = 0;
	child->start_at_ms = now + child->delay_ms;
}

static void
log_death(pid_t pid, int status)
{
	log_warn(&log_master, "a child ended", "pid=%d signal=%d exit=%d",
	    (int)pid, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

/* Collects the dead; returns how many children run. */
static int
reap(struct master *m, bool stopping)
{
	int alive = 0, status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < m->count; i++) {
			if (m->children[i].pid != pid)
				continue;
			if (!stopping || status != 0)
				log_death(pid, status);
			plan_restart(&m->children[i]);
		}
	for (i = 0; i < m->count; i++)
		alive += m->children[i].pid != 0;
	return alive;
}

static void
signal_children(const struct master *m, int signo)
{
	int i;

	for (i = 0; i < m->count; i++)
		if (m->children[i].pid != 0)
			kill(m->children[i].pid, signo);
}

/* Waits for a signal, at most until the next restart is due. */
static int
wait_signal(const struct master *m)
{
	int64_t wait_ms = 60000, now = clock_mono_ms();
	struct timespec wait;
	int i;

	for (i = 0; i < m->count; i++) {
		int64_t left = m->children[i].start_at_ms - now;

		if (m->children[i].pid == 0 && left < wait_ms)
			wait_ms = left > 0 ? left : 0;
	}
	wait.tv_sec = wait_ms / 1000;
	wait.tv_nsec = wait_ms % 1000 * 1000 * 1000;
	return sigtimedwait(&m->signals, NULL, &wait);
}

static void
supervise(struct master *m)
{
	int signo;

	do {
		start_due(m);
		signo = wait_signal(m);
		(void)reap(m, false);
	} while (signo != SIGTERM && signo != SIGINT);
}

static int
stop(struct master *m)
{
	struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };
	int64_t deadline = clock_mono_ms() + STOP_MS;

	log_info(&log_master, "stopping", "children=%d", reap(m, true));
	/* First the name, so that nothing new comes; then the children serve
	 * what already waits. */
	listen_socket_close(&m->socket);
	signal_children(m, SIGTERM);
	while (reap(m, true) > 0) {
		if (clock_mono_ms() > deadline) {
			log_warn(&log_master, "children killed", "");
			signal_children(m, SIGKILL);
			deadline += STOP_MS;
		}
		(void)sigtimedwait(&m->signals, NULL, &tick);
	}
	return EXIT_SUCCESS;
}

static void
block_signals(struct master *m)
{
	sigemptyset(&m->signals);
	sigaddset(&m->signals, SIGTERM);
	sigaddset(&m->signals, SIGINT);
	sigaddset(&m->signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &m->signals, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

int
master_run(const struct conf *conf)
{
	struct master m = { .conf = conf, .count = conf->fcgi_processes };
	struct pidfile pidfile;
	int status = EXIT_FAILURE;

	block_signals(&m);
	if (!pidfile_open(&pidfile, conf->fcgi_pid_file))
		return EXIT_FAILURE;
	if (listen_socket_open(&m.socket, conf->fcgi_socket)) {
		m.children = mem_array((size_t)m.count, sizeof(*m.children));
		log_info(&log_master, "serving", "socket=%s processes=%d",
		    conf->fcgi_socket, m.count);
		supervise(&m);
		status = stop(&m);
		free(m.children);
	}
	pidfile_close(&pidfile);
	return status;
}
