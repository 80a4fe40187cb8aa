/*
 * The system call filter, loaded by the kernel in a child that then makes the
 * calls; and its twin for container engines, which must have the same rows.
 */
#include "config.h"

#include "sandboxd/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "js/js.h"
#include "sandboxd/parts.h"
#include "tests/unit/unit.h"

#define UPPER 0x100000000ul /* what the kernel does not look at */
#define MAX_CODE 4096

struct call {
	const char *name;
	long nr;
	unsigned long arg[3];
	int want; /* errno; 0: anything but what the filter says */
};

static const struct call calls[] = {
	{ "unshare", SYS_unshare, { 0 }, EPERM },
	{ "setns", SYS_setns, { 0 }, EPERM },
	{ "mount", SYS_mount, { 0 }, EPERM },
	{ "umount2", SYS_umount2, { 0 }, EPERM },
	{ "pivot_root", SYS_pivot_root, { 0 }, EPERM },
	{ "chroot", SYS_chroot, { 0 }, EPERM },
	{ "fsopen", SYS_fsopen, { 0 }, EPERM },
	{ "clone3", SYS_clone3, { 0 }, ENOSYS },
	{ "clone newuser", SYS_clone, { CLONE_NEWUSER }, EPERM },
	{ "clone newns", SYS_clone, { CLONE_NEWNS | SIGCHLD }, EPERM },
	{ "clone newnet", SYS_clone, { CLONE_NEWNET | UPPER }, EPERM },
	{ "ptrace", SYS_ptrace, { 0 }, EPERM },
	{ "process_vm_readv", SYS_process_vm_readv, { 0 }, EPERM },
	{ "bpf", SYS_bpf, { 0 }, EPERM },
	{ "perf_event_open", SYS_perf_event_open, { 0 }, EPERM },
	{ "userfaultfd", SYS_userfaultfd, { 0 }, EPERM },
	{ "io_uring_setup", SYS_io_uring_setup, { 0 }, EPERM },
	{ "keyctl", SYS_keyctl, { 0 }, EPERM },
	{ "add_key", SYS_add_key, { 0 }, EPERM },
	{ "kexec_load", SYS_kexec_load, { 0 }, EPERM },
	{ "finit_module", SYS_finit_module, { 0 }, EPERM },
	{ "open_by_handle_at", SYS_open_by_handle_at, { 0 }, EPERM },
	{ "reboot", SYS_reboot, { 0 }, EPERM },
	{ "swapon", SYS_swapon, { 0 }, EPERM },
	{ "acct", SYS_acct, { 0 }, EPERM },
	{ "quotactl", SYS_quotactl, { 0 }, EPERM },
	{ "syslog", SYS_syslog, { 0 }, EPERM },
	{ "settimeofday", SYS_settimeofday, { 0 }, EPERM },
	{ "personality asked", SYS_personality, { 0xffffffff }, 0 },
	{ "personality 0", SYS_personality, { 0 }, 0 },
	{ "personality exec", SYS_personality, { 0x0400000 }, EPERM },
	{ "personality random", SYS_personality, { 0x0040000 }, EPERM },
	{ "personality top", SYS_personality, { 0x80040000 }, EPERM },
	{ "personality but one", SYS_personality, { 0xfffffffe }, EPERM },
	{ "personality upper", SYS_personality, { UPPER | 0x40000 }, EPERM },
	{ "tiocsti", SYS_ioctl, { 99, TIOCSTI }, EPERM },
	{ "tiocsti upper", SYS_ioctl, { 99, UPPER | TIOCSTI }, EPERM },
	{ "tiocgwinsz", SYS_ioctl, { 99, TIOCGWINSZ }, 0 },
	{ "mknodat chr", SYS_mknodat, { 99, 0, S_IFCHR | 0600 }, EPERM },
	{ "mknodat blk", SYS_mknodat, { 99, 0, S_IFBLK }, EPERM },
	{ "mknodat fifo", SYS_mknodat, { 99, 0, S_IFIFO | 0600 }, 0 },
	{ "unix", SYS_socket, { 1, 1, 0 }, 0 },
	{ "tcp", SYS_socket, { 2, 1, 0 }, 0 },
	{ "tcp6 cloexec", SYS_socket, { 10, 1 | 02000000, 6 }, 0 },
	{ "udp", SYS_socket, { 2, 2, 17 }, 0 },
	{ "netlink route", SYS_socket, { 16, 3, 0 }, 0 },
	{ "netlink netfilter", SYS_socket, { 16, 3, 12 }, EPERM },
	{ "packet", SYS_socket, { 17, 3, 0 }, EPERM },
	{ "vsock", SYS_socket, { 40, 1, 0 }, EPERM },
	{ "alg", SYS_socket, { 38, 5, 0 }, EPERM },
	{ "family upper", SYS_socket, { UPPER | 38, 5, 0 }, EPERM },
	{ "raw", SYS_socket, { 2, 3, 1 }, EPERM },
	{ "raw cloexec", SYS_socket, { 2, 3 | 02000000, 1 }, EPERM },
	{ "raw6", SYS_socket, { 10, 3, 58 }, EPERM },
	{ "sctp", SYS_socket, { 2, 1, 132 }, EPROTONOSUPPORT },
	{ "mptcp", SYS_socket, { 2, 1, 262 }, EPROTONOSUPPORT },
	{ "socketpair unix", SYS_socketpair, { 1, 1, 0 }, 0 },
	{ "socketpair tipc", SYS_socketpair, { 30, 1, 0 }, EPERM },
	{ "statmount", 457, { 0 }, ENOSYS },
	{ "a call to come", 2000, { 0 }, ENOSYS },
	{ "getpid", SYS_getpid, { 0 }, 0 },
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* In a child: nothing of it comes back but its status. */
static bool
load(int fd)
{
	static struct sock_filter code[MAX_CODE];
	ssize_t n = read(fd, code, sizeof(code));
	struct sock_fprog program = {
		(unsigned short)((size_t)n / sizeof(code[0])), code
	};

	return n > 0 && n < (ssize_t)sizeof(code) &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* The number of the first call that was not as it should be, from 1. */
static int
try_calls(int fd)
{
	if (!load(fd))
		return 250;
	for (size_t i = 0; i < CALLS; i++) {
		const struct call *c = &calls[i];
		int got;

		errno = 0;
		got =
		    syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], 0, 0, 0) < 0
		    ? errno
		    : 0;
		if (c->want != 0 ? got != c->want
				 : got == EPERM || got == ENOSYS ||
			    got == EPROTONOSUPPORT)
			return (int)i + 1;
	}
	return 0;
}

