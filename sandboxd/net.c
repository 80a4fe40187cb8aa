/*
 * The network of a sandbox: first the firewall, then slirp4netns, which dials
 * for the sandbox as a process of the host.
 *
 * The namespace belongs to the user namespace of the daemon (or, without root,
 * to one in which the sandbox gets no capability), so that nothing inside can
 * change the rules.  slirp4netns ends when the pipe of exit_fd closes, that is
 * with net_detach and with the death of whoever holds it.
 */
#include "config.h"

#include "sandboxd/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "net/net.h"
#include "sandboxd/net_host.h"
#include "sandboxd/net_rules.h"
#include "sandboxd/program.h"

#define READY_MS 4000
#define DETACH_MS 300
#define RULES_SECS 4
#define MAX_OWN 64
#define SLIRP_FILES 1024 /* one a connection */
#define SLIRP_MEMORY ((rlim_t)1 << 30)

/* The namespaces of the child; user is -1 when it is ours. */
struct place {
	int net, user;
};

static bool place_open(struct place *place, pid_t child);
static void place_close(struct place *place);
static bool enter(void *place);
static enum status put_rules(const struct net_policy *policy,
    struct place *place, char why[NET_WHY_BYTES]);
static enum status start_slirp(struct place *place, struct net *ret,
    char why[NET_WHY_BYTES]);

enum status
net_attach(const struct net_policy *policy, pid_t child, struct net *ret,
    char why[NET_WHY_BYTES])
{
	struct net net = { .helper = 0, .exit_fd = -1, .resolver = NULL };
	struct place place;
	enum status st;

	if (!place_open(&place, child)) {
		snprintf(why, NET_WHY_BYTES, "network namespace: %s",
		    strerror(errno));
		return ST_UNAVAILABLE;
	}
	st = put_rules(policy, &place, why);
	if (st == ST_OK && policy->is_public) {
		net.resolver = NET_RESOLVER;
		st = start_slirp(&place, &net, why);
	}
	place_close(&place);
	if (st == ST_OK)
		*ret = net;
	return st;
}

void
net_detach(struct net *net)
{
	int64_t deadline = clock_mono_ms() + DETACH_MS;
	pid_t pid = net->helper;

	if (net->exit_fd >= 0)
		(void)close(net->exit_fd);
	*net = (struct net){ .exit_fd = -1 };
	/* The number is safe to signal only while it is our child's. */
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_mono_ms() >= deadline)
			(void)kill(pid, SIGKILL);
		(void)poll(NULL, 0, 2);
	}
}

bool
net_check(const struct net_policy *policy, char why[NET_WHY_BYTES])
{
	static const char *const needs[] = { "nft", "slirp4netns" };
	char path[PROGRAM_PATH_BYTES];
	struct net_hole hole;
	own_fd int tun = -1;

	if (!policy->is_public)
		return true;
	for (size_t i = 0; i < 2; i++) {
		if (!program_find(needs[i], path)) {
			snprintf(why, NET_WHY_BYTES,
			    "%s is missing (Debian: apt install %s)", needs[i],
			    i == 0 ? "nftables" : needs[i]);
			return false;
		}
	}
	for (size_t i = 0; i < policy->allow_count; i++) {
		if (!net_hole_parse(policy->allow[i], &hole)) {
			snprintf(why, NET_WHY_BYTES,
			    "\"%.60s\" is not ADDRESS[/BITS][:PORT]",
			    policy->allow[i]);
			return false;
		}
	}
	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (tun < 0)
		snprintf(why, NET_WHY_BYTES,
		    "/dev/net/tun: %s (modprobe tun, or network = \"none\")",
		    strerror(errno));
	return tun >= 0;
}

const char *
net_resolver(const struct net_policy *policy)
{
	return policy->is_public ? NET_RESOLVER : NULL;
}

static bool
same_file(int a, const char *path)
{
	char left[64], right[64], link[32];
	ssize_t n, m;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", a);
	n = readlink(link, left, sizeof(left));
	m = readlink(path, right, sizeof(right));
	return n > 0 && n == m && memcmp(left, right, (size_t)n) == 0;
}

