/*
 * What a sandbox costs to start: `true` by fork and exec, by bare bwrap with
 * the namespaces our sandboxes have, and through moltis-sandboxd with each
 * backend that works here, in turns within one run, so that whatever else the
 * machine does hits all alike.  A table of p50, p95 and the ratio to bare
 * bwrap; never a test.
 *
 * usage: start SANDBOXD [ROUNDS]; MOLTIS_TEST_IMAGE as in escape_test.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/sandbox/test_sandboxd.h"

#define MAX_ROUNDS 2000
#define START_SECS 40
/* A person's commands do not come back to back; it lets the daemon have its
 * next network ready. */
#define PAUSE_SECS 0.1

struct line {
	const char *name, *network;
	const char *const *argv; /* NULL: through the daemon */
	struct world world;
	bool is_here;
	int count;
	double ms[MAX_ROUNDS];
};

static const char *const plain[] = { "/bin/true", NULL };
static const char *const bare[] = { "/usr/bin/bwrap", "--unshare-user",
	"--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup",
	"--unshare-net", "--die-with-parent", "--new-session", "--cap-drop",
	"ALL", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
	"--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
	"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "/bin/sh", "-c",
	"true", NULL };

static struct line lines[] = {
	{ .name = "fork and exec", .network = "-", .argv = plain },
	{ .name = "bare bwrap", .network = "none", .argv = bare },
	{ .name = "bubblewrap", .network = "none" },
	{ .name = "bubblewrap", .network = "public" },
	{ .name = "podman", .network = "none" },
	{ .name = "podman", .network = "public" },
	{ .name = "runsc", .network = "public" },
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
write_conf(const struct line *l, const char *path)
{
	const char *image = getenv("MOLTIS_TEST_IMAGE");
	FILE *f = fopen(path, "w");

	if (f == NULL)
		abort();
	fprintf(f,
	    "server: { external_url = \"http://127.0.0.1:8080\"; };\n"
	    "sandbox: { socket = \"%s\"; state_dir = \"%s/state\"; };\n"
	    "tools: { exec: { sandbox: { backend = \"%s\"; network = \"%s\"; "
	    "images = [%s%s%s]; }; }; };\n",
	    l->world.socket, l->world.folder, l->name, l->network,
	    image == NULL ? "" : "\"", image == NULL ? "" : image,
	    image == NULL ? "" : "\"");
	(void)fclose(f);
}

static void
become_daemon(const struct line *l, const char *conf)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)dup2(fd, STDERR_FILENO);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execl(l->world.program, l->world.program, "--conf", conf,
	    (char *)NULL);
	_exit(127);
}

/* false: this backend does not work here. */
static bool
open_line(struct line *l, const char *program, struct ev_loop *loop)
{
	int64_t until = clock_mono_ms() + START_SECS * 1000;
	struct world *w = &l->world;
	char conf[96];
	struct stat st;

	w->program = program;
	w->loop = loop;
	(void)snprintf(w->folder, sizeof(w->folder),
	    "/tmp/moltis-bench-XXXXXX");
	if (mkdtemp(w->folder) == NULL || chmod(w->folder, 0711) != 0)
		abort();
	(void)snprintf(w->socket, sizeof(w->socket), "%s/sock", w->folder);
	(void)snprintf(conf, sizeof(conf), "%s/conf", w->folder);
	write_conf(l, conf);
	w->daemon = fork();
	if (w->daemon == 0)
		become_daemon(l, conf);
	while (stat(w->socket, &st) != 0) {
		if (clock_mono_ms() > until ||
		    waitpid(w->daemon, NULL, WNOHANG) != 0)
			return false;
		(void)usleep(10000);
	}
	client_open(w);
	return true;
}

static bool
run_program(const char *const *argv)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		char *copy[60];
		size_t n = 0;

		/* execv never writes to them. */
		for (; argv[n] != NULL && n < 59; n++)
			memcpy(&copy[n], &argv[n], sizeof(copy[n]));
		copy[n] = NULL;
		(void)execv(argv[0], copy);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool
run_sandbox(struct line *l)
{
	struct sbx_run run = run_of(1, 1, "true");
	struct answer a;
	bool good;

	begin_run(&l->world, &a, &run);
	while (!a.is_over)
		(void)ev_run(l->world.loop, EVRUN_ONCE);
	good = a.status == ST_OK && a.result.exit_code == 0;
	answer_done(&a);
	return good;
}

static void
measure(struct line *l)
{
	double start = now_ms();
	bool good = l->argv != NULL ? run_program(l->argv) : run_sandbox(l);

	if (!good)
		fprintf(stderr, "%s (%s) failed\n", l->name, l->network);
	else
		l->ms[l->count++] = now_ms() - start;
	if (l->argv == NULL)
		spin(&l->world, PAUSE_SECS);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print(struct line *l, double base)
{
	double p50, p95;

	if (l->count == 0) {
		printf("%-14s %-7s  not here\n", l->name, l->network);
		return;
	}
	qsort(l->ms, (size_t)l->count, sizeof(l->ms[0]), by_size);
	p50 = l->ms[l->count / 2];
	p95 = l->ms[l->count * 95 / 100];
	printf("%-14s %-7s %5d %9.2f %9.2f %7.2f\n", l->name, l->network,
	    l->count, p50, p95, base > 0 ? p50 / base : 1.0);
}

static void
close_line(struct line *l)
{
	char command[128];

	if (l->argv != NULL)
		return;
	if (l->is_here) {
		client_close(&l->world);
		daemon_stop(&l->world, SIGTERM);
	}
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'",
	    l->world.folder);
	if (system(command) != 0)
		fprintf(stderr, "%s is left\n", l->world.folder);
}

int
main(int argc, char **argv)
{
	struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
	int rounds = argc > 2 ? atoi(argv[2]) : 100;
	double base = 0;

	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: start SANDBOXD [ROUNDS]\n");
		return 2;
	}
	log_open("bench");
	log_set_level(LOG_LVL_ERROR);
	for (size_t i = 0; i < LINES; i++)
		lines[i].is_here = lines[i].argv != NULL ||
		    open_line(&lines[i], argv[1], loop);
	for (int r = 0; r < rounds; r++) {
		for (size_t i = 0; i < LINES; i++) {
			if (lines[i].is_here)
				measure(&lines[i]);
		}
	}
	printf("%-14s %-7s %5s %9s %9s %7s\n", "what", "network", "runs",
	    "p50 ms", "p95 ms", "ratio");
	for (size_t i = 0; i < LINES; i++) {
		print(&lines[i], base);
		if (lines[i].argv == bare && lines[i].count > 0)
			base = lines[i].ms[lines[i].count / 2];
	}
	for (size_t i = 0; i < LINES; i++)
		close_line(&lines[i]);
	return 0;
}
