/* Commands that mean harm to the machine or to their neighbours. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "tests/sandbox/test_sandboxd.h"

static void
timeouts(struct world *w)
{
	struct sbx_run run = run_of(1, 1,
	    "setsid nohup sleep 4712.1 >/dev/null 2>&1 & "
	    "(trap '' TERM HUP; while :; do sleep 4712.2; done) & "
	    "sleep 4712.3");
	int64_t began = clock_mono_ms();
	struct answer a;

	run.timeout_secs = 1;
	run_now(w, &a, &run);
	check(w, a.result.timed_out, "a command that takes too long is told");
	check(w, clock_mono_ms() - began < 5000, "it ends soon after");
	check(w, wait_gone(w, "4712.", 1), "with all it left behind");
	answer_done(&a);
	run = run_of(1, 1,
	    "setsid nohup sleep 4713.1 >/dev/null 2>&1 & echo gone");
	run_now(w, &a, &run);
	check(w, a.result.exit_code == 0 && wait_gone(w, "4713.", 1),
	    "what runs on in the background ends with its command");
	answer_done(&a);
	run = run_of(1, 1,
	    "trap 'echo told; exit 3' TERM; "
	    "while :; do sleep 0.05; done");
	run.timeout_secs = 1;
	run_now(w, &a, &run);
	check(w, strcmp(txt_str(&a.out), "told\n") == 0,
	    "a command is told before it is killed");
	answer_done(&a);
}

/* Another account's command while one rages. */
static void
neighbour(struct world *w, const char *sentence)
{
	int64_t began = clock_mono_ms();
	struct answer a;

	sh(w, &a, 9, "echo calm");
	check(w, strcmp(txt_str(&a.out), "calm\n") == 0, sentence);
	fprintf(stderr, "  neighbour: %lld ms\n",
	    (long long)(clock_mono_ms() - began));
	answer_done(&a);
}

static void
memory(struct world *w)
{
	struct sbx_run run = run_of(1, 1, "tail /dev/zero");
	struct answer a;

	begin_run(w, &a, &run);
	neighbour(w, "a memory bomb leaves others alone");
	(void)wait_over(w, &a, 30);
	check(w, a.result.oom_killed && a.result.exit_code == 137,
	    "a memory bomb is killed, and told to be one");
	check(w, a.result.peak_memory_bytes <= 512u << 20,
	    "it had no more than its limit");
	fprintf(stderr, "  exit %d%s, peak %llu MiB, %llu ms\n",
	    a.result.exit_code, a.result.oom_killed ? " by the limit" : "",
	    (unsigned long long)a.result.peak_memory_bytes >> 20,
	    (unsigned long long)a.result.wall_ms);
	answer_done(&a);
	run = run_of(1, 1,
	    "dd if=/dev/zero of=/tmp/f bs=1M count=400; "
	    "dd if=/dev/zero of=/dev/shm/f bs=1M count=40; "
	    "stat -c %s /tmp/f /dev/shm/f");
	run_now(w, &a, &run);
	check(w, strcmp(txt_str(&a.out), "268435456\n16777216\n") == 0,
	    "/tmp and /dev/shm have a size");
	answer_done(&a);
}

static void
forks(struct world *w)
{
	struct sbx_run run = run_of(1, 1, "b() { b | b & }; b; exec sleep 4714.1");
	int64_t began;
	struct answer a;

	run.timeout_secs = 3;
	begin_run(w, &a, &run);
	spin(w, 1);
	neighbour(w, "a fork bomb leaves others alone");
	(void)wait_over(w, &a, 30);
	check(w, a.is_over && wait_gone(w, "4714.1", 1), "a fork bomb ends");
	answer_done(&a);
	begin_run(w, &a, &run);
	spin(w, 1);
	began = clock_mono_ms();
	cancel(w, &a);
	check(w, wait_over(w, &a, 5) && clock_mono_ms() - began < 2000,
	    "and can be killed within two seconds");
	answer_done(&a);
	run = run_of(1, 1,
	    "i=0; while [ $i -lt 400 ]; do sleep 60 & "
	    "i=$((i+1)); done 2>/dev/null; echo $i");
	run_now(w, &a, &run);
	check(w, strstr(txt_str(&a.out), "400") == NULL,
	    "there cannot be 400 processes");
	answer_done(&a);
}

