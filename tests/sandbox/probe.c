/*
 * What a hostile command would try (rows A40 to A57 of the attack list), from
 * inside a sandbox.  Static, so that it runs in any root; prints one JSON
 * object {row: {name, contained, detail}} and exits 0 when all is contained.
 *
 * usage: probe [--marker PATH] [--socket PATH] [--pid N] [--connect IP:PORT]
 *              [--public IP:PORT] [--host NAME] [--abstract NAME] [--hold PORT]
 * Each may be given again; they name things of the host that must not be
 * reached, and with --public what must be.
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/sandbox/probe.h"

#define ADMIN "/root" /* the administrator's folder */

struct row {
	const char *id, *name;
	void (*run)(void);
	bool contained;
	int tries;
	char detail[400];
};

static struct given markers, sockets, pids, hosts, abstracts;
struct given connects, publics, holds;
static struct row *now; /* the row that is tried */

__attribute__((format(printf, 1, 2))) static void
say(const char *fmt, ...)
{
	size_t at = strlen(now->detail);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(now->detail + at, sizeof(now->detail) - at, fmt, ap);
	va_end(ap);
}

void
try(bool bad, const char *fmt, ...)
{
	size_t at = strlen(now->detail);
	va_list ap;

	now->tries++;
	if (!bad)
		return;
	now->contained = false;
	va_start(ap, fmt);
	(void)vsnprintf(now->detail + at, sizeof(now->detail) - at, fmt, ap);
	va_end(ap);
	say(" ESCAPED; ");
}

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool
writes(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	bool good = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		(void)close(fd);
	return good;
}

/* Reads up to N bytes; the length, or -1. */
static ssize_t
slurp(const char *path, char *to, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, to, n - 1);
	to[got < 0 ? 0 : got] = '\0';
	(void)close(fd);
	return got;
}

/* gVisor is a kernel of its own, of which the host's knows nothing. */
static bool
is_own_kernel(void)
{
	char text[4096];

	return slurp("/proc/cmdline", text, sizeof(text)) > 0 &&
	    strstr(text, "gvisor") != NULL;
}

/* ---- A40, A41: files ---------------------------------------------------- */

static const char *found_marker;

static int
look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_D &&
	    (strncmp(path, "/proc", 5) == 0 || strncmp(path, "/sys", 4) == 0))
		return FTW_SKIP_SUBTREE;
	if (strstr(path, "moltis-marker") != NULL) {
		found_marker = strdup(path);
		return FTW_STOP;
	}
	return FTW_CONTINUE;
}

static void
read_host(void)
{
	static const char *const paths[] = { "/etc/shadow", "/etc/gshadow",
		"/etc/sudoers", ADMIN "/.bashrc", ADMIN "/.profile",
		ADMIN "/.ssh/id_rsa", "/etc/moltis", "/etc/moltis/moltis.conf",
		"/var/lib/moltis", "/var/lib/postgresql",
		"/run/postgresql/.s.PGSQL.5432", "/etc/ssh",
		"/proc/1/root/root/.bashrc", "/etc/machine-id", "/boot/vmlinuz",
		"/var/log/syslog", "/var/lib/containers" };
	char path[300], text[4096];
	DIR *home = opendir("/home");
	struct dirent *e;

	for (size_t i = 0; i < COUNT(paths); i++)
		try(opens(paths[i], O_RDONLY), "%s", paths[i]);
	for (int i = 0; i < markers.n; i++) {
		try(opens(markers.text[i], O_RDONLY), "%s", markers.text[i]);
		(void)snprintf(path, sizeof(path), "/proc/1/root%s",
		    markers.text[i]);
		try(opens(path, O_RDONLY), "%s", path);
		(void)snprintf(path, sizeof(path), "/../../../..%s",
		    markers.text[i]);
		try(opens(path, O_RDONLY), "%s", path);
	}
	while (home != NULL && (e = readdir(home)) != NULL)
		try(e->d_name[0] != '.', "%s/%s", "/home", e->d_name);
	if (home != NULL)
		(void)closedir(home);
	(void)nftw("/", look, 32, FTW_PHYS | FTW_ACTIONRETVAL);
	try(found_marker != NULL, "%s", found_marker);
	/* Our own first process may be read; the host's has this. */
	try(slurp("/proc/1/environ", text, sizeof(text)) > 0 &&
		memmem(text, sizeof(text), "INVOCATION_ID", 13) != NULL,
	    "/proc/1/environ");
}

