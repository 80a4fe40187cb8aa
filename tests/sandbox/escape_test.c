/*
 * The escape suite: tests/sandbox/probe.c inside each backend that works here,
 * started by moltis-sandboxd through the worker's client, in a network of its
 * own (world.h), while listeners, markers and a process of the host look
 * whether anything reaches them.
 *
 * usage: escape_test SANDBOXD PROBE [BACKEND]...
 * MOLTIS_TEST_IMAGE names an image for podman and runsc; tests/sandbox/image
 * makes one.  Prints the probe's JSON and one line a check.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "sandboxd/parts.h"
#include "tests/sandbox/test_sandboxd.h"
#include "tests/sandbox/world.h"

#define HOLD 18789           /* a port that the host listens on */
#define LISTED "192.168.9.9" /* private, and in ssrf_allowlist */
#define START_SECS 40
#define PROBE_SECS 120
#define CHUNK (512 << 10)

/* What of the host must not be touched. */
struct bait {
	char secret[64]; /* in the files */
	char files[3][120];
	char socket[120], abstract[60], host_name[80];
	pid_t process;
	unsigned *reached; /* connections that should not have been */
};

static struct bait bait;
static struct net_world net;

/* ---- the bait ----------------------------------------------------------- */

static int
listen_local(const char *name, bool abstract)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(name), skip = abstract ? 1 : 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path + skip, name, n);
	test_must(bind(fd, (struct sockaddr *)&at,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			  skip + n)) == 0 &&
		listen(fd, 8) == 0,
	    name);
	return fd;
}

static int
listen_port(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_port = htons(HOLD) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	test_must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
		    0 &&
		bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
		listen(fd, 8) == 0,
	    "listening");
	return fd;
}

/* The process that is to be left alone; it also counts who comes. */
static void
bait_process(void)
{
	struct pollfd p[3] = { { listen_local(bait.socket, false), POLLIN, 0 },
		{ listen_local(bait.abstract, true), POLLIN, 0 },
		{ listen_port(), POLLIN, 0 } };

	(void)chmod(bait.socket, 0777);
	bait.process = fork();
	test_must(bait.process >= 0, "fork");
	if (bait.process != 0) {
		for (int i = 0; i < 3; i++)
			(void)close(p[i].fd);
		return;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (poll(p, 3, -1) > 0) {
		for (int i = 0; i < 3; i++) {
			if (p[i].revents != 0 &&
			    accept(p[i].fd, NULL, NULL) >= 0)
				++*bait.reached;
		}
	}
	_exit(0);
}

static void
bait_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	test_must(fd >= 0 && fchmod(fd, 0666) == 0 &&
		write(fd, bait.secret, strlen(bait.secret)) ==
		    (ssize_t)strlen(bait.secret) &&
		close(fd) == 0,
	    path);
}

static void
bait_open(const struct world *w)
{
	unsigned char bytes[16];
	int pid = (int)getpid();

	bytes_random(bytes, sizeof(bytes));
	bytes_hex(bytes, sizeof(bytes), bait.secret);
	bait.reached = world_shared(sizeof(*bait.reached));
	(void)gethostname(bait.host_name, sizeof(bait.host_name) - 1);
	(void)snprintf(bait.files[0], sizeof(bait.files[0]),
	    "%s/moltis-marker-%d", "/root", pid);
	(void)snprintf(bait.files[1], sizeof(bait.files[1]),
	    "/var/lib/moltis-marker-%d", pid);
	(void)snprintf(bait.files[2], sizeof(bait.files[2]), "%s/moltis-marker",
	    w->folder);
	(void)snprintf(bait.socket, sizeof(bait.socket), "%s/bait.sock",
	    w->folder);
	(void)snprintf(bait.abstract, sizeof(bait.abstract), "moltis-bait-%d",
	    pid);
	for (int i = 0; i < 3; i++)
		bait_file(bait.files[i]);
	bait_process();
}

static bool
bait_is_whole(void)
{
	char text[100];
	bool whole = true;

	for (int i = 0; i < 3; i++) {
		int fd = open(bait.files[i], O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof(text));

		whole = whole && n == (ssize_t)strlen(bait.secret) &&
		    memcmp(text, bait.secret, (size_t)n) == 0;
		(void)close(fd);
	}
	return whole;
}

