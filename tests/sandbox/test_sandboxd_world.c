/* The harness of test_sandboxd: daemon, client, waiting, looking around. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "tests/sandbox/test_sandboxd.h"

void
check(struct world *w, bool ok, const char *sentence)
{
	if (ok)
		w->passed++;
	else {
		w->failed++;
		fprintf(stderr, "FAILED: %s\n", sentence);
	}
}

static void
write_conf(const struct world *w, const char *path, const char *options)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		abort();
	fprintf(f,
	    "server: { external_url = \"http://127.0.0.1:8080\"; };\n"
	    "sandbox: { socket = \"%s\"; state_dir = \"%s/state\"; };\n"
	    "log: { level = \"debug\"; };\n"
	    "tools: { exec: { sandbox: { %s }; }; };\n",
	    w->socket, w->folder, options);
	if (fclose(f) != 0)
		abort();
}

static _Noreturn void
become_daemon(const struct world *w, const char *conf, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(w->program, w->program, "--conf", conf, (char *)NULL);
	_exit(127);
}

/* How many times longer all may take: MOLTIS_TEST_SLOW, for emulators. */
static unsigned int
slow(void)
{
	const char *text = getenv("MOLTIS_TEST_SLOW");
	unsigned long n = text == NULL ? 1 : strtoul(text, NULL, 10);

	return n < 1 || n > 50 ? 1 : (unsigned int)n;
}

void
world_empty(struct world *w)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf -- '%s/state'",
	    w->folder);
	if (system(command) != 0)
		abort();
}

void
daemon_start(struct world *w, const char *options)
{
	char conf[96], log[96];
	struct stat st;
	int64_t until = clock_mono_ms() + 30000 * (int64_t)slow();

	(void)snprintf(conf, sizeof(conf), "%s/conf", w->folder);
	(void)snprintf(log, sizeof(log), "%s/log", w->folder);
	write_conf(w, conf, options);
	(void)unlink(w->socket);
	w->daemon = fork();
	if (w->daemon == 0)
		become_daemon(w, conf, log);
	while (stat(w->socket, &st) != 0 && clock_mono_ms() < until) {
		if (waitpid(w->daemon, NULL, WNOHANG) != 0) {
			fprintf(stderr, "the daemon did not start\n");
			exit(2);
		}
		(void)usleep(2000);
	}
}

