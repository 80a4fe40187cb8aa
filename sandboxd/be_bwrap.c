/*
 * The bubblewrap backend: no daemon, no image, a few milliseconds.
 *
 * What bubblewrap shows is first put together in a mount namespace of our own
 * (the stage), from descriptors: what a path means cannot change between the check
 * and the mount, and the folders need not be reachable for the account's user.
 * Options and the environment go through a memory file, so that no secret is
 * in the argument list; of the command line only the command itself is seen.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"
#include "sandboxd/backend.h"
#include "sandboxd/program.h"

#define STAGE "/tmp" /* of our own mount namespace */
#define EXIT_SETUP 125
#define PATH_INSIDE "/usr/local/bin:/usr/bin:/bin"

/* Where the parts are, for bubblewrap. */
struct stage {
	char root[PATH_MAX]; /* "" is the host */
	char etc[PATH_MAX];
	char empty[PATH_MAX]; /* an empty file */
	bool has_dev;         /* STAGE/dev */
	int program, filter;
};

static _Noreturn void
fail(const char *what)
{
	dprintf(STDERR_FILENO, "sandbox: %s: %s\n", what, strerror(errno));
	_exit(EXIT_SETUP);
}

static bool
bwrap_check(const struct sbx_host *host, char why[SBX_WHY_BYTES])
{
	char path[PROGRAM_PATH_BYTES];
	struct stat st;

	if (!program_find("bwrap", path)) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "bwrap is not installed (Debian: bubblewrap)");
		return false;
	}
	if (host->rootfs != NULL &&
	    (stat(host->rootfs, &st) != 0 || !S_ISDIR(st.st_mode))) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "tools.exec.sandbox.rootfs: %.100s is not a folder",
		    host->rootfs);
		return false;
	}
	return true;
}

/* A copy of a mount that belongs to no namespace yet. */
static int
detach(int dir, const char *path)
{
	int fd = open_tree(dir, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0)
		fail("open_tree");
	return fd;
}

static void
attach(int fd, const char *at)
{
	if (mkdir(at, 0755) != 0 ||
	    move_mount(fd, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		fail(at);
	close(fd);
}

static void
make_empty_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);

	if (fd < 0)
		fail(path);
	close(fd);
}

/* Of the host's mounts those stay that bubblewrap or /usr may need: it reads
 * the list of all of them again and again. */
static bool
is_needed(const char *point)
{
	static const char *const trees[] = { "/usr", "/bin", "/sbin", "/lib",
		"/etc" };

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		if (strncmp(point, trees[i], strlen(trees[i])) == 0)
			return true;
	}
	return strcmp(point, "/") == 0 || strcmp(point, "/proc") == 0;
}

/* The list is read to its end first: it changes under the reader.  A mount
 * below another goes with it. */
static void
drop_mounts(void)
{
	own_txt struct txt all = { 0 };
	char part[4096], point[PATH_MAX], *save = NULL;
	own_fd int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	txt_init(&all, 0);
	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		txt_append_n(&all, part, (size_t)n);
	for (char *line = all.len == 0 ? NULL : strtok_r(all.data, "\n", &save);
	     line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 &&
		    !is_needed(point))
			(void)umount2(point, MNT_DETACH);
	}
}

/* One mount instead of the eight that --dev makes; without terminals. */
static void
make_dev(void)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} nodes[] = { { STAGE "/dev/null", 1, 3 }, { STAGE "/dev/zero", 1, 5 },
		{ STAGE "/dev/full", 1, 7 }, { STAGE "/dev/random", 1, 8 },
		{ STAGE "/dev/urandom", 1, 9 } };
	static const char *const links[][2] = { { "/proc/self/fd", "fd" },
		{ "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
		{ "/proc/self/fd/2", "stderr" } };
	char at[40];

	if (mkdir(STAGE "/dev", 0755) != 0 ||
	    mount("tmpfs", STAGE "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC,
		"size=16k,mode=0755") != 0 ||
	    mkdir(STAGE "/dev/shm", 0755) != 0)
		fail("dev");
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (mknod(nodes[i].path, S_IFCHR | 0666,
			makedev(nodes[i].major, nodes[i].minor)) != 0 ||
		    chmod(nodes[i].path, 0666) != 0)
			fail(nodes[i].path);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		(void)snprintf(at, sizeof(at), STAGE "/dev/%s", links[i][1]);
		if (symlink(links[i][0], at) != 0)
			fail(at);
	}
	/* bubblewrap would make it read-only together with "no devices". */
	if (mount(NULL, STAGE "/dev", NULL,
		MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL) != 0)
		fail("read-only dev");
}