static void
write_host(void)
{
	static const char *const folders[] = { "/", "/usr", "/usr/bin",
		"/usr/local", "/etc", "/bin", "/lib", "/proc", "/sys", "/dev",
		"/var", "/var/lib", "/run", "/home", "/root", "/opt", "/srv",
		"/mnt", "/media", "/boot", "/etc/ld.so.conf.d" };
	static const char *const files[] = { "/etc/passwd", "/etc/group",
		"/etc/hosts", "/etc/resolv.conf", "/etc/ld.so.cache",
		"/etc/ld.so.preload", "/bin/sh", "/usr/bin/env",
		"/etc/nsswitch.conf" };
	char path[300];

	for (size_t i = 0; i < COUNT(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/moltis-probe",
		    folders[i]);
		try(opens(path, O_WRONLY | O_CREAT), "%s", path);
		try(mkdir(path, 0700) == 0, "mkdir %s", path);
		try(symlink("/", path) == 0, "symlink %s", path);
	}
	for (size_t i = 0; i < COUNT(files); i++) {
		try(opens(files[i], O_WRONLY), "%s", files[i]);
		try(truncate(files[i], 0) == 0, "truncate %s", files[i]);
		try(unlink(files[i]) == 0, "unlink %s", files[i]);
		try(chmod(files[i], 04777) == 0, "chmod %s", files[i]);
		try(chown(files[i], getuid(), getgid()) == 0, "chown %s",
		    files[i]);
		try(rename(files[i], "/workspace/stolen") == 0, "rename %s",
		    files[i]);
	}
	for (int i = 0; i < markers.n; i++)
		try(opens(markers.text[i], O_WRONLY | O_CREAT), "%s",
		    markers.text[i]);
	try(!opens("/workspace/.probe", O_WRONLY | O_CREAT),
	    "/workspace is not writable:");
	try(!opens("/tmp/.probe", O_WRONLY | O_CREAT), "/tmp is not writable:");
}

/* ---- A42: namespaces and mounts ----------------------------------------- */

static void
new_namespaces(void)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} kinds[] = { { "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },
		{ "pid", CLONE_NEWPID }, { "net", CLONE_NEWNET },
		{ "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
		{ "cgroup", CLONE_NEWCGROUP }, { "time", 0x80 } };
	char path[60];

	for (size_t i = 0; i < COUNT(kinds); i++) {
		long pid;
		int fd;

		try(unshare((int)kinds[i].flag) == 0, "unshare %s",
		    kinds[i].name);
		/* Of clone, this bit is part of the signal's number. */
		if (kinds[i].flag != 0x80) {
			pid = syscall(SYS_clone, kinds[i].flag | SIGCHLD, 0, 0,
			    0, 0);
			if (pid == 0)
				_exit(0);
			try(pid > 0, "clone %s", kinds[i].name);
		}
		for (int who = 0; who < 2; who++) {
			(void)snprintf(path, sizeof(path), "/proc/%s/ns/%s",
			    who == 0 ? "self" : "1", kinds[i].name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			try(fd >= 0 && setns(fd, 0) == 0, "setns %s", path);
			if (fd >= 0)
				(void)close(fd);
		}
	}
}

static void
mounts(void)
{
	unsigned long clone3[11] = { CLONE_NEWUSER | CLONE_NEWNS };
	int fd;
	long pid;

	new_namespaces();
	clone3[4] = SIGCHLD;
	pid = syscall(SYS_clone3, clone3, sizeof(clone3));
	if (pid == 0)
		_exit(0);
	try(pid > 0, "clone3");
	try(mount("none", "/tmp", "tmpfs", 0, "") == 0, "mount tmpfs");
	try(mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL) == 0, "bind");
	try(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0,
	    "remount /");
	try(mount("proc", "/tmp", "proc", 0, NULL) == 0, "mount proc");
	try(umount2("/tmp", MNT_DETACH) == 0, "umount /tmp");
	try(umount2("/proc", MNT_DETACH) == 0, "umount /proc");
	try(syscall(SYS_pivot_root, "/tmp", "/tmp") == 0, "pivot_root");
	try(chroot("/tmp") == 0, "chroot");
	try(syscall(SYS_fsopen, "tmpfs", 0) >= 0, "fsopen");
	try(syscall(SYS_open_tree, AT_FDCWD, "/", 1) >= 0, "open_tree");
	try(syscall(SYS_move_mount, AT_FDCWD, "/tmp", AT_FDCWD, "/usr", 0) == 0,
	    "move_mount");
	try(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, clone3, 32) == 0,
	    "mount_setattr");
	fd = open("/proc/1/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	try(fd >= 0 && faccessat(fd, "root/.bashrc", R_OK, 0) == 0,
	    "/proc/1/root");
	if (fd >= 0)
		(void)close(fd);
}