static int
child_status(int (*run)(int fd))
{
	own_fd int fd = seccomp_filter_fd();
	int status = -1;
	pid_t pid;

	CU_ASSERT_FATAL(fd >= 0);
	pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0)
		_exit(run(fd));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static void
verdicts(void)
{
	int status = child_status(try_calls);

	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) > 0 &&
	    WEXITSTATUS(status) <= (int)CALLS)
		fprintf(stderr, "call: %s\n",
		    calls[WEXITSTATUS(status) - 1].name);
}

#ifdef __x86_64__
static int
call_x32(int fd)
{
	return load(fd) ? (int)syscall(0x40000000L | SYS_getpid) : 1;
}

static int
call_i386(int fd)
{
	long number = 20; /* getpid */

	if (!load(fd))
		return 1;
	__asm__ volatile("int $0x80" : "+a"(number));
	return (int)number;
}
#endif

static void
foreign(void)
{
#ifdef __x86_64__
	int status = child_status(call_x32);

	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	status = child_status(call_i386);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
#endif
}

static void
sealed(void)
{
	int fds[2] = { seccomp_filter_fd(), seccomp_profile_fd() };

	for (int i = 0; i < 2; i++) {
		CU_ASSERT_FATAL(fds[i] >= 0);
		CU_ASSERT_EQUAL(lseek(fds[i], 0, SEEK_CUR), 0);
		CU_ASSERT(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		CU_ASSERT_EQUAL(write(fds[i], "x", 1), -1);
		CU_ASSERT_EQUAL(ftruncate(fds[i], 0), -1);
		(void)close(fds[i]);
	}
}

static void
profile(void)
{
	static char text[1 << 20];
	own_fd int fd = seccomp_profile_fd();
	ssize_t n = read(fd, text, sizeof(text) - 1);
	static const char *const wanted[] = {
		"\"defaultAction\":\"SCMP_ACT_ALLOW\"",
		"{\"names\":[\"unshare\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"errnoRet\":1,\"args\":[]}",
		"{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"errnoRet\":38,\"args\":[]}",
		"{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"errnoRet\":1,\"args\":[{\"index\":0,\"value\":268435456,"
		"\"valueTwo\":268435456,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}",
		"{\"index\":0,\"value\":16,\"valueTwo\":0,"
		"\"op\":\"SCMP_CMP_GT\"}",
	};
	own_json struct json_object *parsed = NULL;

	CU_ASSERT_FATAL(n > 0);
	text[n] = '\0';
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted[i]));
	parsed = json_tokener_parse(text);
	CU_ASSERT_PTR_NOT_NULL(parsed);
}

void
suite_sandboxd_seccomp(void)
{
	static const struct unit_test tests[] = {
		{ "the kernel refuses what the table says, nothing else",
		    verdicts },
		{ "calls of other architectures kill", foreign },
		{ "a filter cannot be changed once it is made", sealed },
		{ "the engines' profile has the same rules", profile },
		{ NULL, NULL },
	};

	unit_add("sandboxd/seccomp.c", tests);
}
