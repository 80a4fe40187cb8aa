/*
 * The network of a sandbox against a world of its own (world.h).
 *
 * What arrives there is exactly what the firewall let out: each row of
 * tests/data/addresses.tsv is dialled from inside, and the connections that
 * the world saw are compared with the row.  Exits 77 with the reason when
 * root, ip, nft, slirp4netns or /dev/net/tun is missing.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sandboxd/parts.h"
#include "sandboxd/program.h"
#include "tests/sandbox/world.h"

#define INSIDE 18789 /* where a sandbox listens */
#define NOBODY 65534
#define DIAL_MS 2000
#define MAX_ROWS 400

struct row {
	char text[NET_ADDR_TEXT];
	struct net_addr addr;
	bool open;     /* is to arrive */
	int error;     /* of the dial, set by the sandbox */
	int waited_ms; /* for it */
};

struct rows {
	struct row row[MAX_ROWS];
	int count;
	bool udp;
};

static struct net_world world;

/* ---- inside ------------------------------------------------------------ */

static void
drop(void)
{
	test_must(setgroups(0, NULL) == 0 &&
		setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		setresuid(NOBODY, NOBODY, NOBODY) == 0 &&
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0,
	    "dropping privileges");
}

static socklen_t
fill(struct sockaddr_storage *ss, const struct net_addr *addr, unsigned port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };

	memcpy(&v4.sin_addr, addr->bytes, 4);
	memcpy(&v6.sin6_addr, addr->bytes, 16);
	if (addr->v6)
		memcpy(ss, &v6, sizeof(v6));
	else
		memcpy(ss, &v4, sizeof(v4));
	return addr->v6 ? sizeof(v6) : sizeof(v4);
}

/* 0 when the other side took the connection and has counted it. */
static int
dial(const struct net_addr *addr, unsigned port)
{
	struct sockaddr_storage ss;
	socklen_t n = fill(&ss, addr, port), len = sizeof(int);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0;
	char byte;

	if (connect(fd, (struct sockaddr *)&ss, n) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		error = ETIMEDOUT;
		if (poll(&p, 1, DIAL_MS) == 1)
			(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error,
			    &len);
	}
	p.events = POLLIN;
	if (error == 0 &&
	    (poll(&p, 1, DIAL_MS) != 1 || read(fd, &byte, 1) != 0))
		error = EPROTO;
	(void)close(fd);
	return error;
}

/* A datagram may be lost on the way: what is to arrive gets more tries. */
static int
send_row(const struct row *row, unsigned number)
{
	struct sockaddr_storage ss;
	socklen_t n = fill(&ss, &row->addr, WORLD_PORT);
	int fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	int error = 0;

	for (int i = 0; i < 300 && !world.far->datagram[number]; i++) {
		if (i % 30 == 0 &&
		    sendto(fd, &number, sizeof(number), 0,
			(struct sockaddr *)&ss, n) < 0)
			error = errno;
		if (!row->open)
			break;
		(void)poll(NULL, 0, 5);
	}
	(void)close(fd);
	return error;
}

static int
dial_rows(void *arg)
{
	struct rows *rows = arg;

	drop();
	for (int i = 0; i < rows->count; i++) {
		struct row *row = &rows->row[i];
		int64_t start = clock_mono_ms();

		row->error = rows->udp ? send_row(row, (unsigned)i)
				       : dial(&row->addr, WORLD_PORT);
		row->waited_ms = (int)(clock_mono_ms() - start);
	}
	return 0;
}

static int
dial_text(const char *text, unsigned port)
{
	struct net_addr addr;

	test_must(net_addr_parse(text, &addr), text);
	return dial(&addr, port);
}

/* ---- outside ----------------------------------------------------------- */

static int
in_sandbox(const struct net_policy *policy, int (*run)(void *arg), void *arg)
{
	char why[NET_WHY_BYTES] = "";
	struct net net;
	int go, status;
	pid_t pid = world_new_net(run, arg, &go);

	if (net_attach(policy, pid, &net, why) != ST_OK) {
		printf("Bail out! net_attach: %s\n", why);
		exit(1);
	}
	(void)close(go);
	status = world_wait(pid);
	net_detach(&net);
	return status;
}