static void
bait_close(void)
{
	for (int i = 0; i < 3; i++)
		(void)unlink(bait.files[i]);
	(void)unlink(bait.socket);
	(void)kill(bait.process, SIGKILL);
}

/* ---- the daemon --------------------------------------------------------- */

static void
write_conf(const struct world *w, const char *path, const char *backend)
{
	const char *image = getenv("MOLTIS_TEST_IMAGE");
	FILE *f = fopen(path, "w");

	test_must(f != NULL, path);
	fprintf(f,
	    "server: { external_url = \"http://127.0.0.1:8080\"; };\n"
	    "sandbox: { socket = \"%s\"; state_dir = \"%s/state\"; };\n"
	    "tools: { exec: { sandbox: { backend = \"%s\"; images = [%s%s%s]; "
	    "}; }; ssrf_allowlist = [\"%s:%d\", \"169.254.0.0/16\", "
	    "\"203.0.113.0/24\"]; };\n",
	    w->socket, w->folder, backend, image == NULL ? "" : "\"",
	    image == NULL ? "" : image, image == NULL ? "" : "\"", LISTED,
	    WORLD_PORT);
	test_must(fclose(f) == 0, path);
}

static void
become_daemon(const struct world *w, const char *conf, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execl(w->program, w->program, "--conf", conf, (char *)NULL);
	_exit(127);
}

/* Prints the reason out of the daemon's log: why there is no such backend. */
static void
print_reason(const char *log, const char *backend)
{
	char line[2000], start[60];
	FILE *f = fopen(log, "r");
	const char *at;

	(void)snprintf(start, sizeof(start),
	    "\"backend\":\"%s\",\"why\":", backend);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		at = strstr(line, start);
		if (at != NULL)
			printf("# SKIP %s: %s", backend, at + strlen(start));
	}
	if (f != NULL)
		(void)fclose(f);
}

static bool
start(struct world *w, const char *backend)
{
	int64_t until = clock_mono_ms() + START_SECS * 1000;
	char conf[96], log[96];
	struct stat st;

	(void)snprintf(conf, sizeof(conf), "%s/conf", w->folder);
	(void)snprintf(log, sizeof(log), "%s/log", w->folder);
	write_conf(w, conf, backend);
	(void)unlink(w->socket);
	w->daemon = fork();
	test_must(w->daemon >= 0, "fork");
	if (w->daemon == 0)
		become_daemon(w, conf, log);
	while (stat(w->socket, &st) != 0) {
		if (clock_mono_ms() > until ||
		    waitpid(w->daemon, NULL, WNOHANG) != 0) {
			print_reason(log, backend);
			return false;
		}
		(void)poll(NULL, 0, 10);
	}
	client_open(w);
	return true;
}

/* ---- the run ------------------------------------------------------------ */

static void
upload(struct world *w, const char *path)
{
	static char block[CHUNK];
	struct sbx_file file = file_of(1, 1, "probe");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	test_must(fd >= 0, path);
	while ((n = read(fd, block, sizeof(block))) > 0) {
		struct answer a;

		file.data.p = block;
		file.data.n = (size_t)n;
		file_now(w, &a, SBX_WRITE, &file);
		test_must(a.status == ST_OK, "uploading the probe");
		answer_done(&a);
		file.offset += (uint64_t)n;
	}
	(void)close(fd);
}

static void
command(struct txt *t)
{
	txt_format(t,
	    "chmod 755 probe && exec ./probe --socket %s --abstract %s "
	    "--pid %d --hold %d --host '%s' --public 8.8.8.8:%d"
	    " --public " LISTED ":%d --connect 192.168.9.8:%d"
	    " --connect " LISTED ":%d",
	    bait.socket, bait.abstract, (int)bait.process, HOLD, bait.host_name,
	    WORLD_PORT, WORLD_PORT, WORLD_PORT, WORLD_PORT + 1);
	for (int i = 0; i < 3; i++)
		txt_format(t, " --marker %s", bait.files[i]);
	txt_format(t,
	    " --connect 127.0.0.1:%d --connect 10.0.2.2:%d"
	    " --connect 10.1.2.3:%d --connect 192.168.7.7:%d"
	    " --connect 169.254.169.254:%d --connect %s:%d --connect %s:%d"
	    " --connect [2001:db8:9::1]:%d --connect [fd12::1]:%d"
	    " --connect 127.0.0.1:%d --connect 10.0.2.2:%d",
	    WORLD_PORT, WORLD_PORT, WORLD_PORT, WORLD_PORT, WORLD_PORT,
	    WORLD_HOST, WORLD_PORT, WORLD_HOST_PUBLIC, WORLD_PORT, WORLD_PORT,
	    WORLD_PORT, HOLD, HOLD);
}

