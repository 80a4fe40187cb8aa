/* The daemon dies at any moment; nothing of what it started may live on. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "tests/sandbox/test_sandboxd.h"

#define OPTIONS "network = \"none\";"

static unsigned int
random_below(unsigned int n)
{
	unsigned int x;

	bytes_random(&x, sizeof(x));
	return x % n;
}

static void
killed_once(struct world *w)
{
	struct sbx_run run = run_of(1, 1,
	    "echo kept >kept; setsid sleep 4716.1 & exec sleep 4716.2");
	struct answer a;

	daemon_start(w, OPTIONS);
	client_open(w);
	begin_run(w, &a, &run);
	spin(w, 0.5);
	check(w, count_processes("4716.") >= 2, "two processes run");
	daemon_stop(w, SIGKILL);
	check(w, wait_over(w, &a, 5) && a.status == ST_UNAVAILABLE,
	    "the worker hears that the service is gone");
	check(w, wait_gone(w, "4716.", 2), "its sandboxes die with it");
	answer_done(&a);
	begin_run(w, &a, &run);
	check(w, wait_over(w, &a, 5) && a.status == ST_UNAVAILABLE,
	    "meanwhile there are no commands");
	answer_done(&a);
	daemon_start(w, OPTIONS);
	check(w, count_groups(w) <= 1, "a new one removes what is left");
	for (int i = 0; i < 1000 && !sandbox_client_is_connected(w->client);
	     i++)
		spin(w, 0.01);
	sh(w, &a, 1, "cat kept");
	check(w, strcmp(txt_str(&a.out), "kept\n") == 0,
	    "the worker finds the new one, and files are still there");
	answer_done(&a);
	client_close(w);
	daemon_stop(w, SIGTERM);
}

/* One round: some commands, then a kill at a random moment. */
static void
killed_at_random(struct world *w)
{
	static const char *const commands[] = { "exec sleep 4717.1",
		"setsid sleep 4717.2 & sleep 4717.3",
		"(trap '' TERM; sleep 4717.4) & sleep 0.01", "true",
		"while :; do sleep 0.001; done" };
	struct answer a[3];

	daemon_start(w, OPTIONS);
	client_open(w);
	for (int i = 0; i < 3; i++) {
		struct sbx_run run =
		    run_of(1 + i, 1, commands[random_below(5)]);

		begin_run(w, &a[i], &run);
	}
	spin(w, random_below(120) / 1000.0);
	daemon_stop(w, SIGKILL);
	client_close(w);
	for (int i = 0; i < 3; i++)
		answer_done(&a[i]);
}

static void
killed_often(struct world *w)
{
	int64_t began = clock_mono_ms();
	int rounds = 0;

	while (rounds < 100 && clock_mono_ms() - began < 180000) {
		killed_at_random(w);
		rounds++;
	}
	check(w, rounds == 100, "a hundred rounds in three minutes");
	check(w, wait_gone(w, "4717.", 3), "no process of a hundred lives");
	daemon_start(w, OPTIONS);
	spin(w, 0.2);
	check(w, count_groups(w) == 0, "no control group of a hundred stays");
	daemon_stop(w, SIGTERM);
	fprintf(stderr, "  %d kills of the daemon in %.1f s\n", rounds,
	    (double)(clock_mono_ms() - began) / 1000);
}

/* Commands that are canceled, forgotten or left alone, at random. */
static void
canceled_often(struct world *w)
{
	unsigned int lost = 0;

	daemon_start(w, OPTIONS);
	client_open(w);
	for (int i = 0; i < 100; i++) {
		struct sbx_run run =
		    run_of((int)random_below(4), 1, "exec sleep 4718.1");
		struct answer a;

		begin_run(w, &a, &run);
		spin(w, random_below(30) / 1000.0);
		cancel(w, &a);
		lost += !wait_over(w, &a, 10);
		answer_done(&a);
	}
	check(w, lost == 0, "a hundred canceled commands all end");
	check(w, count_processes("4718.1") == 0, "and are gone");
	client_close(w);
	spin(w, 0.1);
	check(w, count_groups(w) == 0, "with their control groups");
	daemon_stop(w, SIGTERM);
}

void
test_crashes(struct world *w)
{
	killed_once(w);
	canceled_often(w);
	killed_often(w);
}