static void
processors(struct world *w)
{
	struct sbx_run run = run_of(1, 1,
	    "for i in 1 2 3 4; do (while :; do :; done) & done; sleep 3; "
	    "kill $(jobs -p)");
	struct answer a;
	double share;

	run_now(w, &a, &run);
	share = (double)a.result.cpu_ms / (double)a.result.wall_ms;
	fprintf(stderr, "  four threads used %.2f processors\n", share);
	check(w, share > 0.05 && share <= 1.1,
	    "four threads get one processor");
	answer_done(&a);
}

static void
floods(struct world *w)
{
	const size_t keep = 204800 + SBX_REDACT_SLACK;
	struct sbx_run run =
	    run_of(1, 1, "yes '\xe2\x82\xac\xc3\xa9' | head -c 9000000");
	struct answer a;
	long before = daemon_rss_kib(w), after;

	run_now(w, &a, &run);
	check(w,
	    a.result.out_truncated && !a.result.err_truncated &&
		a.result.exit_code == 0,
	    "a flood is cut and told");
	check(w, a.out.len <= keep && a.out.len > keep - 4,
	    "what is kept is what was promised");
	check(w, utf8_check(txt_str(&a.out), a.out.len),
	    "no character is cut in two");
	answer_done(&a);
	run = run_of(1, 1, "cat /dev/zero >&2");
	run_now(w, &a, &run);
	check(w, a.result.output_flood && a.result.err_truncated,
	    "an endless flood is ended");
	answer_done(&a);
	after = daemon_rss_kib(w);
	fprintf(stderr, "  memory of the daemon: %ld -> %ld KiB\n", before,
	    after);
	check(w, after - before < 8 << 10, "floods need little memory");
}

static void
disk(struct world *w)
{
	struct sbx_run run = run_of(4, 1,
	    "for i in 1 2 3 4 5 6 7 8; do "
	    "dd if=/dev/zero of=f$i bs=1M count=400 2>/dev/null; done; "
	    "sleep 20");
	struct answer a;

	run_now(w, &a, &run);
	check(w, a.result.disk_full, "a full workspace ends the command");
	fprintf(stderr, "  after %llu ms\n",
	    (unsigned long long)a.result.wall_ms);
	answer_done(&a);
	run = run_of(4, 1, "stat -c %s f1; rm -f f*; sleep 0.6; echo ok");
	run_now(w, &a, &run);
	check(w, strcmp(txt_str(&a.out), "268435456\nok\n") == 0,
	    "one file has a limit, and a full workspace can be emptied");
	answer_done(&a);
	run = run_of(4, 1,
	    "i=0; while [ $i -lt 300 ]; do mkdir -p a$i/b/c/d; "
	    "i=$((i+1)); done; d=.; for i in $(seq 300); do "
	    "d=$d/x; done; mkdir -p $d; sleep 15");
	run_now(w, &a, &run);
	check(w, a.result.disk_full, "nor may folders be endlessly deep");
	answer_done(&a);
}

static void
all_limits(struct world *w, const char *options)
{
	world_empty(w);
	daemon_start(w, options);
	client_open(w);
	timeouts(w);
	memory(w);
	forks(w);
	processors(w);
	floods(w);
	disk(w);
	client_close(w);
	daemon_stop(w, SIGTERM);
	check(w, count_groups(w) == 0, "no control group is left");
}

void
test_limits(struct world *w)
{
	all_limits(w,
	    "backend = \"bubblewrap\"; network = \"none\"; "
	    "resource_limits: { disk_limit = \"512M\"; };");
}

/* The same by a container engine, where one works. */
void
test_engine(struct world *w)
{
	const char *image = getenv("MOLTIS_TEST_IMAGE");
	char options[300];

	if (image == NULL) {
		fprintf(stderr, "# SKIP limits of podman: no image\n");
		return;
	}
	(void)snprintf(options, sizeof(options),
	    "backend = \"podman\"; images = [\"%s\"]; network = \"none\"; "
	    "resource_limits: { disk_limit = \"512M\"; };",
	    image);
	if (!backend_works(w, options, "podman"))
		return;
	all_limits(w, options);
}