static void
read_rows(struct rows *rows)
{
	const char *top = getenv("srcdir");
	char path[600], line[256];
	struct net_addr v4;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/addresses.tsv",
	    top == NULL ? "." : top);
	f = fopen(path, "r");
	test_must(f != NULL, path);
	while (fgets(line, sizeof(line), f) != NULL && rows->count < MAX_ROWS) {
		struct row *row = &rows->row[rows->count];
		char verdict[10];

		if (sscanf(line, "addr\t%45s %9s", row->text, verdict) != 2)
			continue;
		test_must(net_addr_parse(row->text, &row->addr), row->text);
		row->open = strcmp(verdict, "public") == 0;
		/* The kernel dials IPv4 for a mapped address. */
		if (strncmp(row->text, "::ffff:", 7) == 0 &&
		    net_addr_embedded(&row->addr, &v4))
			row->open = net_is_public(&v4);
		rows->count++;
	}
	(void)fclose(f);
}

/* What arrived of ROWS is what is open; says how long refusals took. */
static void
compare(const struct rows *rows, const char *sentence)
{
	char detail[160];
	int wrong = 0, open = 0, arrived = 0, slowest = 0;

	for (int i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];
		bool seen = rows->udp ? world.far->datagram[i]
				      : world_saw(world.far, &row->addr);

		open += row->open;
		arrived += seen;
		if (!row->open && row->waited_ms > slowest)
			slowest = row->waited_ms;
		if (seen == row->open)
			continue;
		wrong++;
		printf("# %s %s (%s)\n", row->text,
		    seen ? "was reached" : "was not reached",
		    strerror(row->error));
	}
	snprintf(detail, sizeof(detail),
	    "%d open, %d shut, %d arrived, slowest refusal %d ms", open,
	    rows->count - open, arrived, slowest);
	test_ok(wrong == 0 && open > 0 && arrived == open &&
		(rows->udp || (int)world.far->tcp == open),
	    sentence, detail);
}

static void
whole_table(struct rows *rows)
{
	static const struct net_policy policy = { .is_public = true };

	read_rows(rows);
	test_must(rows->count >= 150, "addresses.tsv");
	(void)in_sandbox(&policy, dial_rows, rows);
	compare(rows, "TCP: what is public arrives, nothing else does");
	world_forget(&world);
	rows->udp = true;
	(void)in_sandbox(&policy, dial_rows, rows);
	(void)poll(NULL, 0, 200);
	compare(rows, "UDP: what is public arrives, nothing else does");
	rows->udp = false;
}

static void
set_rows(struct rows *rows, const char *const (*list)[2])
{
	rows->count = 0;
	for (; (*list)[0] != NULL; list++) {
		struct row *row = &rows->row[rows->count++];

		snprintf(row->text, sizeof(row->text), "%s", (*list)[0]);
		test_must(net_addr_parse(row->text, &row->addr), row->text);
		row->open = strcmp((*list)[1], "open") == 0;
	}
}

static void
exceptions(struct rows *rows)
{
	static const struct net_policy policy = { .is_public = true,
		.allow = { "198.51.100.7", "10.0.0.0/8:18790",
		    "172.16.0.0/12:1", "169.254.0.0/16", "[fd12::/16]:18790",
		    "2002::/16", "100.64.0.0/10", "fd00::/16" },
		.allow_count = 8 };
	static const char *const list[][2] = { { "198.51.100.7", "open" },
		{ "198.51.100.8", "shut" }, { "10.7.1.1", "open" },
		{ "172.16.0.9", "shut" }, { "192.168.1.1", "shut" },
		{ "169.254.1.1", "open" }, { "169.254.169.254", "shut" },
		{ "100.100.100.200", "shut" }, { "168.63.129.16", "shut" },
		{ "100.64.0.1", "open" }, { "fd12::9", "open" },
		{ "fd13::9", "shut" }, { "2002:a9fe:a9fe::1", "shut" },
		{ "2002:808:808::1", "open" }, { "fd00:ec2::254", "shut" },
		{ "fd00::2", "shut" }, { "10.0.2.2", "shut" },
		{ "10.0.2.3", "shut" }, { "8.8.8.8", "open" }, { NULL, NULL } };

	world_forget(&world);
	set_rows(rows, list);
	(void)in_sandbox(&policy, dial_rows, rows);
	compare(rows, "exceptions open their range and no metadata service");
}

