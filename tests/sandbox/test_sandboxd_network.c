/*
 * That each command gets a network of its own and that none is left over.
 * What the network lets through is net_test's and escape_test's business.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/sandbox/test_sandboxd.h"

/* Our daemons and the keepers of their networks. */
static bool
all_gone(struct world *w)
{
	char conf[96];

	(void)snprintf(conf, sizeof(conf), "%s/conf", w->folder);
	return wait_gone(w, conf, 5);
}

static void
one_each(struct world *w)
{
	struct sbx_run run =
	    run_of(1, 1, "readlink /proc/self/ns/net; cat /proc/net/dev");
	char first[64];
	struct answer a;

	run_now(w, &a, &run);
	check(w,
	    strstr(txt_str(&a.out), "lo:") != NULL &&
		strstr(txt_str(&a.out), "tap0:") != NULL,
	    "a command has a network");
	(void)snprintf(first, sizeof(first), "%s", txt_str(&a.out));
	first[strcspn(first, "\n")] = '\0';
	answer_done(&a);
	run_now(w, &a, &run);
	check(w, first[0] != '\0' && strstr(txt_str(&a.out), first) == NULL,
	    "and the next one has another");
	answer_done(&a);
	run.network = SBX_NET_NONE;
	run_now(w, &a, &run);
	check(w,
	    strstr(txt_str(&a.out), "lo:") != NULL &&
		strstr(txt_str(&a.out), "tap0:") == NULL,
	    "a command can be given none");
	answer_done(&a);
}

static void
many(struct world *w)
{
	struct answer all[12];
	int64_t began = clock_mono_ms();
	unsigned int good = 0;

	for (int i = 0; i < 12; i++) {
		struct sbx_run run = run_of(i % 6, 1, "echo $((6 * 7))");

		begin_run(w, &all[i], &run);
	}
	for (int i = 0; i < 12; i++) {
		(void)wait_over(w, &all[i], 60);
		good += strcmp(txt_str(&all[i].out), "42\n") == 0;
		answer_done(&all[i]);
	}
	check(w, good == 12, "a dozen at once all get one");
	fprintf(stderr, "  a dozen with networks: %lld ms\n",
	    (long long)(clock_mono_ms() - began));
}

void
test_network(struct world *w)
{
	struct sbx_run run = run_of(1, 1, "exec sleep 4719.1");
	struct answer a;

	daemon_start(w, "network = \"public\";");
	client_open(w);
	one_each(w);
	many(w);
	begin_run(w, &a, &run);
	spin(w, 1);
	check(w, count_processes("4719.1") > 0, "one runs");
	daemon_stop(w, SIGKILL);
	check(w, wait_gone(w, "4719.1", 2), "it dies with the daemon");
	check(w, all_gone(w), "and so do the keepers of networks");
	client_close(w);
	answer_done(&a);
	daemon_start(w, "network = \"public\";");
	daemon_stop(w, SIGTERM);
	check(w, all_gone(w), "keepers also go when it is told to");
}