static bool
place_open(struct place *place, pid_t child)
{
	char path[64];

	*place = (struct place){ .net = -1, .user = -1 };
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)child);
	place->user = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)child);
	place->net = open(path, O_RDONLY | O_CLOEXEC);
	if (place->net < 0 || place->user < 0 ||
	    same_file(place->net, "/proc/self/ns/net")) {
		/* Rules for the host would be the end of the host. */
		if (place->net >= 0 && place->user >= 0)
			errno = EXDEV;
		place_close(place);
		return false;
	}
	if (same_file(place->user, "/proc/self/ns/user")) {
		(void)close(place->user);
		place->user = -1;
	}
	return true;
}

static void
place_close(struct place *place)
{
	own_fd_close(&place->net);
	own_fd_close(&place->user);
	*place = (struct place){ .net = -1, .user = -1 };
}

/*
 * The interface to come gets its IPv6 address at once, from the one router
 * there is: nobody else is on this network who could have the same.  Without
 * IPv6 on the host it gets none, and nothing waits for it in vain.
 */
static void
prepare_v6(bool v6)
{
	static const char *const with[] = { "accept_dad", "0",
		"router_solicitation_delay", "0", NULL };
	static const char *const without[] = { "disable_ipv6", "1", NULL };
	char path[80];

	for (const char *const *at = v6 ? with : without; *at != NULL;
	     at += 2) {
		own_fd int fd = -1;

		snprintf(path, sizeof(path),
		    "/proc/sys/net/ipv6/conf/default/%s", at[0]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		/* A kernel without IPv6 has no such file. */
		if (fd >= 0)
			(void)!write(fd, at[1], 1);
	}
}

/* In a child of ours: goes there and raises the loopback. */
static bool
enter(void *arg)
{
	const struct place *place = arg;
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	bool v6 = net_host_has_v6();
	own_fd int fd = -1;

	if ((place->user >= 0 && setns(place->user, CLONE_NEWUSER) != 0) ||
	    setns(place->net, CLONE_NEWNET) != 0) {
		dprintf(2, "entering the network namespace: %s\n",
		    strerror(errno));
		return false;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &req) != 0) {
		dprintf(2, "loopback: %s\n", strerror(errno));
		return false;
	}
	prepare_v6(v6);
	return true;
}

static bool
parse_holes(const struct net_policy *policy, struct net_hole *holes,
    char why[NET_WHY_BYTES])
{
	for (size_t i = 0; i < policy->allow_count; i++) {
		if (i >= NET_MAX_ALLOW ||
		    !net_hole_parse(policy->allow[i], &holes[i])) {
			snprintf(why, NET_WHY_BYTES,
			    "exception %zu is not ADDRESS[/BITS][:PORT]", i);
			return false;
		}
	}
	return true;
}

/* The rules as a file for nft; -1: WHY. */
static int
rules_fd(const struct net_policy *policy, char why[NET_WHY_BYTES])
{
	struct net_hole holes[NET_MAX_ALLOW];
	struct net_addr own[MAX_OWN];
	struct net_rules rules = { .holes = holes,
		.hole_count = policy->allow_count,
		.own = own,
		.v6 = net_host_has_v6() };
	own_txt struct txt text;
	int fd;

	txt_init(&text, 0);
	if (!parse_holes(policy, holes, why))
		return -1;
	if (!net_host_addresses(holes, policy->allow_count, own, MAX_OWN,
		&rules.own_count)) {
		snprintf(why, NET_WHY_BYTES, "the addresses of this host: %s",
		    strerror(errno));
		return -1;
	}
	net_rules_format(&rules, &text);
	fd = memfd_create("rules", MFD_CLOEXEC);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    lseek(fd, 0, SEEK_SET) != 0) {
		snprintf(why, NET_WHY_BYTES, "rules: %s", strerror(errno));
		own_fd_close(&fd);
		return -1;
	}
	return fd;
}