static int
dial_hold(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(HOLD),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = connect(fd, (struct sockaddr *)&at, sizeof(at));

	(void)close(fd);
	return error;
}

static void
look_around(struct world *w, const struct answer *a, const char *backend)
{
	char detail[600];

	(void)snprintf(detail, sizeof(detail), "%s, exit %d%s%s, %llu ms",
	    backend, a->result.exit_code, a->why[0] == '\0' ? "" : ", ", a->why,
	    (unsigned long long)a->result.wall_ms);
	test_ok(a->status == ST_OK && a->result.exit_code == 0,
	    "every row is contained", detail);
	test_ok(bait_is_whole(), "the markers of the host are unchanged",
	    backend);
	test_ok(kill(bait.process, 0) == 0 &&
		waitpid(bait.process, NULL, WNOHANG) == 0,
	    "the process of the host is alive", backend);
	(void)snprintf(detail, sizeof(detail),
	    "%s: sockets %u, host %u TCP %u UDP, world %u TCP %u UDP", backend,
	    *bait.reached, net.host->tcp, net.host->udp, net.far->tcp,
	    net.far->udp);
	test_ok(*bait.reached == 0 && net.host->tcp == 0 &&
		net.host->udp == 0 && net.far->tcp == 2 && net.far->udp == 0,
	    "one public and one listed connection arrived, nothing else",
	    detail);
	test_ok(dial_hold() == 0 && wait_gone(w, "moltis-leftover", 3) &&
		*bait.reached > 0,
	    "the host's port is the host's, nothing is left behind", backend);
	*bait.reached = 0;
}

/* A58: requests that must not even be sent, or are refused. */
static void
bad_requests(struct world *w, const char *backend)
{
	static const char *const images[] = { "--privileged", "x;id", "a b",
		"not/listed:1" };
	static const char *const folders[] = { "..", "../..", "a/../..", "/etc",
		"a/./../../b" };
	static const char *const names[] = { "A=B", "A\nB", "", "1A",
		"LD_PRELOAD", "PATH" };
	struct answer a;
	int refused = 0, asked = 0;

	for (size_t i = 0; i < 4 + 5 + 6; i++) {
		struct sbx_run run = run_of(1, 1, "echo ran");
		struct sbx_text *field = i < 4 ? &run.image
		    : i < 9                    ? &run.cwd
					       : &run.env[0].name;

		field->p = i < 4 ? images[i]
		    : i < 9      ? folders[i - 4]
				 : names[i - 9];
		field->n = strlen(field->p);
		run.env_count = i < 9 ? 0 : 1;
		run.env[0].value = run_of(1, 1, "x").command;
		run_now(w, &a, &run);
		asked++;
		refused += a.status != ST_OK && a.out.len == 0;
		if (a.status == ST_OK)
			printf("# %s was not refused: %s\n", field->p,
			    txt_str(&a.out));
		answer_done(&a);
	}
	test_ok(refused == asked, "A58: bad images, folders, names are refused",
	    backend);
}

/* Names that a shell or we put there. */
static bool
is_known_name(const char *line, size_t n)
{
	static const char *const names[] = { "PATH", "HOME", "LANG", "TZ",
		"TERM", "PWD", "OLDPWD", "SHLVL", "_", "V" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (n == strlen(names[i]) && memcmp(line, names[i], n) == 0)
			return true;
	}
	return false;
}