/* ---- A43 to A46: the kernel --------------------------------------------- */

static void
devices(void)
{
	static const char *const paths[] = { "/dev/mem", "/dev/kmem",
		"/dev/kmsg", "/dev/port", "/dev/sda", "/dev/vda",
		"/dev/nvme0n1", "/dev/dm-0", "/dev/kvm", "/dev/loop0",
		"/dev/loop-control", "/dev/net/tun", "/dev/vhost-net",
		"/dev/uinput", "/dev/watchdog", "/dev/rtc0",
		"/dev/btrfs-control", "/dev/mapper/control", "/dev/cuse",
		"/dev/snapshot", "/dev/userfaultfd", "/dev/vsock" };

	for (size_t i = 0; i < COUNT(paths); i++)
		try(opens(paths[i], O_RDONLY) || opens(paths[i], O_WRONLY),
		    "%s", paths[i]);
	try(opens("/dev/fuse", O_RDWR) && !is_own_kernel(), "/dev/fuse");
	for (int i = 0; i < 4; i++) {
		mode_t kind = (i & 1) == 0 ? S_IFCHR : S_IFBLK;
		const char *at = i < 2 ? "/tmp/dev" : "/workspace/dev";

		try(mknod(at, kind | 0600, i == 0 ? 0x101 : 0x800) == 0,
		    "mknod %s", at);
		try(mknodat(AT_FDCWD, at, kind | 0600, 0xfe00) == 0,
		    "mknodat %s", at);
	}
}

