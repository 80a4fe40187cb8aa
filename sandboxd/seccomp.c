/*
 * The system call filter (S40): allow, but for what a command has no need of
 * and kernels have been broken with.  One table gives both the compiled filter
 * for bubblewrap and the profile for container engines.
 *
 * A number the kernel reads as 32 bits is compared under a mask: the upper
 * half of the register belongs to the caller.
 */
#include "config.h"

#include "sandboxd/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/txt.h"
#include "sandboxd/parts.h"

#define WORD 0xffffffffu
#define TYPE 0xfu /* of a socket, without SOCK_CLOEXEC and SOCK_NONBLOCK */
#define MAX_CALLS 80
#define MAX_RULES 200

/* Numbers from here on have no name in this table's time.  They are the same
 * on every architecture, and ENOSYS is what an older kernel says. */
#define FIRST_UNKNOWN_CALL 452
#define X32_CALL 0x40000000u

struct rule {
	int error;
	const char *call;
	unsigned count;
	struct scmp_arg_cmp args[2];
};

#define ARG(n, op, value) \
	{ \
		n, op, value, 0 \
	}
#define IF(arg, mask, value) \
	{ \
		arg, SCMP_CMP_MASKED_EQ, mask, value \
	}
#define RULE1(error, call, one) \
	{ \
		error, call, 1, \
		{ \
			one \
		} \
	}
#define RULE2(error, call, one, two) \
	{ \
		error, call, 2, \
		{ \
			one, two \
		} \
	}
#define CLONE(flag) RULE1(EPERM, "clone", IF(0, flag, flag))
#define NO_FAMILY(af) RULE1(EPERM, "socket", IF(0, WORD, af))
#define NO_TYPE(type) \
	RULE2(EPERM, "socket", IF(0, WORD, AF_INET), IF(1, TYPE, type)), \
	    RULE2(EPERM, "socket", IF(0, WORD, AF_INET6), IF(1, TYPE, type))
#define NO_PROTOCOL(p) \
	RULE2(EPROTONOSUPPORT, "socket", IF(0, WORD, AF_INET), \
	    IF(2, WORD, p)), \
	    RULE2(EPROTONOSUPPORT, "socket", IF(0, WORD, AF_INET6), \
		IF(2, WORD, p))

/* EPERM, whatever the arguments. */
static const char *const denied[] = {
	/* other namespaces, other roots */
	"mount", "umount", "umount2", "pivot_root", "chroot", "unshare",
	"setns", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount",
	"open_tree", "mount_setattr",
	/* other processes */
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
	"kcmp", "pidfd_getfd", "move_pages", "migrate_pages",
	/* wide doors into the kernel */
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
	"io_uring_enter", "io_uring_register", "memfd_secret", "modify_ldt",
	"vm86", "vm86old", "uselib", "lookup_dcookie", "nfsservctl", "_sysctl",
	"sysfs", "fanotify_init", "fanotify_mark",
	/* keys are not kept apart by namespaces */
	"add_key", "request_key", "keyctl",
	/* files past the mounts */
	"open_by_handle_at", "name_to_handle_at",
	/* the machine */
	"reboot", "kexec_load", "kexec_file_load", "init_module",
	"finit_module", "delete_module", "create_module", "query_module",
	"get_kernel_syms", "swapon", "swapoff", "acct", "quotactl",
	"quotactl_fd", "syslog", "iopl", "ioperm", "sethostname",
	"setdomainname", "vhangup", "vserver",
	/* its clock */
	"settimeofday", "stime", "clock_settime", "clock_settime64",
	"clock_adjtime", "clock_adjtime64", "adjtimex"
};

static const struct rule rules[] = {
	/* Its flags lie in memory, where no filter can look; the C library
	 * falls back to clone. */
	{ ENOSYS, "clone3", 0, { { 0 } } }, CLONE(CLONE_NEWNS),
	CLONE(CLONE_NEWCGROUP), CLONE(CLONE_NEWUTS), CLONE(CLONE_NEWIPC),
	CLONE(CLONE_NEWUSER), CLONE(CLONE_NEWPID), CLONE(CLONE_NEWNET),

	/* Typing into somebody's terminal. */
	RULE1(EPERM, "ioctl", IF(1, WORD, TIOCSTI)),
	RULE1(EPERM, "ioctl", IF(1, WORD, TIOCLINUX)),
	RULE1(EPERM, "ioctl", IF(1, WORD, TIOCCONS)),
	RULE1(EPERM, "ioctl", IF(1, WORD, TIOCSETD)),

	RULE1(EPERM, "mknod", IF(1, S_IFMT, S_IFCHR)),
	RULE1(EPERM, "mknod", IF(1, S_IFMT, S_IFBLK)),
	RULE1(EPERM, "mknodat", IF(2, S_IFMT, S_IFCHR)),
	RULE1(EPERM, "mknodat", IF(2, S_IFMT, S_IFBLK)),

	/* AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK are left: 1, 2, 10, 16.
	 * A register whose upper half is set is above 16 too. */
	RULE1(EPERM, "socket", ARG(0, SCMP_CMP_GT, 16)), NO_FAMILY(0),
	NO_FAMILY(3), NO_FAMILY(4), NO_FAMILY(5), NO_FAMILY(6), NO_FAMILY(7),
	NO_FAMILY(8), NO_FAMILY(9), NO_FAMILY(11), NO_FAMILY(12), NO_FAMILY(13),
	NO_FAMILY(14), NO_FAMILY(15),
	RULE1(EPERM, "socketpair", ARG(0, SCMP_CMP_NE, AF_UNIX)),
	/* getifaddrs reads NETLINK_ROUTE, and writing it takes a capability.
	 * The other protocols are firewalls, audit, disks. */
	RULE2(EPERM, "socket", IF(0, WORD, AF_NETLINK), ARG(2, SCMP_CMP_NE, 0)),
	NO_TYPE(SOCK_RAW), NO_TYPE(SOCK_RDM), NO_TYPE(SOCK_SEQPACKET),
	NO_TYPE(SOCK_DCCP), NO_TYPE(SOCK_PACKET), NO_PROTOCOL(33), /* DCCP */
	NO_PROTOCOL(115),                                          /* L2TP */
	NO_PROTOCOL(132),                                          /* SCTP */
	NO_PROTOCOL(136), /* UDP-Lite */
	NO_PROTOCOL(256), /* SMC */
	NO_PROTOCOL(262), /* MPTCP */
};