/* A wide exception does not open this host, one that names it does. */
static void
own_exceptions(struct rows *rows)
{
	struct net_policy policy = { .is_public = true,
		.allow = { "203.0.113.0/24" },
		.allow_count = 1 };
	static const char *const list[][2] = { { WORLD_HOST, "shut" },
		{ "203.0.113.2", "open" }, { NULL, NULL } };

	world_forget(&world);
	set_rows(rows, list);
	(void)in_sandbox(&policy, dial_rows, rows);
	compare(rows, "a wide exception leaves out this host");
	test_ok(world.host->tcp == 0, "which got nothing", "");
	policy.allow[0] = WORLD_HOST ":18790";
	world_forget(&world);
	rows->row[1].open = false;
	(void)in_sandbox(&policy, dial_rows, rows);
	test_ok(rows->row[0].error == 0 && rows->row[1].error != 0 &&
		world.host->tcp == 1,
	    "one that names it opens it", "");
}

static void
own_addresses(struct rows *rows)
{
	static const struct net_policy policy = { .is_public = true };
	static const char *const list[][2] = { { "127.0.0.1", "shut" },
		{ "10.0.2.2", "shut" }, { "10.0.2.15", "shut" },
		{ "10.0.2.100", "shut" }, { "0.0.0.0", "shut" },
		{ WORLD_HOST, "shut" }, { WORLD_HOST_PUBLIC, "shut" },
		{ "64:ff9b::" WORLD_HOST_PUBLIC, "shut" }, { "::1", "shut" },
		{ "::", "shut" }, { "::ffff:127.0.0.1", "shut" },
		{ "::ffff:" WORLD_HOST_PUBLIC, "shut" },
		{ "2001:db8:9::1", "shut" }, { "fd00::2", "shut" },
		{ "fd00::3", "shut" }, { "fe80::2", "shut" },
		{ "45.45.45.44", "open" }, { NULL, NULL } };
	struct net_addr own;
	char detail[60];

	world_forget(&world);
	set_rows(rows, list);
	(void)in_sandbox(&policy, dial_rows, rows);
	compare(rows, "the host's addresses lead nowhere");
	rows->udp = true;
	(void)in_sandbox(&policy, dial_rows, rows);
	rows->udp = false;
	(void)poll(NULL, 0, 100);
	snprintf(detail, sizeof(detail), "%u TCP, %u UDP", world.host->tcp,
	    world.host->udp);
	test_ok(world.host->tcp == 0 && world.host->udp == 0,
	    "the host's listener got nothing", detail);
	test_must(net_addr_parse(WORLD_HOST_PUBLIC, &own), "address");
	test_ok(dial(&own, WORLD_PORT) == 0 && world.host->tcp == 1,
	    "and it does listen", "");
}

/* ---- names ------------------------------------------------------------- */

static int
ask_name(void *arg)
{
	static const unsigned char q[] = { 1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		8, 'i', 'n', 't', 'e', 'r', 'n', 'a', 'l', 0, 0, 1, 0, 1 };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(53) };
	unsigned char reply[512];
	struct pollfd p = { .events = POLLIN };
	char text[NET_ADDR_TEXT] = "";
	ssize_t n;

	drop();
	(void)inet_pton(AF_INET, net_resolver(arg), &to.sin_addr);
	p.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (sendto(p.fd, q, sizeof(q), 0, (struct sockaddr *)&to, sizeof(to)) !=
		(ssize_t)sizeof(q) ||
	    poll(&p, 1, DIAL_MS) != 1)
		return 1;
	n = recv(p.fd, reply, sizeof(reply), 0);
	if (n < 4 ||
	    inet_ntop(AF_INET, reply + n - 4, text, sizeof(text)) == NULL ||
	    strcmp(text, WORLD_NAME_ANSWER) != 0)
		return 2;
	return dial_text(text, WORLD_PORT) == 0 ? 3 : 0;
}