static void
processes(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };
	pid_t child = fork();

	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	try(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "ptrace traceme");
	try(ptrace(PTRACE_ATTACH, child, NULL, NULL) == 0, "ptrace child");
	try(ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0, "ptrace 1");
	try(process_vm_readv(1, &here, 1, &there, 1, 0) == 1,
	    "process_vm_readv 1");
	try(process_vm_writev(child, &here, 1, &there, 1, 0) == 1,
	    "process_vm_writev");
	try(syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 0, 0) >= 0,
	    "pidfd_getfd");
	for (int i = 0; i < pids.n; i++) {
		pid_t pid = atoi(pids.text[i]);

		/* A number that is free in here, and the host's out there. */
		try(kill(pid, 0) == 0 && pid > 400, "kill %d", (int)pid);
		(void)kill(pid, SIGKILL);
	}
	/* All but ourselves: those of the host are to live on. */
	(void)kill(-1, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

static void
calls(void)
{
	struct timeval tv;
	struct {
		unsigned int version;
		int pid;
	} cap = { _LINUX_CAPABILITY_VERSION_3, 0 };
	static char zero[256];
	const struct {
		const char *name;
		long nr, a, b, c;
	} list[] = { { "bpf", SYS_bpf, 0, (long)zero, 72 },
		{ "perf_event_open", SYS_perf_event_open, (long)zero, 0, -1 },
		{ "io_uring_setup", SYS_io_uring_setup, 8, (long)zero, 0 },
		{ "userfaultfd", SYS_userfaultfd, 1, 0, 0 },
		{ "add_key", SYS_add_key, (long)"user", (long)"x", (long)"y" },
		{ "request_key", SYS_request_key, (long)"user", (long)"x", 0 },
		{ "keyctl", SYS_keyctl, 0, -3, 1 },
		{ "kexec_load", SYS_kexec_load, 0, 0, 0 },
		{ "kexec_file_load", SYS_kexec_file_load, 0, 0, 0 },
		{ "init_module", SYS_init_module, (long)zero, 1, (long)zero },
		{ "finit_module", SYS_finit_module, 0, (long)zero, 0 },
		{ "delete_module", SYS_delete_module, (long)"x", 0, 0 },
		{ "reboot", SYS_reboot, 0xfee1dead, 672274793, 0 },
		{ "swapon", SYS_swapon, (long)"/tmp/.probe", 0, 0 },
		{ "swapoff", SYS_swapoff, (long)"/tmp/.probe", 0, 0 },
		{ "acct", SYS_acct, 0, 0, 0 },
		{ "quotactl", SYS_quotactl, 0, 0, 0 },
		{ "syslog", SYS_syslog, 3, (long)zero, 100 },

		{ "lookup_dcookie", SYS_lookup_dcookie, 0, (long)zero, 64 },
		{ "open_by_handle_at", SYS_open_by_handle_at, AT_FDCWD,
		    (long)zero, 0 },
		{ "name_to_handle_at", SYS_name_to_handle_at, AT_FDCWD,
		    (long)"/", (long)zero },
		{ "fanotify_init", SYS_fanotify_init, 0, 0, 0 },
		{ "memfd_secret", SYS_memfd_secret, 0, 0, 0 },
		{ "personality", SYS_personality, 0x0400000, 0, 0 },
		{ "sethostname", SYS_sethostname, (long)"x", 1, 0 },
		{ "setdomainname", SYS_setdomainname, (long)"x", 1, 0 },
		{ "vhangup", SYS_vhangup, 0, 0, 0 },
		{ "kcmp", SYS_kcmp, 1, 1, 0 },
		{ "process_madvise", SYS_process_madvise, 0, 0, 0 },

		{ "capset", SYS_capset, (long)&cap, (long)zero, 0 },

#ifdef __x86_64__
		{ "iopl", SYS_iopl, 3, 0, 0 },
		{ "ioperm", SYS_ioperm, 0x80, 1, 1 },
		{ "modify_ldt", SYS_modify_ldt, 0, (long)zero, 64 },
		{ "uselib", SYS_uselib, (long)"/bin/sh", 0, 0 },
#endif
		{ "statmount", 457, (long)zero, (long)zero, 100 },
		{ "beyond", 999, 0, 0, 0 } };

	for (size_t i = 0; i < COUNT(list); i++) {
		long got;

		if (strcmp(list[i].name, "capset") == 0)
			memset(zero, 0xff, 24);
		got = syscall(list[i].nr, list[i].a, list[i].b, list[i].c, 0, 0,
		    0);
		try(got >= 0, "%s = %ld", list[i].name, got);
		memset(zero, 0, sizeof(zero));
	}
	(void)gettimeofday(&tv, NULL);
	try(settimeofday(&tv, NULL) == 0, "settimeofday");
	try(syscall(SYS_clock_settime, 0, &tv) == 0, "clock_settime");
}

/* The number behind KEY in our status; "" when it is not there. */
static void
status_of(const char *key, char to[40])
{
	char text[4096] = "";
	const char *at;

	(void)slurp("/proc/self/status", text, sizeof(text));
	at = strstr(text, key);
	to[0] = '\0';
	if (at != NULL)
		(void)sscanf(at + strlen(key), " %39s", to);
}

static bool
copy_self(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	char block[65536];
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			break;
	if (in >= 0)
		(void)close(in);
	if (out >= 0)
		(void)close(out);
	return n == 0;
}

static void
rights(void)
{
	static const char *const keys[] = { "CapInh:", "CapPrm:", "CapEff:",
		"CapBnd:", "CapAmb:" };
	char text[40], self[] = "/tmp/suid";
	static const char cap[20] = { 1, 0, 0, 2, '\xff', '\xff', '\xff' };
	int status = 0;
	pid_t child;

	for (size_t i = 0; i < COUNT(keys); i++) {
		status_of(keys[i], text);
		try(strspn(text, "0") != strlen(text), "%s %s", keys[i], text);
	}
	try(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, "no_new_privs");
	try(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2, "no seccomp filter:");
	try(getuid() == 0 || geteuid() == 0, "uid 0");
	try(setuid(0) == 0 || setresuid(0, 0, 0) == 0, "setuid");
	try(setgid(0) == 0, "setgid");
	try(setgroups(0, NULL) == 0, "setgroups");
	try(writes("/proc/self/uid_map", "0 0 1"), "uid_map");
	try(writes("/proc/self/gid_map", "0 0 1"), "gid_map");
	/* A set-uid copy of ourselves. */
	if (copy_self(self)) {
		try(setxattr(self, "security.capability", cap, sizeof(cap),
			0) == 0,
		    "file caps");
		(void)chmod(self, 06755);
		child = fork();
		if (child == 0) {
			(void)execl(self, self, "--euid", (char *)NULL);
			_exit(0);
		}
		(void)waitpid(child, &status, 0);
		try(WIFEXITED(status) && WEXITSTATUS(status) == 42, "suid");
	}
}

/* ---- A47 to A51: what is lying around ----------------------------------- */

static bool
reaches_socket(const char *path, bool abstract)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path), skip = abstract ? 1 : 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good;

	if (n + skip >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path + skip, path, n);
	good = connect(fd, (struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + skip +
		       n)) == 0;
	(void)close(fd);
	return good;
}