int
daemon_refused(struct world *w, const char *options, const char *log)
{
	int64_t until = clock_mono_ms() + 60000;
	char conf[96];
	int status = -1;
	pid_t pid;

	(void)snprintf(conf, sizeof(conf), "%s/conf", w->folder);
	write_conf(w, conf, options);
	(void)unlink(w->socket);
	pid = fork();
	if (pid == 0)
		become_daemon(w, conf, log);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_mono_ms() > until || access(w->socket, F_OK) == 0) {
			(void)kill(pid, SIGTERM);
			(void)waitpid(pid, &status, 0);
			return -1;
		}
		(void)usleep(2000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
daemon_stop(struct world *w, int sig)
{
	int status;

	(void)kill(w->daemon, sig);
	while (waitpid(w->daemon, &status, 0) < 0 && errno == EINTR)
		;
	if (sig == SIGTERM)
		check(w, WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "the daemon ends cleanly");
	w->daemon = 0;
}

void
client_open(struct world *w)
{
	int64_t until = clock_mono_ms() + 10000 * (int64_t)slow();

	w->client = sandbox_client_new(w->loop, w->socket);
	while (
	    !sandbox_client_is_connected(w->client) && clock_mono_ms() < until)
		spin(w, 0.01);
}

void
client_close(struct world *w)
{
	sandbox_client_free(w->client);
	w->client = NULL;
}

static long
status_number(pid_t pid, const char *key)
{
	char path[64], line[128];
	long n = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0)
			n = strtol(line + strlen(key), NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return n;
}

long
daemon_rss_kib(const struct world *w)
{
	return status_number(w->daemon, "VmRSS:");
}

static struct sbx_text
text_of(const char *s)
{
	struct sbx_text t = { s, strlen(s) };

	return t;
}

struct sbx_run
run_of(int account, int session, const char *command)
{
	struct sbx_run run = { .timeout_secs = 20 * slow() };

	memset(run.account, 0xa0 + account, SBX_ID_BYTES);
	memset(run.session, 0x50 + session, SBX_ID_BYTES);
	bytes_random(run.run, SBX_ID_BYTES);
	run.command = text_of(command);
	run.cwd = run.image = text_of("");
	return run;
}

struct sbx_file
file_of(int account, int session, const char *path)
{
	struct sbx_file file = { 0 };

	memset(file.account, 0xa0 + account, SBX_ID_BYTES);
	memset(file.session, 0x50 + session, SBX_ID_BYTES);
	file.path = text_of(path);
	file.data = text_of("");
	return file;
}

static void
on_started(void *arg)
{
	((struct answer *)arg)->started = true;
}

static void
on_output(void *arg, bool is_err, struct sbx_text bytes)
{
	struct answer *a = arg;

	txt_append_n(is_err ? &a->err : &a->out, bytes.p, bytes.n);
}

static void
on_end(void *arg, const struct sbx_result *result)
{
	struct answer *a = arg;

	a->result = *result;
	a->is_over = true;
}

static void
on_entry(void *arg, const struct sbx_entry *e)
{
	struct answer *a = arg;

	txt_format(&a->names, "%d ", (int)e->kind);
	txt_append_n(&a->names, e->name.p, e->name.n);
	txt_append_c(&a->names, '\n');
}

static void
on_data(void *arg, const struct sbx_data *data)
{
	struct answer *a = arg;

	txt_append_n(&a->out, data->bytes.p, data->bytes.n);
}

static void
on_done(void *arg)
{
	((struct answer *)arg)->is_over = true;
}

static void
on_report(void *arg, const struct sbx_report *report)
{
	struct answer *a = arg;

	a->report = *report;
	(void)snprintf(a->backend, sizeof(a->backend), "%.*s",
	    (int)report->backend.n, report->backend.p);
	(void)snprintf(a->report_why, sizeof(a->report_why), "%.*s",
	    (int)report->why.n, report->why.p);
	a->is_over = true;
}

static void
on_error(void *arg, enum status st, const char *text)
{
	struct answer *a = arg;

	a->status = st;
	(void)snprintf(a->why, sizeof(a->why), "%s", text);
	a->is_over = true;
}

static const struct sandbox_callbacks callbacks = { on_started, on_output,
	on_end, on_entry, on_data, on_done, on_report, on_error };

static void
began(struct answer *a)
{
	if (a->call != NULL)
		return;
	a->status = ST_INVALID;
	a->is_over = true;
}

void
begin_run(struct world *w, struct answer *a, const struct sbx_run *run)
{
	memset(a, 0, sizeof(*a));
	a->call = sandbox_run(w->client, run, &callbacks, a);
	began(a);
}

void
begin_file(struct world *w, struct answer *a, enum sbx_type type,
    const struct sbx_file *file)
{
	memset(a, 0, sizeof(*a));
	a->call = type == SBX_STATUS
	    ? sandbox_status(w->client, &callbacks, a)
	    : sandbox_file(w->client, type, file, &callbacks, a);
	began(a);
}

static void
on_tick(struct ev_loop *loop, ev_timer *t, int revents)
{
	(void)loop;
	(void)t;
	(void)revents;
}

void
spin(struct world *w, double secs)
{
	int64_t until = clock_mono_ms() + (int64_t)(secs * 1000);
	ev_timer tick;

	ev_timer_init(&tick, on_tick, 0.005, 0.005);
	ev_timer_start(w->loop, &tick);
	do {
		(void)ev_run(w->loop, EVRUN_ONCE);
	} while (clock_mono_ms() < until);
	ev_timer_stop(w->loop, &tick);
}

bool
wait_over(struct world *w, struct answer *a, double secs)
{
	int64_t until = clock_mono_ms() + (int64_t)(secs * slow() * 1000);

	while (!a->is_over && clock_mono_ms() < until)
		spin(w, 0.002);
	return a->is_over;
}

void
cancel(struct world *w, struct answer *a)
{
	check(w, !a->is_over, "a command runs until it is canceled");
	if (a->is_over)
		fprintf(stderr, "status %d %s exit %d %s\n", (int)a->status,
		    a->why, a->result.exit_code, txt_str(&a->err));
	else
		sandbox_cancel(a->call);
}

void
answer_done(struct answer *a)
{
	txt_done(&a->out);
	txt_done(&a->err);
	txt_done(&a->names);
}

void
run_now(struct world *w, struct answer *a, const struct sbx_run *run)
{
	begin_run(w, a, run);
	check(w, wait_over(w, a, 60), "a command ends");
}

void
sh(struct world *w, struct answer *a, int account, const char *command)
{
	struct sbx_run run = run_of(account, 1, command);

	run_now(w, a, &run);
	if (a->status != ST_OK || getenv("SBXD_VERBOSE") != NULL)
		fprintf(stderr, "%s: status %d %s\n%s%s", command,
		    (int)a->status, a->why, txt_str(&a->out), txt_str(&a->err));
}

void
file_now(struct world *w, struct answer *a, enum sbx_type type,
    const struct sbx_file *file)
{
	begin_file(w, a, type, file);
	check(w, wait_over(w, a, 30), "a file request is answered");
}

static bool
cmdline_has(const char *pid, const char *text)
{
	char path[300], args[65536];
	size_t n, m = strlen(text);
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	n = fread(args, 1, sizeof(args), f);
	fclose(f);
	return n > 0 && memmem(args, n, text, m) != NULL;
}

/* Counts them, and sends them SIG unless it is 0. */
static int
each_process(const char *text, int sig)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (!isdigit((unsigned char)e->d_name[0]) || pid == getpid() ||
		    !cmdline_has(e->d_name, text))
			continue;
		n++;
		if (sig != 0)
			(void)kill(pid, sig);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

int
count_processes(const char *text)
{
	return each_process(text, 0);
}

int
kill_processes(const char *text)
{
	return each_process(text, SIGKILL);
}

bool
wait_gone(struct world *w, const char *text, double secs)
{
	int64_t until = clock_mono_ms() + (int64_t)(secs * slow() * 1000);

	while (count_processes(text) > 0 && clock_mono_ms() < until)
		spin(w, 0.02);
	return count_processes(text) == 0;
}

/* Is its only member the daemon's own program, which waits there? */
static bool
is_cell(const struct world *w, int dir, const char *name)
{
	char path[300], pids[200] = "";
	int fd;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, pids, sizeof(pids) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0 || strchr(pids, '\n') != pids + n - 1)
		return false;
	pids[n - 1] = '\0';
	return cmdline_has(pids, w->program);
}

/* The parent's name is made from the state folder, as the daemon does. */
int
count_groups(const struct world *w)
{
	static const char *const tops[] = { "/sys/fs/cgroup/pids",
		"/sys/fs/cgroup" };
	unsigned char hash[BYTES_SHA256];
	char state[96], hex[9], path[160];
	struct dirent *e;
	DIR *d = NULL;
	int n = 0;

	(void)snprintf(state, sizeof(state), "%s/state", w->folder);
	bytes_sha256(state, strlen(state), hash);
	bytes_hex(hash, 4, hex);
	for (size_t i = 0; d == NULL && i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/moltis-%s", tops[i],
		    hex);
		d = opendir(path);
	}
	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_type == DT_DIR && e->d_name[0] != '.' &&
		    !is_cell(w, dirfd(d), e->d_name);
	if (d != NULL)
		closedir(d);
	return n;
}
