/*
 * Real runs of moltis-sandboxd: the harness.
 *
 * Starts the daemon of the build with a state folder of its own, asks it
 * through the worker's own client, and counts sentences.
 */
#ifndef MOLTIS_TESTS_SANDBOX_TEST_SANDBOXD_H
#define MOLTIS_TESTS_SANDBOX_TEST_SANDBOXD_H

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/txt.h"
#include "worker/sandbox_client.h"

/* One command or file request and all that came back. */
struct answer {
	struct sandbox_call *call;
	bool is_over, started;
	enum status status; /* ST_OK, or that of on_error */
	char why[SBX_MAX_WHY + 1];
	struct sbx_result result;
	struct txt out, err; /* of a command; of a file: its bytes */
	struct txt names;    /* of a folder: "KIND NAME\n" each */
	struct sbx_report report;
	char backend[32], report_why[1024];
};

struct world {
	struct ev_loop *loop;
	struct sandbox_client *client;
	const char *program; /* moltis-sandboxd */
	char folder[64];     /* configuration, state, socket, log */
	char socket[96];
	pid_t daemon;
	unsigned int passed, failed;
};

/* Counts a sentence; says which failed. */
void check(struct world *w, bool ok, const char *sentence);

/* Forgets all workspaces; while no daemon runs. */
void world_empty(struct world *w);
/* The daemon with further lines of configuration in sandbox: { }. */
void daemon_start(struct world *w, const char *options);
/* The same, but it is to give up: its exit status, or -1 when it listens. */
int daemon_refused(struct world *w, const char *options, const char *log);
void daemon_stop(struct world *w, int sig); /* and waits for it */
void client_open(struct world *w);          /* and waits for the connection */
void client_close(struct world *w);
long daemon_rss_kib(const struct world *w);

/* A request for account A, session S (any small numbers). */
struct sbx_run run_of(int account, int session, const char *command);
struct sbx_file file_of(int account, int session, const char *path);
void begin_run(struct world *w, struct answer *a, const struct sbx_run *run);
void begin_file(struct world *w, struct answer *a, enum sbx_type type,
    const struct sbx_file *file);
/* Until it is over; false after SECS. */
bool wait_over(struct world *w, struct answer *a, double secs);
/* One that has not ended: that it did by itself is a failure. */
void cancel(struct world *w, struct answer *a);
void spin(struct world *w, double secs); /* runs the loop */
void answer_done(struct answer *a);

/* Begin and wait; the caller calls answer_done. */
void run_now(struct world *w, struct answer *a, const struct sbx_run *run);
void sh(struct world *w, struct answer *a, int account, const char *command);
void file_now(struct world *w, struct answer *a, enum sbx_type type,
    const struct sbx_file *file);

/* Processes of the machine whose arguments hold TEXT, besides ourselves. */
int count_processes(const char *text);
int kill_processes(const char *text); /* how many it hit */
/* Control groups of the daemon's that are there. */
int count_groups(const struct world *w);
bool wait_gone(struct world *w, const char *text, double secs);

/* Does the daemon start with OPTIONS, which force the backend NAME?  Else
 * says "# SKIP" and why. */
bool backend_works(struct world *w, const char *options, const char *name);

void test_commands(struct world *w);
void test_limits(struct world *w);
void test_files(struct world *w);
void test_crashes(struct world *w);
void test_network(struct world *w);
void test_choice(struct world *w);
void test_engine(struct world *w);

#endif