static void
host_sockets(void)
{
	static const char *const paths[] = { "/var/run/docker.sock",
		"/run/docker.sock", "/run/podman/podman.sock",
		"/run/containerd/containerd.sock", "/run/crio/crio.sock",
		"/run/dbus/system_bus_socket", "/run/systemd/private",
		"/run/systemd/notify", "/run/systemd/journal/socket",
		"/dev/log", "/run/postgresql/.s.PGSQL.5432",
		"/var/run/postgresql/.s.PGSQL.5432", "/tmp/.X11-unix/X0",
		"/run/moltis/worker.sock", "/run/moltis/sandboxd.sock" };

	for (size_t i = 0; i < COUNT(paths); i++)
		try(access(paths[i], F_OK) == 0 ||
			reaches_socket(paths[i], false),
		    "%s", paths[i]);
	for (int i = 0; i < sockets.n; i++)
		try(access(sockets.text[i], F_OK) == 0 ||
			reaches_socket(sockets.text[i], false),
		    "%s", sockets.text[i]);
	try(access("/run/user", F_OK) == 0, "/run/user");
}

static void
knobs(void)
{
	static const char *const paths[] = { "/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/hostname", "/proc/sys/kernel/modprobe",
		"/proc/sys/kernel/sysrq", "/proc/sys/kernel/ns_last_pid",
		"/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches",
		"/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/suid_dumpable",
		"/proc/sys/fs/binfmt_misc/register", "/proc/sysrq-trigger",
		"/proc/irq/0/smp_affinity", "/proc/bus/pci/00/00.0",
		"/proc/acpi/wakeup", "/proc/mtrr", "/sys/kernel/uevent_helper",
		"/sys/kernel/mm/ksm/run", "/sys/power/state",
		"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent",
		"/sys/fs/cgroup/memory/release_agent",
		"/sys/fs/cgroup/memory/notify_on_release",
		"/sys/fs/cgroup/memory/cgroup.procs",
		"/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/pids/tasks",
		"/sys/fs/cgroup/devices/devices.allow",
		"/sys/fs/cgroup/systemd/release_agent",
		"/sys/fs/cgroup/unified/cgroup.procs", "/sys/class/net/lo/mtu",
		"/sys/module", "/sys/firmware/efi" };
	char text[200];

	/* What was in it, so that nothing changes where it works. */
	for (size_t i = 0; i < COUNT(paths); i++) {
		if (slurp(paths[i], text, sizeof(text)) <= 0)
			(void)snprintf(text, sizeof(text), "0");
		try(writes(paths[i], text), "%s", paths[i]);
	}
	if (is_own_kernel())
		return;
	try(writes("/proc/self/oom_score_adj", "-1000"), "oom_score_adj");
	try(writes("/proc/1/oom_score_adj", "-1000"), "oom_score_adj of 1");
}

static void
descriptors(void)
{
	char path[80], to[200];
	struct stat st;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	try(dir == NULL, "/proc/self/fd");
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		int fd = atoi(e->d_name);
		ssize_t n;

		if (e->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, to, sizeof(to) - 1);
		to[n < 0 ? 0 : n] = '\0';
		try(fd > 2, "descriptor %d %s", fd, to);
	}
	if (dir != NULL)
		(void)closedir(dir);
	try(fstat(0, &st) != 0 || !S_ISCHR(st.st_mode), "standard input");
	for (int i = 0; i < 2; i++) {
		const char *exe = i == 0 ? "/proc/1/exe" : "/proc/self/exe";
		ssize_t n = readlink(exe, to, sizeof(to) - 1);

		/* Its own file it may write, where the kernel lets it. */
		to[n < 0 ? 0 : n] = '\0';
		try(strncmp(to, "/workspace/", 11) != 0 && opens(exe, O_WRONLY),
		    "%s", exe);
	}
	for (int i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/..", i);
		try(opens(path, O_RDONLY), "%s", path);
	}
	for (int i = 0; i < abstracts.n; i++)
		try(reaches_socket(abstracts.text[i], true), "abstract %s",
		    abstracts.text[i]);
}

