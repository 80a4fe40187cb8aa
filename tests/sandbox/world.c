/* The world of the network tests: three namespaces joined by a veth pair, two
 * listeners that count, a resolver, and the lines of the test's report. */
#include "config.h"

#include "tests/sandbox/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandboxd/program.h"

static int failed, done;

void
test_ok(bool good, const char *sentence, const char *detail)
{
	printf("%s %d - %s%s%s\n", good ? "ok" : "not ok", ++done, sentence,
	    detail[0] == '\0' ? "" : ": ", detail);
	(void)fflush(stdout);
	failed += !good;
}

void
test_must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

int
test_end(void)
{
	printf("1..%d\n", done);
	return failed == 0 ? 0 : 1;
}

void *
world_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	test_must(p != MAP_FAILED, "mmap");
	return p;
}

static void
ip(const char *line)
{
	char text[200], path[PROGRAM_PATH_BYTES], said[200];
	const char *argv[24] = { path };
	struct program p = { .argv = argv, .in = -1, .timeout_secs = 5 };
	char *save = NULL;
	int n = 1;

	test_must(program_find("ip", path), "ip (Debian: iproute2)");
	snprintf(text, sizeof(text), "%s", line);
	for (char *w = strtok_r(text, " ", &save); w != NULL && n < 23;
	     w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	if (program_run(&p, said, sizeof(said)) != 0) {
		printf("Bail out! ip %s: %s\n", line, said);
		exit(1);
	}
}

static int
listener(int type)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
		.sin6_port = htons(WORLD_PORT) };
	int off = 0, fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	test_must(fd >= 0 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ==
		    0 &&
		bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
		(type != SOCK_STREAM || listen(fd, 64) == 0),
	    "listening");
	return fd;
}

static void
accept_one(int tcp, struct world_seen *seen)
{
	struct sockaddr_storage to;
	socklen_t n = sizeof(to);
	int fd = accept(tcp, NULL, NULL);

	if (fd < 0)
		return;
	seen->tcp++;
	if (seen->count < WORLD_MAX_SEEN &&
	    getsockname(fd, (struct sockaddr *)&to, &n) == 0 &&
	    net_addr_of_socket((struct sockaddr *)&to,
		&seen->addr[seen->count]))
		seen->count++;
	(void)close(fd);
}

static void
receive_one(int udp, struct world_seen *seen)
{
	unsigned number = WORLD_MAX_SEEN;

	if (recv(udp, &number, sizeof(number), 0) < 0)
		return;
	seen->udp++;
	if (number < WORLD_MAX_SEEN)
		seen->datagram[number] = true;
}

/* Forks a listener that writes down which address was dialled. */
static void
serve(struct world_seen *seen)
{
	struct pollfd p[2] = { { listener(SOCK_STREAM), POLLIN, 0 },
		{ listener(SOCK_DGRAM), POLLIN, 0 } };

	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (poll(p, 2, -1) >= 0) {
			if (p[1].revents != 0)
				receive_one(p[1].fd, seen);
			if (p[0].revents != 0)
				accept_one(p[0].fd, seen);
		}
		_exit(0);
	}
	(void)close(p[0].fd);
	(void)close(p[1].fd);
}

static void
answer_name(int fd)
{
	static const unsigned char answer[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0,
		60, 0, 4, 10, 1, 2, 3 };
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	unsigned char q[600];
	ssize_t n = recvfrom(fd, q, 500, 0, (struct sockaddr *)&from, &len);
	size_t end = 12;

	while (n > 17 && end < (size_t)n && q[end] != 0)
		end += q[end] + 1u;
	end += 5;
	if (n <= 17 || end > (size_t)n)
		return;
	q[2] = 0x81;
	q[3] = 0x80;
	q[7] = 1;
	memset(q + 8, 0, 4);
	memcpy(q + end, answer, sizeof(answer));
	(void)sendto(fd, q, end + sizeof(answer), 0, (struct sockaddr *)&from,
	    len);
}