static enum status
put_rules(const struct net_policy *policy, struct place *place,
    char why[NET_WHY_BYTES])
{
	char path[PROGRAM_PATH_BYTES], said[NET_WHY_BYTES - 20];
	const char *nft[] = { path, "-f", "-", NULL };
	const char *nothing[] = { "/bin/true", NULL };
	struct program p = { .argv = policy->is_public ? nft : nothing,
		.in = -1,
		.prepare = enter,
		.arg = place,
		.timeout_secs = RULES_SECS };
	own_fd int rules = -1;
	int code;

	if (policy->is_public) {
		if (!program_find("nft", path)) {
			snprintf(why, NET_WHY_BYTES, "nft is missing");
			return ST_UNAVAILABLE;
		}
		p.in = rules = rules_fd(policy, why);
		if (rules < 0)
			return ST_UNAVAILABLE;
	}
	code = program_run(&p, said, sizeof(said));
	if (code != 0)
		snprintf(why, NET_WHY_BYTES, "firewall: %d %s", code, said);
	return code == 0 ? ST_OK : ST_UNAVAILABLE;
}

/* In the child: becomes slirp4netns.  Its own sandbox (an empty root and no
 * capabilities) and filter hold what the sandboxed side might make of it. */
static void
become_slirp(const struct place *place, const char *path, int ready, int leave)
{
	struct rlimit files = { SLIRP_FILES, SLIRP_FILES };
	struct rlimit memory = { SLIRP_MEMORY, SLIRP_MEMORY };
	char net[40], user[60], ready_arg[40], leave_arg[40];
	char *argv[20], *env[] = { NULL };
	static char fixed[][28] = { "slirp4netns", "--configure", "--mtu=65520",
		"--disable-host-loopback", "--enable-sandbox",
		"--enable-seccomp", "--netns-type=path", "tap0",
		"--enable-ipv6" };
	size_t n = 0;

	snprintf(net, sizeof(net), "/proc/self/fd/%d", dup(place->net));
	snprintf(user, sizeof(user), "--userns-path=/proc/self/fd/%d",
	    place->user < 0 ? -1 : dup(place->user));
	snprintf(ready_arg, sizeof(ready_arg), "--ready-fd=%d", dup(ready));
	snprintf(leave_arg, sizeof(leave_arg), "--exit-fd=%d", dup(leave));
	for (size_t i = 0; i < 7; i++)
		argv[n++] = fixed[i];
	if (net_host_has_v6())
		argv[n++] = fixed[8];
	if (place->user >= 0)
		argv[n++] = user;
	argv[n++] = ready_arg;
	argv[n++] = leave_arg;
	argv[n++] = net;
	argv[n++] = fixed[7];
	argv[n] = NULL;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)setrlimit(RLIMIT_AS, &memory);
	(void)execve(path, argv, env);
	_exit(125);
}

/* Waits until slirp4netns says that the interface is up. */
static bool
is_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, READY_MS) == 1 && read(fd, &byte, 1) == 1;
}

static enum status
start_slirp(struct place *place, struct net *ret, char why[NET_WHY_BYTES])
{
	char path[PROGRAM_PATH_BYTES];
	int ready[2] = { -1, -1 }, leave[2] = { -1, -1 };
	bool up = false;

	if (!program_find("slirp4netns", path)) {
		snprintf(why, NET_WHY_BYTES, "slirp4netns is missing");
		return ST_UNAVAILABLE;
	}
	if (pipe2(ready, O_CLOEXEC) == 0 && pipe2(leave, O_CLOEXEC) == 0)
		ret->helper = fork();
	if (ret->helper == 0 && leave[0] >= 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)setsid();
		(void)dup2(null, 0);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		become_slirp(place, path, ready[1], leave[0]);
	}
	own_fd_close(&ready[1]);
	own_fd_close(&leave[0]);
	ret->exit_fd = leave[1];
	if (ret->helper > 0)
		up = is_ready(ready[0]);
	own_fd_close(&ready[0]);
	if (up)
		return ST_OK;
	snprintf(why, NET_WHY_BYTES,
	    "slirp4netns did not start; try it by hand with --enable-sandbox "
	    "--enable-seccomp");
	net_detach(ret);
	return ST_UNAVAILABLE;
}