static void
names(void)
{
	static struct net_policy policy = { .is_public = true };
	char detail[20];
	int status;

	world_forget(&world);
	status = in_sandbox(&policy, ask_name, &policy);
	snprintf(detail, sizeof(detail), "status %d", status);
	test_ok(status == 0 && world.far->tcp == 0,
	    "a name is resolved, its private address is not reached", detail);
}

/* ---- listening --------------------------------------------------------- */

static int
listen_inside(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_port = htons(INSIDE) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    listen(fd, 8) != 0)
		return -1;
	return fd;
}

/* Counts what reaches a listener inside; ARG: where to say that it listens,
 * and how many came until told to stop. */
struct inside {
	int listening, reached, stop;
};

static int
be_listener(void *arg)
{
	struct inside *in = arg;
	struct pollfd p = { .events = POLLIN };

	drop();
	p.fd = listen_inside();
	if (p.fd < 0)
		return 1;
	in->listening = 1;
	while (!in->stop) {
		if (poll(&p, 1, 20) == 1 && accept(p.fd, NULL, NULL) >= 0)
			in->reached++;
	}
	return 0;
}

static int
dial_neighbour(void *arg)
{
	(void)arg;
	drop();
	return dial_text("10.0.2.100", INSIDE) == 0;
}

static void
listening(void)
{
	static const struct net_policy policy = { .is_public = true };
	struct inside *in = world_shared(sizeof(*in));
	char why[NET_WHY_BYTES] = "";
	struct net net;
	int go, fd, host, neighbour;
	pid_t pid = world_new_net(be_listener, in, &go);

	test_must(net_attach(&policy, pid, &net, why) == ST_OK, why);
	(void)close(go);
	for (int i = 0; i < 300 && !in->listening; i++)
		(void)poll(NULL, 0, 10);
	host = dial_text("127.0.0.1", INSIDE);
	(void)dial_text("10.0.2.100", INSIDE);
	(void)dial_text(WORLD_HOST, INSIDE);
	neighbour = in_sandbox(&policy, dial_neighbour, NULL);
	fd = listen_inside();
	test_ok(in->listening == 1 && in->reached == 0 &&
		host == ECONNREFUSED && neighbour == 0,
	    "a listener inside is reached by nobody", strerror(host));
	test_ok(fd >= 0, "and takes no port of the host", "");
	(void)close(fd);
	in->stop = 1;
	test_must(world_wait(pid) == 0, "listener");
	net_detach(&net);
}

/* ---- the rules stay ---------------------------------------------------- */

static int
try_program(const char *name, const char *a, const char *b, const char *c)
{
	char path[PROGRAM_PATH_BYTES], said[100];
	const char *argv[] = { path, a, b, c, NULL };
	struct program p = { .argv = argv, .in = -1, .timeout_secs = 5 };

	test_must(program_find(name, path), name);
	return program_run(&p, said, sizeof(said));
}

/* Each bit is something that should not have worked. */
static int
attack_rules(void *arg)
{
	int bad = 0;

	(void)arg;
	drop();
	bad |= try_program("nft", "flush", "ruleset", NULL) == 0 ? 1 : 0;
	bad |= try_program("ip", "route", "flush", "default") == 0 ? 2 : 0;
	bad |= try_program("ip", "link", "delete", "tap0") == 0 ? 4 : 0;
	bad |= socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 8 : 0;
	bad |= socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0 ? 16 : 0;
	/* Root of a user namespace is not root of this network. */
	if (unshare(CLONE_NEWUSER) == 0)
		bad |=
		    try_program("nft", "flush", "ruleset", NULL) == 0 ? 32 : 0;
	bad |= dial_text("10.9.9.9", WORLD_PORT) == 0 ? 64 : 0;
	return bad;
}

static int
nothing_but_loopback(void *arg)
{
	int bad = 0, fd;

	(void)arg;
	drop();
	bad |= dial_text("8.8.8.8", WORLD_PORT) != ENETUNREACH ? 1 : 0;
	bad |= dial_text("10.9.9.9", WORLD_PORT) != ENETUNREACH ? 2 : 0;
	bad |= dial_text("2a00::1", WORLD_PORT) == 0 ? 4 : 0;
	bad |= try_program("ip", "link", "show", "tap0") == 0 ? 8 : 0;
	fd = listen_inside();
	if (fork() == 0) {
		(void)close(accept(fd, NULL, NULL));
		_exit(0);
	}
	bad |= dial_text("127.0.0.1", INSIDE) != 0 ? 16 : 0;
	return bad;
}