static void
stage_as_root(const struct sbx_host *host, struct stage *at)
{
	int etc = detach(AT_FDCWD, host->etc_dir);
	int root = host->rootfs == NULL ? -1 : detach(AT_FDCWD, host->rootfs);

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		fail("mount namespace");
	drop_mounts();
	if (mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=64k,mode=0755") != 0)
		fail("stage");
	attach(etc, STAGE "/etc");
	if (root >= 0)
		attach(root, STAGE "/root");
	make_empty_file(STAGE "/empty");
	make_dev();
	at->has_dev = true;
	(void)snprintf(at->etc, PATH_MAX, "%s", STAGE "/etc");
	(void)snprintf(at->empty, PATH_MAX, "%s", STAGE "/empty");
	(void)snprintf(at->root, PATH_MAX, "%s",
	    root >= 0 ? STAGE "/root" : "");
}

/* Without privileges the paths have to do; only we can change them. */
static void
stage_as_user(const struct sbx_host *host, struct stage *at)
{
	(void)snprintf(at->etc, PATH_MAX, "%s", host->etc_dir);
	(void)snprintf(at->empty, PATH_MAX, "%.3900s/empty", host->state_dir);
	(void)snprintf(at->root, PATH_MAX, "%s",
	    host->rootfs == NULL ? "" : host->rootfs);
	make_empty_file(at->empty);
}

static void *
bwrap_prepare(const struct sbx_host *host)
{
	struct stage *at = mem_zalloc(sizeof(*at));
	char path[PROGRAM_PATH_BYTES];

	/* Opened now: the stage may hide its path. */
	at->program =
	    program_find("bwrap", path) ? open(path, O_PATH | O_CLOEXEC) : -1;
	at->filter = seccomp_filter_fd();
	if (at->program < 0 || at->filter < 0)
		fail("bwrap or its filter");
	if (host->privileged)
		stage_as_root(host, at);
	else
		stage_as_user(host, at);
	return at;
}

static void
add(struct txt *args, const char *s)
{
	txt_append_n(args, s, strlen(s) + 1);
}

static void
add3(struct txt *args, const char *a, const char *b, const char *c)
{
	add(args, a);
	add(args, b);
	add(args, c);
}

static void
add_number(struct txt *args, const char *option, unsigned long x)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lu", x);
	add(args, option);
	add(args, text);
}

static void
add_namespaces(struct txt *args, const struct sbx_plan *plan)
{
	static const char *const fixed[] = { "--unshare-user", "--unshare-pid",
		"--unshare-ipc", "--unshare-uts", "--unshare-cgroup",
		"--die-with-parent", "--new-session", "--cap-drop", "ALL",
		"--hostname", "sandbox" };

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(args, fixed[i]);
	if (!plan->network)
		add(args, "--unshare-net");
	add_number(args, "--uid", SBX_INSIDE_ID);
	add_number(args, "--gid", SBX_INSIDE_ID);
}

/* /bin, /lib and their like: links into /usr, or folders as they are. */
static void
add_root(struct txt *args, const struct stage *at)
{
	static const char *const names[] = { "bin", "sbin", "lib", "lib32",
		"lib64", "libx32" };
	char path[PATH_MAX], inside[16], target[64];

	(void)snprintf(path, sizeof(path), "%.4000s/usr", at->root);
	add3(args, "--ro-bind", path, "/usr");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat st;
		ssize_t n;

		(void)snprintf(path, sizeof(path), "%.4000s/%s", at->root,
		    names[i]);
		(void)snprintf(inside, sizeof(inside), "/%s", names[i]);
		if (lstat(path, &st) != 0)
			continue;
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (n > 0)
			add3(args, "--symlink", target, inside);
		else
			add3(args, "--ro-bind", path, inside);
	}
	add3(args, "--ro-bind", at->etc, "/etc");
	add(args, "--dir");
	add(args, "/run");
	add(args, "--dir");
	add(args, "/var");
	add3(args, "--symlink", "/run", "/var/run");
	add3(args, "--symlink", "/tmp", "/var/tmp");
}

/*
 * What of /proc tells about the machine, as far as everybody may read it:
 * what is root's alone is nobody's in there.  bubblewrap itself makes what
 * changes the machine read-only.
 */
static void
add_proc(struct txt *args, const struct stage *at)
{
	static const char *const files[] = { "/proc/keys", "/proc/key-users",
		"/proc/cmdline", "/proc/kallsyms", "/proc/kcore",
		"/proc/modules", "/proc/timer_list", "/proc/sched_debug",
		"/proc/partitions", "/proc/diskstats", "/proc/kmsg",
		"/proc/latency_stats" };

	add(args, "--proc");
	add(args, "/proc");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct stat st;

		if (stat(files[i], &st) == 0 && (st.st_mode & 07) != 0)
			add3(args, "--ro-bind", at->empty, files[i]);
	}
}

static void
add_tmpfs(struct txt *args, unsigned long bytes, const char *path)
{
	add_number(args, "--size", bytes);
	add(args, "--perms");
	add(args, "1777");
	add(args, "--tmpfs");
	add(args, path);
}