static void
terminal(void)
{
	static const char *const paths[] = { "/dev/tty", "/dev/tty0",
		"/dev/tty1", "/dev/console", "/dev/ttyS0", "/dev/vcs" };
	char c = 'x';

	for (int fd = 0; fd < 3; fd++) {
		try(isatty(fd) != 0, "descriptor %d is a terminal:", fd);
		try(ioctl(fd, TIOCSTI, &c) == 0, "TIOCSTI %d", fd);
		try(ioctl(fd, TIOCLINUX, &c) == 0, "TIOCLINUX %d", fd);
	}
	for (size_t i = 0; i < COUNT(paths); i++)
		try(opens(paths[i], O_RDWR | O_NOCTTY), "%s", paths[i]);
}

static void
links(void)
{
	struct stat st;
	char path[400];

	try(lstat("/workspace", &st) != 0 || !S_ISDIR(st.st_mode),
	    "/workspace is no folder:");
	(void)unlink("/workspace/out");
	if (symlink("/proc/self/root", "/workspace/out") != 0)
		try(true, "no symlink:");
	for (int i = 0; i < markers.n; i++) {
		(void)snprintf(path, sizeof(path), "/workspace/out%s",
		    markers.text[i]);
		try(opens(path, O_RDONLY), "%s", path);
		(void)snprintf(path, sizeof(path), "/proc/self/cwd/../../..%s",
		    markers.text[i]);
		try(opens(path, O_RDONLY), "%s", path);
	}
	/* What the workspace lies in on the host. */
	try(opens("/workspace/../lock", O_RDONLY), "/workspace/..");
	(void)unlink("/workspace/out");
}

/* ---- A55 to A57: looking around, staying behind -------------------------- */

static void
neighbours(void)
{
	char path[60], text[4096];
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int seen = 0;

	while (proc != NULL && (e = readdir(proc)) != NULL) {
		ssize_t n;

		if (strspn(e->d_name, "0123456789") != strlen(e->d_name))
			continue;
		seen++;
		(void)snprintf(path, sizeof(path), "/proc/%.20s/cmdline",
		    e->d_name);
		n = slurp(path, text, sizeof(text));
		try(n > 0 &&
			(memmem(text, (size_t)n, "sandboxd", 8) != NULL ||
			    memmem(text, (size_t)n, "moltis-other", 12) !=
				NULL),
		    "process %s", e->d_name);
	}
	if (proc != NULL)
		(void)closedir(proc);
	try(seen == 0 || seen > 20, "%d processes are seen:", seen);
	say("%d processes; ", seen);
}

/* The kernel may show its maps with all addresses zero. */
static bool
has_addresses(const char *path)
{
	char text[4096], digits[40];
	const char *line = text;

	if (slurp(path, text, sizeof(text)) <= 0)
		return false;
	for (; line != NULL; line = strchr(line, '\n')) {
		line += strspn(line, " \n");
		if (sscanf(line, "%39[0-9a-f-]", digits) == 1 &&
		    strspn(digits, "0-") != strlen(digits))
			return true;
	}
	return false;
}

static void
kernel_secrets(void)
{
	static const char *const maps[] = { "/proc/kallsyms", "/proc/iomem",
		"/proc/ioports" };
	static const char *const paths[] = { "/proc/kcore", "/proc/keys",
		"/proc/key-users", "/proc/timer_list", "/proc/sched_debug",
		"/proc/modules", "/proc/slabinfo", "/proc/vmallocinfo",
		"/sys/class/dmi/id/product_uuid",
		"/sys/class/dmi/id/product_name", "/sys/firmware/dmi/tables",
		"/sys/class/block", "/sys/kernel/notes", "/proc/kpagecount" };
	char text[4096] = "";
	struct utsname name;

	for (size_t i = 0; i < COUNT(paths); i++)
		try(slurp(paths[i], text, sizeof(text)) > 0, "%s", paths[i]);
	for (size_t i = 0; i < COUNT(maps); i++)
		try(has_addresses(maps[i]), "%s", maps[i]);
	try(slurp("/proc/cmdline", text, sizeof(text)) > 0 && !is_own_kernel(),
	    "/proc/cmdline");
	try(syscall(SYS_syslog, 3, text, sizeof(text)) >= 0, "dmesg");
	(void)uname(&name);
	try(strcmp(name.nodename, "sandbox") != 0, "host name %s",
	    name.nodename);
	for (int i = 0; i < hosts.n; i++) {
		try(strcmp(name.nodename, hosts.text[i]) == 0, "host name");
		try(slurp("/proc/sys/kernel/hostname", text, sizeof(text)) >
			    0 &&
			strstr(text, hosts.text[i]) != NULL,
		    "/proc/sys/kernel/hostname");
	}
}