static void
fences(void)
{
	static const struct net_policy open = { .is_public = true };
	static const struct net_policy none = { .is_public = false };
	char detail[40];
	int bad;

	world_forget(&world);
	bad = in_sandbox(&open, attack_rules, NULL);
	snprintf(detail, sizeof(detail), "status %d", bad);
	test_ok(bad == 0 && world.far->tcp == 0,
	    "nothing inside can change the rules", detail);
	bad = in_sandbox(&none, nothing_but_loopback, NULL);
	snprintf(detail, sizeof(detail), "status %d", bad);
	test_ok(bad == 0 && world.far->tcp == 0,
	    "without a network there is the loopback alone", detail);
}

/* ---- its end ----------------------------------------------------------- */

static int
wait_for_ever(void *arg)
{
	(void)arg;
	while (pause() != 0)
		continue;
	return 0;
}

static bool
has_ended(pid_t pid)
{
	for (int i = 0; i < 200; i++) {
		if (kill(pid, 0) != 0 && errno == ESRCH)
			return true;
		(void)poll(NULL, 0, 10);
	}
	return false;
}

/* A daemon that attaches a network and is then killed. */
static void
killed_daemon(void)
{
	static const struct net_policy policy = { .is_public = true };
	struct net *net = world_shared(sizeof(*net));
	char why[NET_WHY_BYTES] = "";
	int go;
	pid_t daemon;

	daemon = fork();
	if (daemon == 0) {
		pid_t box = world_new_net(wait_for_ever, NULL, &go);

		test_must(net_attach(&policy, box, net, why) == ST_OK, why);
		(void)kill(getpid(), SIGKILL);
	}
	test_must(world_wait(daemon) == 128 + SIGKILL, "the daemon");
	/* Adopted and reaped by init, or by us under a subreaper. */
	test_ok(net->helper > 0 && has_ended(net->helper),
	    "slirp4netns ends when the daemon is killed", "");
}

static void
detached(void)
{
	static const struct net_policy policy = { .is_public = true };
	char why[NET_WHY_BYTES] = "";
	struct net net;
	pid_t helper, pid;
	int go;

	pid = world_new_net(wait_for_ever, NULL, &go);
	test_must(net_attach(&policy, pid, &net, why) == ST_OK, why);
	helper = net.helper;
	net_detach(&net);
	net_detach(&net);
	test_ok(helper > 0 && has_ended(helper) && net.helper == 0 &&
		net.exit_fd == -1,
	    "detaching ends slirp4netns, twice does no harm", "");
	(void)kill(pid, SIGKILL);
	(void)world_wait(pid);
	test_ok(net_attach(&policy, getpid(), &net, why) != ST_OK,
	    "the host's own namespace is refused", why);
}

static void
missing(void)
{
	struct net_policy policy = { .is_public = true };
	char why[NET_WHY_BYTES] = "";
	char *path = strdup(getenv("PATH"));

	(void)setenv("PATH", "/nonexistent", 1);
	test_ok(!net_check(&policy, why) && strstr(why, "nftables") != NULL,
	    "a missing program is named with its package", why);
	policy.is_public = false;
	test_ok(net_check(&policy, why), "no network needs no program", "");
	(void)setenv("PATH", path, 1);
	free(path);
	policy.is_public = true;
	policy.allow[0] = "10.0.0.1/8";
	policy.allow_count = 1;
	test_ok(!net_check(&policy, why) && strstr(why, "10.0.0.1/8") != NULL,
	    "a wrong exception is named", why);
}

int
main(void)
{
	static const struct net_policy policy = { .is_public = true };
	struct rows *rows = world_shared(sizeof(*rows));
	char why[NET_WHY_BYTES];

	if (!net_check(&policy, why)) {
		printf("1..0 # SKIP %s\n", why);
		return 77;
	}
	world_open(&world);
	whole_table(rows);
	exceptions(rows);
	own_exceptions(rows);
	own_addresses(rows);
	names();
	listening();
	fences();
	killed_daemon();
	detached();
	missing();
	return test_end();
}