/* S47, S52: what is passed arrives as it is, by no argument list. */
static void
variables(struct world *w, const char *backend)
{
	static const char value[] =
	    "it's \"a\" $(touch /tmp/moltis-pwn) `id` \\ new\nline %s $HOME ";
	char secret[200];
	struct sbx_run run = run_of(1, 2,
	    "printf %s \"$V\"; sleep 1; unset V; env; echo 'q'\\''q' \"$(cat)\"");
	struct answer a;
	int seen = 0, unknown = 0;
	size_t n;

	(void)snprintf(secret, sizeof(secret), "%s%s", value, bait.secret);
	run.env[0].name = run_of(1, 1, "V").command;
	run.env[0].value = run_of(1, 1, secret).command;
	run.env_count = 1;
	begin_run(w, &a, &run);
	for (int i = 0; i < 8 && !a.is_over; i++) {
		spin(w, 0.15);
		seen += count_processes(bait.secret);
	}
	(void)wait_over(w, &a, 20);
	n = strlen(secret);
	test_ok(a.out.len > n && memcmp(a.out.data, secret, n) == 0 &&
		strstr(txt_str(&a.out), "q'q \n") != NULL &&
		access("/tmp/moltis-pwn", F_OK) != 0,
	    "a variable arrives as it is", backend);
	for (const char *at = txt_str(&a.out) + (a.out.len > n ? n : 0);
	     strchr(at, '\n') != NULL; at = strchr(at, '\n') + 1) {
		const char *equals = strpbrk(at, "=\n");

		if (*equals != '=' || is_known_name(at, (size_t)(equals - at)))
			continue;
		printf("# inside is %.60s\n", at);
		unknown++;
	}
	test_ok(seen == 0 && unknown == 0,
	    "no argument list has it, and no other variable is there", backend);
	answer_done(&a);
}

static bool
try_backend(struct world *w, const char *backend, const char *probe)
{
	struct answer a;
	struct sbx_run run;
	struct txt text;

	if (!start(w, backend))
		return false;
	txt_init(&text, 0);
	command(&text);
	run = run_of(1, 1, txt_str(&text));
	run.timeout_secs = PROBE_SECS;
	upload(w, probe);
	world_forget(&net);
	begin_run(w, &a, &run);
	if (!wait_over(w, &a, PROBE_SECS + 10))
		test_ok(false, "the probe ends", backend);
	printf("%s%s", txt_str(&a.out), txt_str(&a.err));
	look_around(w, &a, backend);
	answer_done(&a);
	variables(w, backend);
	bad_requests(w, backend);
	client_close(w);
	daemon_stop(w, SIGTERM);
	test_ok(count_groups(w) == 0, "no control group is left", backend);
	txt_done(&text);
	return true;
}

int
main(int argc, char **argv)
{
	static const char *const all[] = { "bubblewrap", "podman", "runsc",
		"docker" };
	static const struct net_policy policy = { .is_public = true };
	struct world w = { .program = argc > 1 ? argv[1] : NULL };
	char why[NET_WHY_BYTES], line[120];
	int tried = 0;

	if (argc < 3) {
		fprintf(stderr,
		    "usage: escape_test SANDBOXD PROBE "
		    "[BACKEND]...\n");
		return 2;
	}
	if (!net_check(&policy, why)) {
		printf("1..0 # SKIP %s\n", why);
		return 77;
	}
	log_open("test");
	log_set_level(LOG_LVL_ERROR);
	world_open(&net);
	w.loop = ev_default_loop(EVFLAG_AUTO);
	(void)snprintf(w.folder, sizeof(w.folder), "/tmp/moltis-esc-XXXXXX");
	test_must(mkdtemp(w.folder) != NULL && chmod(w.folder, 0711) == 0,
	    "mkdtemp");
	(void)snprintf(w.socket, sizeof(w.socket), "%s/sock", w.folder);
	bait_open(&w);
	for (int i = 3; i < argc; i++)
		tried += try_backend(&w, argv[i], argv[2]);
	for (int i = 0; i < 4 && argc == 3; i++)
		tried += try_backend(&w, all[i], argv[2]);
	bait_close();
	test_ok(tried > 0 && w.failed == 0, "at least one backend works here",
	    "");
	(void)snprintf(line, sizeof(line), "rm -rf -- '%s'", w.folder);
	if (system(line) != 0)
		printf("# %s is left\n", w.folder);
	return test_end();
}