/* What is to be refused, in the order given; returns the number. */
static size_t rules_collect(struct rule out[MAX_RULES]);
static int filter_add(scmp_filter_ctx filter, const struct rule *rule);
static int filter_write(scmp_filter_ctx filter, int fd);
static bool prologue_write(int fd);
static void profile_rule(struct txt *t, const struct rule *rule);
static int sealed_fd(const char *name);
static int sealed_finish(int fd);

int
seccomp_filter_fd(void)
{
	struct rule all[MAX_RULES];
	size_t count = rules_collect(all);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err, fd;

	if (filter == NULL) {
		errno = ENOMEM;
		return -1;
	}
	err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; err == 0 && i < count; i++)
		err = filter_add(filter, &all[i]);
	fd = err == 0 ? filter_write(filter, sealed_fd("moltis-filter")) : -1;
	seccomp_release(filter);
	if (err != 0)
		errno = -err;
	return fd;
}

int
seccomp_profile_fd(void)
{
	struct rule all[MAX_RULES];
	size_t count = rules_collect(all);
	own_txt struct txt t;
	int fd = sealed_fd("moltis-profile");

	txt_init(&t, 0);
	txt_append(&t, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
	for (size_t i = 0; i < count; i++) {
		txt_append(&t, i == 0 ? "" : ",\n");
		profile_rule(&t, &all[i]);
	}
	txt_append(&t, "]}\n");
	if (fd >= 0 && write(fd, txt_str(&t), t.len) != (ssize_t)t.len) {
		(void)close(fd);
		return -1;
	}
	return sealed_finish(fd);
}

/*
 * personality(2) may be asked (all bits set) and be put back (none).  There is
 * no rule for "neither"; but any other word has a bit that is set beside one,
 * in a circle, that is not.
 */
static size_t
rules_personality(struct rule *out)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		unsigned set = 1u << bit, clear = 1u << (bit + 1) % 32;

		out[bit] = (struct rule)RULE1(EPERM, "personality",
		    IF(0, set | clear, set));
	}
	return 32;
}

static size_t
rules_collect(struct rule out[MAX_RULES])
{
	size_t n = 0;

	_Static_assert(sizeof(denied) / sizeof(denied[0]) <= MAX_CALLS &&
		MAX_CALLS + sizeof(rules) / sizeof(rules[0]) + 32 <= MAX_RULES,
	    "MAX_RULES is too small");
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		out[n++] = (struct rule){ .error = EPERM, .call = denied[i] };
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		out[n++] = rules[i];
	return n + rules_personality(out + n);
}

/* Calls of other architectures have a name and no number; they are accepted
 * and add nothing. */
static int
filter_add(scmp_filter_ctx filter, const struct rule *rule)
{
	int number = seccomp_syscall_resolve_name(rule->call);

	if (number == __NR_SCMP_ERROR)
		return -ENOSYS;
	return seccomp_rule_add_array(filter,
	    SCMP_ACT_ERRNO((unsigned)rule->error), number, rule->count,
	    rule->args);
}

static int
filter_write(scmp_filter_ctx filter, int fd)
{
	int err;

	if (fd < 0)
		return -1;
	if (!prologue_write(fd)) {
		(void)close(fd);
		return -1;
	}
	err = seccomp_export_bpf(filter, fd);
	if (err != 0) {
		(void)close(fd);
		errno = -err;
		return -1;
	}
	return sealed_finish(fd);
}

/* Put before the library's program, whose jumps are relative. */
static bool
prologue_write(int fd)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_CALL, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_UNKNOWN_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	return write(fd, code, sizeof(code)) == (ssize_t)sizeof(code);
}

static const char *
compare_name(enum scmp_compare op)
{
	return op == SCMP_CMP_GT ? "SCMP_CMP_GT"
	    : op == SCMP_CMP_NE  ? "SCMP_CMP_NE"
				 : "SCMP_CMP_MASKED_EQ";
}

static void
profile_rule(struct txt *t, const struct rule *rule)
{
	txt_format(t,
	    "{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ERRNO\","
	    "\"errnoRet\":%d,\"args\":[",
	    rule->call, rule->error);
	for (unsigned i = 0; i < rule->count; i++)
		txt_format(t,
		    "%s{\"index\":%u,\"value\":%llu,\"valueTwo\":%llu,"
		    "\"op\":\"%s\"}",
		    i == 0 ? "" : ",", rule->args[i].arg,
		    (unsigned long long)rule->args[i].datum_a,
		    (unsigned long long)rule->args[i].datum_b,
		    compare_name(rule->args[i].op));
	txt_append(t, "]}");
}

static int
sealed_fd(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* Nobody who gets the descriptor can change the filter of the next one. */
static int
sealed_finish(int fd)
{
	if (fd < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) != 0 ||
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) !=
		0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}
