/* The probe's attempts on the network: rows A52 to A54. */
#define _GNU_SOURCE 1
#include "tests/sandbox/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Asks for a route; the kernel's answer, or -errno. */
static int
add_route(void)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
	} ask = { { sizeof(ask), RTM_NEWROUTE,
		      NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0 },
		{ .rtm_family = AF_INET,
		    .rtm_table = RT_TABLE_MAIN,
		    .rtm_protocol = RTPROT_STATIC,
		    .rtm_scope = RT_SCOPE_HOST,
		    .rtm_type = RTN_LOCAL } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[400];
	} reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int result = -EPERM;

	if (fd < 0)
		return -errno;
	if (send(fd, &ask, sizeof(ask), 0) == (ssize_t)sizeof(ask) &&
	    recv(fd, &reply, sizeof(reply), 0) >= (ssize_t)NLMSG_LENGTH(4))
		result = reply.error.error;
	(void)close(fd);
	return result;
}

void
raw_sockets(void)
{
	static const struct {
		const char *name;
		int family, type, protocol;
	} list[] = { { "packet", AF_PACKET, SOCK_RAW, 0x300 },
		{ "packet dgram", AF_PACKET, SOCK_DGRAM, 0x300 },
		{ "raw icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ "raw", AF_INET, SOCK_RAW, IPPROTO_RAW },
		{ "raw icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
		{ "sock_packet", AF_INET, SOCK_PACKET, 0x300 },
		{ "sctp", AF_INET, SOCK_STREAM, 132 },
		{ "dccp", AF_INET, SOCK_DCCP, 33 },
		{ "vsock", AF_VSOCK, SOCK_STREAM, 0 },
		{ "alg", AF_ALG, SOCK_SEQPACKET, 0 },
		{ "xdp", 44, SOCK_RAW, 0 }, { "can", AF_CAN, SOCK_RAW, 1 },
		{ "key", AF_KEY, SOCK_RAW, 2 },
		{ "tipc", AF_TIPC, SOCK_RDM, 0 },
		{ "bluetooth", AF_BLUETOOTH, SOCK_RAW, 1 },
		{ "rds", AF_RDS, SOCK_SEQPACKET, 0 },
		{ "netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER },
		{ "audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT },
		{ "uevent", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT },
		{ "generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC } };
	struct ifreq req = { .ifr_name = "lo" };
	int fd, got;

	for (size_t i = 0; i < COUNT(list); i++) {
		fd = socket(list[i].family, list[i].type, list[i].protocol);
		try(fd >= 0, "%s", list[i].name);
		if (fd >= 0)
			(void)close(fd);
	}
	got = add_route();
	try(got == 0, "route");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	try(ioctl(fd, SIOCSIFFLAGS, &req) == 0, "interface down");
	req.ifr_mtu = 1000;
	try(ioctl(fd, SIOCSIFMTU, &req) == 0, "mtu");
	(void)close(fd);
}

/* "1.2.3.4:80" or "[::1]:80". */
static bool
address_parse(const char *text, struct sockaddr_storage *to, socklen_t *ret_n)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const char *colon = strrchr(text, ':');
	char host[64];
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);

	if (n < 3 || n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	v4.sin_port = v6.sin6_port = htons((uint16_t)atoi(colon + 1));
	memset(to, 0, sizeof(*to));
	if (host[0] == '[') {
		host[n - 1] = '\0';
		memcpy(to, &v6, sizeof(v6));
		*ret_n = sizeof(v6);
		return inet_pton(AF_INET6, host + 1,
			   &((struct sockaddr_in6 *)to)->sin6_addr) == 1;
	}
	memcpy(to, &v4, sizeof(v4));
	*ret_n = sizeof(v4);
	return inet_pton(AF_INET, host,
		   &((struct sockaddr_in *)to)->sin_addr) == 1;
}

/* 0, or why not. */
static int
dial(const char *text, int type)
{
	struct sockaddr_storage to;
	socklen_t n, len = sizeof(int);
	struct pollfd p = { .events = POLLOUT };
	int error = 0;

	if (!address_parse(text, &to, &n))
		return EINVAL;
	p.fd = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p.fd < 0)
		return errno;
	if (connect(p.fd, (struct sockaddr *)&to, n) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		error = ETIMEDOUT;
		if (poll(&p, 1, 2000) == 1)
			(void)getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error,
			    &len);
	}
	if (error == 0 && type == SOCK_DGRAM)
		(void)!send(p.fd, "probe", 5, 0);
	(void)close(p.fd);
	return error;
}

void
private_network(void)
{
	static const char *const list[] = { "127.0.0.1:22", "127.0.0.1:80",
		"127.0.0.1:5432", "127.0.0.1:8080", "127.0.0.53:53",
		"0.0.0.0:5432", "10.0.2.2:22", "10.0.2.2:80", "10.0.2.2:5432",
		"10.0.2.3:80", "10.0.0.1:80", "172.17.0.1:80", "192.168.0.1:80",
		"192.168.1.1:80", "100.64.0.1:80", "169.254.169.254:80",
		"169.254.170.2:80", "100.100.100.200:80", "168.63.129.16:80",
		"[::1]:5432", "[::1]:80", "[::ffff:127.0.0.1]:5432",
		"[::ffff:169.254.169.254]:80", "[fd00::2]:80",
		"[fd00:ec2::254]:80", "[fe80::1]:80", "[64:ff9b::a9fe:a9fe]:80",
		"[2002:a9fe:a9fe::1]:80" };

	for (size_t i = 0; i < COUNT(list); i++)
		try(dial(list[i], SOCK_STREAM) == 0, "%s", list[i]);
	for (int i = 0; i < connects.n; i++) {
		try(dial(connects.text[i], SOCK_STREAM) == 0, "%s",
		    connects.text[i]);
		/* Whether it came, only the other side knows. */
		(void)dial(connects.text[i], SOCK_DGRAM);
	}
	for (int i = 0; i < publics.n; i++) {
		int error = dial(publics.text[i], SOCK_STREAM);

		try(error != 0, "public %s: %s, not", publics.text[i],
		    strerror(error));
	}
}

/* Its own ports are its own: what the host holds is free in here. */
void
listeners(void)
{
	for (int i = 0; i < holds.n; i++) {
		struct sockaddr_in any = { .sin_family = AF_INET,
			.sin_port = htons((uint16_t)atoi(holds.text[i])) };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		try(bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
			listen(fd, 1) != 0,
		    "port %s is the host's:", holds.text[i]);
		/* Left open: the host looks whether it is reached. */
	}
}