/* Forks a resolver with one answer to every question. */
static void
serve_names(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	test_must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0,
	    "resolver");
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			answer_name(fd);
	}
	(void)close(fd);
}

/* slirp4netns asks the host's first nameserver: that must be ours. */
static void
use_names(void)
{
	char path[] = "/tmp/moltis-resolv-XXXXXX";
	char real[4096];
	int fd = mkstemp(path);

	test_must(fd >= 0 && dprintf(fd, "nameserver 127.0.0.1\n") > 0 &&
		fchmod(fd, 0644) == 0 && close(fd) == 0,
	    "resolv.conf");
	test_must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		realpath("/etc/resolv.conf", real) != NULL &&
		mount(path, real, NULL, MS_BIND, NULL) == 0,
	    "mount over resolv.conf");
	(void)unlink(path);
}

pid_t
world_new_net(int (*run)(void *arg), void *arg, int *ret_go)
{
	int ready[2], go[2];
	char byte;
	pid_t pid;

	test_must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0,
	    "pipe");
	pid = fork();
	test_must(pid >= 0, "fork");
	if (pid == 0) {
		(void)close(go[1]);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		test_must(unshare(CLONE_NEWNET) == 0, "unshare");
		test_must(write(ready[1], "", 1) == 1, "ready");
		(void)!read(go[0], &byte, 1);
		_exit(run(arg));
	}
	(void)close(go[0]);
	(void)close(ready[1]);
	test_must(read(ready[0], &byte, 1) == 1, "child");
	(void)close(ready[0]);
	*ret_go = go[1];
	return pid;
}

int
world_wait(pid_t pid)
{
	int status;

	test_must(waitpid(pid, &status, 0) == pid, "wait");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int
be_far(void *arg)
{
	struct net_world *w = arg;

	ip("link set lo up");
	ip("link set w0 up");
	ip("addr add 203.0.113.2/24 dev w0");
	ip("addr add 2001:db8:9::2/64 dev w0 nodad");
	ip("route add local 0.0.0.0/0 dev lo table main");
	ip("-6 route add local ::/0 dev lo table main");
	serve(w->far);
	w->far->tcp = 1;
	while (pause() != 0)
		continue;
	return 0;
}

void
world_open(struct net_world *w)
{
	char line[120];
	pid_t far;
	int go;

	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root for network namespaces\n");
		exit(77);
	}
	w->far = world_shared(sizeof(*w->far));
	w->host = world_shared(sizeof(*w->host));
	test_must(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "namespaces");
	use_names();
	far = world_new_net(be_far, w, &go);
	ip("link set lo up");
	snprintf(line, sizeof(line),
	    "link add h0 type veth peer name w0 netns %d", (int)far);
	ip(line);
	ip("link set h0 up");
	ip("addr add " WORLD_HOST "/24 dev h0");
	ip("addr add 2001:db8:9::1/64 dev h0 nodad");
	ip("addr add " WORLD_HOST_PUBLIC "/32 dev lo");
	(void)close(go);
	ip("route add default via 203.0.113.2");
	ip("-6 route add default via 2001:db8:9::2");
	serve(w->host);
	serve_names();
	for (int i = 0; i < 500 && w->far->tcp == 0; i++)
		(void)poll(NULL, 0, 10);
	test_must(w->far->tcp == 1, "the world");
	world_forget(w);
}

void
world_forget(struct net_world *w)
{
	memset(w->far, 0, sizeof(*w->far));
	memset(w->host, 0, sizeof(*w->host));
}

/* IPv4 comes out of a dual socket as a mapped address. */
bool
world_saw(const struct world_seen *seen, const struct net_addr *addr)
{
	struct net_addr v4;

	for (unsigned i = 0; i < seen->count; i++) {
		const struct net_addr *at = &seen->addr[i];

		if (at->v6 == addr->v6 &&
		    memcmp(at->bytes, addr->bytes, 16) == 0)
			return true;
		if (!addr->v6 && net_addr_embedded(at, &v4) &&
		    memcmp(v4.bytes, addr->bytes, 4) == 0)
			return true;
	}
	return false;
}