static void
add_mounts(struct txt *args, const struct sbx_plan *plan,
    const struct stage *at)
{
	char cwd[SBX_MAX_PATH + 16];

	add_root(args, at);
	add_proc(args, at);
	if (at->has_dev)
		add3(args, "--dev-bind", STAGE "/dev", "/dev");
	else {
		add(args, "--dev");
		add(args, "/dev");
	}
	add_tmpfs(args, SBX_SHM_BYTES, "/dev/shm");
	if (!at->has_dev) {
		add(args, "--remount-ro");
		add(args, "/dev");
	}
	add_tmpfs(args, SBX_TMP_BYTES, "/tmp");
	add3(args, "--bind",
	    plan->tree_fd >= 0 ? STAGE "/workspace" : plan->workspace,
	    "/workspace");
	add(args, "--remount-ro");
	add(args, "/");
	(void)snprintf(cwd, sizeof(cwd), "/workspace%s%.*s",
	    plan->run->cwd.n == 0 ? "" : "/", (int)plan->run->cwd.n,
	    plan->run->cwd.p);
	add(args, "--chdir");
	add(args, cwd);
}

static void
add_env(struct txt *args, const struct sbx_run *run)
{
	add3(args, "--setenv", "PATH", PATH_INSIDE);
	add3(args, "--setenv", "HOME", "/workspace");
	add3(args, "--setenv", "LANG", "C.UTF-8");
	add3(args, "--setenv", "TZ", "UTC");
	add3(args, "--setenv", "TERM", "dumb");
	for (size_t i = 0; i < run->env_count; i++) {
		add(args, "--setenv");
		txt_append_n(args, run->env[i].name.p, run->env[i].name.n);
		txt_append_c(args, '\0');
		txt_append_n(args, run->env[i].value.p, run->env[i].value.n);
		txt_append_c(args, '\0');
	}
}

/* A descriptor from which bubblewrap reads its options. */
static int
args_fd(const struct txt *args)
{
	int fd = memfd_create("options", 0);

	if (fd < 0 || write(fd, args->data, args->len) != (ssize_t)args->len ||
	    lseek(fd, 0, SEEK_SET) != 0)
		fail("options");
	return fd;
}

static void
limit(__rlimit_resource_t what, rlim_t most)
{
	struct rlimit l = { most, most }, now;

	if (getrlimit(what, &now) == 0 && now.rlim_max < most)
		l.rlim_cur = l.rlim_max = now.rlim_max;
	if (setrlimit(what, &l) != 0)
		fail("limits");
}

static void
become(const struct sbx_plan *plan)
{
	pid_t parent = getppid();

	if (plan->host->privileged &&
	    (setgroups(0, NULL) != 0 ||
		setresgid(plan->gid, plan->gid, plan->gid) != 0 ||
		setresuid(plan->uid, plan->uid, plan->uid) != 0))
		fail("identity");
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, SBX_NOFILE);
	limit(RLIMIT_FSIZE, SBX_FILE_BYTES);
	/* All sandboxes of the account together; the control group counts
	 * those of this one. */
	limit(RLIMIT_NPROC, (rlim_t)plan->limits.pids * 4 + 64);
	/* Changing identity cleared it, and the daemon may have died since. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		fail("prctl");
	if (getppid() != parent)
		_exit(EXIT_SETUP);
}

static _Noreturn void
bwrap_exec(const struct sbx_plan *plan, void *stage)
{
	const struct stage *at = stage;
	char filter[12], options[12];
	struct txt args;
	char *argv[] = { NULL, NULL, options, NULL, NULL, NULL, NULL, NULL };
	char *const envp[] = { NULL };

	if (fcntl(at->filter, F_SETFD, 0) != 0)
		fail("filter");
	if (plan->tree_fd >= 0)
		attach(plan->tree_fd, STAGE "/workspace");
	txt_init(&args, 0);
	add_namespaces(&args, plan);
	add_mounts(&args, plan, at);
	add_env(&args, plan->run);
	(void)snprintf(filter, sizeof(filter), "%d", at->filter);
	add(&args, "--seccomp");
	add(&args, filter);
	(void)snprintf(options, sizeof(options), "%d", args_fd(&args));
	argv[0] = mem_strdup("bwrap");
	argv[1] = mem_strdup("--args");
	argv[3] = mem_strdup("/bin/sh");
	argv[4] = mem_strdup("-c");
	argv[5] = mem_strndup(plan->run->command.p, plan->run->command.n);
	become(plan);
	(void)execveat(at->program, "", argv, envp, AT_EMPTY_PATH);
	fail("bwrap");
}

const struct sbx_backend be_bwrap = {
	.name = "bubblewrap",
	.check = bwrap_check,
	.prepare = bwrap_prepare,
	.exec = bwrap_exec,
};