/* Leaves a process behind that nobody waits for and no gentle signal ends;
 * whether it is gone afterwards, the host looks. */
static void
leftovers(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
		for (int sig = 1; sig < 32; sig++)
			(void)signal(sig, SIG_IGN);
		for (int fd = 0; fd < 3; fd++)
			(void)close(fd);
		(void)prctl(PR_SET_PDEATHSIG, 0);
		(void)execl("/proc/self/exe", "moltis-leftover", "--stay",
		    (char *)NULL);
		_exit(1);
	}
	(void)waitpid(child, NULL, 0);
	if (getpid() != 1)
		(void)kill(1, SIGKILL);
	now->tries++;
}

static struct row rows[] = {
	{ "A40", "files of the host cannot be read", read_host, true, 0, "" },
	{ "A41", "nothing is written but the workspace and /tmp", write_host,
	    true, 0, "" },
	{ "A42", "no mounts, no other namespaces", mounts, true, 0, "" },
	{ "A43", "no devices", devices, true, 0, "" },
	{ "A45", "no privileged system calls", calls, true, 0, "" },
	{ "A46", "no capabilities and no way to get them", rights, true, 0,
	    "" },
	{ "A47", "no sockets of the host", host_sockets, true, 0, "" },
	{ "A48", "no knobs of the kernel", knobs, true, 0, "" },
	{ "A49", "no inherited descriptors, no abstract sockets", descriptors,
	    true, 0, "" },
	{ "A50", "no terminal", terminal, true, 0, "" },
	{ "A51", "links do not lead out", links, true, 0, "" },
	{ "A52", "no raw sockets, no changes to the network", raw_sockets, true,
	    0, "" },
	{ "A53", "private addresses cannot be reached, public ones can",
	    private_network, true, 0, "" },
	{ "A54", "ports are its own", listeners, true, 0, "" },
	{ "A55", "other processes are not seen", neighbours, true, 0, "" },
	{ "A56", "the kernel keeps its secrets", kernel_secrets, true, 0, "" },
	/* These two kill, so they are the last. */
	{ "A44", "other processes cannot be touched", processes, true, 0, "" },
	{ "A57", "what is left behind", leftovers, true, 0, "" },
};

static void
print_text(const char *s)
{
	(void)putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)putchar('\\');
		(void)putchar((unsigned char)*s < ' ' ? '?' : *s);
	}
	(void)putchar('"');
}

static void
arguments(int argc, char **argv)
{
	static const struct {
		const char *option;
		struct given *to;
	} options[] = { { "--marker", &markers }, { "--socket", &sockets },
		{ "--pid", &pids }, { "--connect", &connects },
		{ "--public", &publics }, { "--host", &hosts },
		{ "--abstract", &abstracts }, { "--hold", &holds } };

	for (int i = 1; i + 1 < argc; i += 2) {
		for (size_t k = 0; k < COUNT(options); k++) {
			struct given *to = options[k].to;

			if (strcmp(argv[i], options[k].option) == 0 &&
			    to->n < MAX_GIVEN)
				to->text[to->n++] = argv[i + 1];
		}
	}
}

int
main(int argc, char **argv)
{
	bool all = true;

	if (argc == 2 && strcmp(argv[1], "--euid") == 0)
		return geteuid() != getuid() ? 42 : 0;
	if (argc == 2 && strcmp(argv[1], "--stay") == 0)
		return (int)sleep(600);
	arguments(argc, argv);
	for (size_t i = 0; i < COUNT(rows); i++) {
		now = &rows[i];
		now->run();
		say("%d attempts", now->tries);
		all = all && now->contained;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		printf("%s\"%s\": {\"name\": ", i == 0 ? "{" : ",\n ",
		    rows[i].id);
		print_text(rows[i].name);
		printf(", \"contained\": %s, \"detail\": ",
		    rows[i].contained ? "true" : "false");
		print_text(rows[i].detail);
		(void)putchar('}');
	}
	printf("}\n");
	(void)fflush(stdout);
	return all ? 0 : 1;
}
