/*
 * Sandboxes by a container engine: podman with runc or crun, podman with
 * gVisor's runsc, docker.
 *
 * The engine runs inside the sandbox's control group and makes the
 * container's group below it, so the limits of the daemon hold for all of it.
 * The account's variables and its command reach the container as a script on
 * standard input: they are never in an argument list, in the environment of
 * the engine (which obeys some of its variables) or in its database.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"
#include "sandboxd/backend.h"
#include "sandboxd/program.h"
#include "sandboxd/seccomp.h"

#define EXIT_SETUP 125
#define PATH_INSIDE "/usr/local/bin:/usr/bin:/bin"
#define CLEAN_SECS 10
#define SWEEP_MAX 1000
#define LABEL "moltis.sandbox"
#define MAX_ARGS 120
#define MEMORY_SLACK (16u << 20)
#define CGROUP "/sys/fs/cgroup"

/* What the engine is not to take from its own configuration. */
static const char engine_conf[] = "[containers]\n"
				  "default_sysctls = []\n"
				  "default_ulimits = []\n"
				  "env = []\n"
				  "http_proxy = false\n"
				  "volumes = []\n"
				  "devices = []\n"
				  "base_hosts_file = \"none\"\n"
				  "[engine]\n"
				  "events_logger = \"none\"\n"
				  "hooks_dir = []\n";

/* What of /proc tells about the machine; the engine hides some more. */
static const char masked[] =
    "mask=/proc/cmdline:/proc/kallsyms:/proc/kcore:/proc/keys:"
    "/proc/key-users:/proc/kmsg:/proc/modules:/proc/iomem:/proc/ioports:"
    "/proc/config.gz:/proc/slabinfo:/proc/vmallocinfo:/proc/swaps:"
    "/proc/diskstats:/proc/partitions:/proc/mdstat:/proc/sysrq-trigger:"
    "/proc/timer_list:/proc/sched_debug:/proc/latency_stats:"
    "/proc/kpagecount:/proc/kpageflags:/proc/kpagecgroup:"
    "/proc/pagetypeinfo:/proc/acpi:/proc/scsi:/proc/bus:/proc/fs:"
    "/proc/irq:/proc/driver";

enum engine { ENGINE_PODMAN, ENGINE_RUNSC, ENGINE_DOCKER };

struct args {
	char *list[MAX_ARGS];
	size_t n;
};

static _Noreturn void
fail(const char *what)
{
	dprintf(STDERR_FILENO, "sandbox: %s: %s\n", what, strerror(errno));
	_exit(EXIT_SETUP);
}

/* ---- what is there ------------------------------------------------------ */

static bool
is_unified(void)
{
	struct statfs fs;

	return statfs(CGROUP, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* crun is the faster one and refuses the mixed layout of version 1. */
static bool
find_runtime(enum engine engine, char path[PROGRAM_PATH_BYTES])
{
	if (engine == ENGINE_RUNSC)
		return program_find("runsc", path);
	return (is_unified() && program_find("crun", path)) ||
	    program_find("runc", path);
}

static bool
has_image(const char *program, const char *image, char why[SBX_WHY_BYTES])
{
	const char *argv[] = { program, "image", "inspect", "--format",
		"{{.Id}}", image, NULL };
	struct program p = { .argv = argv,
		.in = -1,
		.timeout_secs = CLEAN_SECS };
	char said[100];
	int code = program_run(&p, said, sizeof(said));

	if (code != 0)
		(void)snprintf(why, SBX_WHY_BYTES, "image %.60s: %s", image,
		    said);
	return code == 0;
}

static bool
engine_check(enum engine engine, const struct sbx_host *host,
    char why[SBX_WHY_BYTES])
{
	const char *name = engine == ENGINE_DOCKER ? "docker" : "podman";
	char path[PROGRAM_PATH_BYTES], runtime[PROGRAM_PATH_BYTES];
	const char *missing = NULL;

	if (!program_find(name, path))
		missing = engine == ENGINE_DOCKER
		    ? "docker is not installed"
		    : "podman is not installed (Debian: podman)";
	else if (engine != ENGINE_DOCKER && !find_runtime(engine, runtime))
		missing = engine == ENGINE_RUNSC
		    ? "runsc is not installed (gVisor; Debian: runsc)"
		    : "no runtime is installed (Debian: runc, crun)";
	else if (!host->privileged)
		missing = "needs the daemon to run as root";
	else if (host->image_count == 0)
		missing = "tools.exec.sandbox.images names no image";
	else if (strchr(host->state_dir, ',') != NULL ||
	    strchr(host->state_dir, ':') != NULL)
		missing = "the state folder's path has a comma or a colon";
	else if (engine == ENGINE_DOCKER && host->net.is_public)
		missing = "docker cannot join the filtered network: only with "
			  "network = \"none\"";
	if (missing != NULL) {
		(void)snprintf(why, SBX_WHY_BYTES, "%s", missing);
		return false;
	}
	return has_image(path, host->images[0], why);
}

/* ---- the script --------------------------------------------------------- */

/* Between single quotes a shell changes nothing; a quote is '\''. */
static void
add_quoted(struct txt *t, struct sbx_text s)
{
	txt_append_c(t, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			txt_append(t, "'\\''");
		else
			txt_append_c(t, s.p[i]);
	}
	txt_append_c(t, '\'');
}

/* For the shell that is the container's first program: it takes on the
 * environment and becomes the shell of the command. */
static void
script_write(const struct sbx_run *run, struct txt *t)
{
	txt_append(t,
	    "unset HOSTNAME container OLDPWD\n"
	    "export PATH=" PATH_INSIDE " HOME=/workspace LANG=C.UTF-8 "
	    "TZ=UTC TERM=dumb\n");
	for (size_t i = 0; i < run->env_count; i++) {
		txt_append(t, "export ");
		txt_append_n(t, run->env[i].name.p, run->env[i].name.n);
		txt_append_c(t, '=');
		add_quoted(t, run->env[i].value);
		txt_append_c(t, '\n');
	}
	txt_append(t, "cd /workspace/");
	add_quoted(t, run->cwd);
	txt_append(t, " || exit 125\nexec /bin/sh -c ");
	add_quoted(t, run->command);
	txt_append(t, " </dev/null\n");
}

static void
use_script(const struct sbx_run *run)
{
	struct txt t;
	int fd = memfd_create("script", MFD_CLOEXEC);

	txt_init(&t, 0);
	script_write(run, &t);
	for (size_t at = 0; fd >= 0 && at < t.len;) {
		ssize_t n = write(fd, t.data + at, t.len - at);

		if (n <= 0)
			fail("script");
		at += (size_t)n;
	}
	if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0 || dup2(fd, 0) != 0)
		fail("script");
}

/* ---- the arguments ------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static void
add(struct args *a, const char *fmt, ...)
{
	struct txt t;
	va_list ap;

	if (a->n + 1 >= MAX_ARGS) {
		errno = E2BIG;
		fail("arguments");
	}
	txt_init(&t, 0);
	va_start(ap, fmt);
	txt_vformat(&t, fmt, ap);
	va_end(ap);
	a->list[a->n++] = txt_take(&t);
}

static void
add_all(struct args *a, const char *const *list)
{
	for (; *list != NULL; list++)
		add(a, "%s", *list);
}

/* A copy that the engine inherits, named so that its children find it too. */
static int
inherited(int fd)
{
	int copy = fcntl(fd, F_DUPFD, 10);

	if (copy < 0)
		fail("descriptor");
	return copy;
}

static void
add_limits(struct args *a, const struct sbx_limits *l)
{
	/* A little more than the group around it has: what the kernel kills
	 * is then counted there, where it outlives the container. */
	unsigned long memory = (unsigned long)l->memory_bytes + MEMORY_SLACK;

	add(a, "--memory=%lu", memory);
	add(a, "--memory-swap=%lu", memory);
	add(a, "--cpus=%u.%03u", l->cpu_millis / 1000, l->cpu_millis % 1000);
	add(a, "--pids-limit=%u", l->pids);
	add(a, "--ulimit=nofile=%d:%d", SBX_NOFILE, SBX_NOFILE);
	/* All sandboxes of the account together. */
	add(a, "--ulimit=nproc=%u:%u", l->pids * 4 + 64, l->pids * 4 + 64);
	add(a, "--ulimit=fsize=%u:%u", SBX_FILE_BYTES, SBX_FILE_BYTES);
	add(a, "--ulimit=core=0:0");
	add(a, "--shm-size=%u", SBX_SHM_BYTES);
}

static void
add_mounts(struct args *a, const struct sbx_plan *plan, enum engine engine)
{
	static const char *const files[] = { "passwd", "group", "hosts",
		"resolv.conf", "nsswitch.conf" };
	/* podman would copy what the image has there, and its mode. */
	const char *bare = engine == ENGINE_DOCKER ? "" : ",notmpcopyup";
	char path[PATH_MAX];

	add(a, "--tmpfs=/tmp:rw,nosuid,nodev,size=%u,mode=1777%s",
	    SBX_TMP_BYTES, bare);
	add(a, "--tmpfs=/run:rw,nosuid,nodev,noexec,size=%u,mode=755%s",
	    SBX_RUN_BYTES, bare);
	add(a, "--mount=type=bind,src=%s,dst=/workspace%s", plan->workspace,
	    engine == ENGINE_DOCKER ? "" : ",nosuid,nodev");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", plan->host->etc_dir,
		    files[i]);
		if (access(path, F_OK) == 0)
			add(a, "--volume=%s:/etc/%s:ro", path, files[i]);
	}
	/* A network namespace that the container does not own lets it mount
	 * no /sys, and it has no need of one. */
	if (engine == ENGINE_PODMAN)
		add(a,
		    "--mount=type=tmpfs,dst=/sys,tmpfs-size=4096,"
		    "tmpfs-mode=0555,ro");
}

/*
 * Inside, the account is 1000 as in every backend.  The map is one range,
 * because podman 4.3 mounts its image through a map of one range only: the
 * identities below 1000 become those of neighbours, which nothing inside can
 * take on.  gVisor has identities of its own, docker one map for all.
 */
static void
add_identity(struct args *a, const struct sbx_plan *plan, enum engine engine)
{
	if (engine == ENGINE_PODMAN) {
		add(a, "--uidmap=0:%u:%d", plan->uid - SBX_INSIDE_ID,
		    SBX_INSIDE_ID + 1);
		add(a, "--gidmap=0:%u:%d", plan->gid - SBX_INSIDE_ID,
		    SBX_INSIDE_ID + 1);
		add(a, "--user=%d:%d", SBX_INSIDE_ID, SBX_INSIDE_ID);
		return;
	}
	add(a, "--user=%u:%u", plan->uid, plan->gid);
}

static void
add_network(struct args *a, const struct sbx_plan *plan, enum engine engine)
{
	if (!plan->network)
		add(a, "--network=none");
	else if (engine == ENGINE_DOCKER) {
		errno = ENOTSUP;
		fail("docker cannot join the filtered network");
	} else
		add(a, "--network=ns:/proc/%d/fd/%d", (int)getpid(),
		    inherited(plan->netns_fd));
}

static void
add_runtime(struct args *a, enum engine engine)
{
	char runtime[PROGRAM_PATH_BYTES];

	if (engine == ENGINE_DOCKER)
		return;
	add(a, "--log-level=error");
	add(a, "--cgroup-manager=cgroupfs");
	if (!find_runtime(engine, runtime))
		fail("runtime");
	add(a, "--runtime=%s", runtime);
	if (engine != ENGINE_RUNSC)
		return;
	/* gVisor's own network would write to the interface past the rules of
	 * the namespace; its control group is the one it is started in. */
	add(a, "--runtime-flag=network=host");
	add(a, "--runtime-flag=ignore-cgroups");
	add(a, "--runtime-flag=oci-seccomp");
}

static void
add_fences(struct args *a, const struct sbx_plan *plan, enum engine engine)
{
	static const char *const common[] = { "--interactive", "--pull=never",
		"--read-only", "--cap-drop=ALL",
		"--security-opt=no-new-privileges", "--hostname=sandbox",
		"--ipc=private", "--init=false", "--stop-timeout=0",
		"--log-driver=none", "--workdir=/workspace",
		"--entrypoint=/bin/sh", NULL };
	static const char *const podman[] = { "--read-only-tmpfs=false",
		"--pid=private", "--uts=private", "--cgroupns=private",
		"--no-hosts", "--passwd=false", "--unsetenv-all",
		"--image-volume=ignore", NULL };
	int filter = seccomp_profile_fd();

	if (filter < 0)
		fail("filter");
	add_all(a, common);
	add(a, "--security-opt=seccomp=/proc/self/fd/%d", inherited(filter));
	if (engine == ENGINE_DOCKER)
		return;
	add_all(a, podman);
	if (engine == ENGINE_PODMAN)
		add(a, "--security-opt=%s", masked);
	(void)plan;
}

/* ---- the canary's program ------------------------------------------------ */

/* Our own canary belongs to no account. */
static bool
is_canary(const struct sbx_plan *plan)
{
	static const unsigned char nobody[SBX_ID_BYTES];

	return memcmp(plan->run->account, nobody, sizeof(nobody)) == 0;
}

/* The program lies beside our own. */
static int
open_beside(const char *name)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 100);
	char *slash;

	path[n < 0 ? 0 : n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return -1;
	(void)snprintf(slash + 1, 100, "%.90s", name);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static bool
copy_set_uid(int from, const char *path)
{
	own_fd int to = -1;
	char part[65536];
	ssize_t n = -1;

	(void)unlink(path);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	while (to >= 0 && (n = read(from, part, sizeof(part))) > 0) {
		if (write(to, part, (size_t)n) != n)
			return false;
	}
	return to >= 0 && n == 0 && fchmod(to, 04755) == 0;
}

/*
 * gVisor's /proc does not say "no new privileges", so a set-uid program of
 * root's goes in, to be tried there.  On this side nobody but root reaches it:
 * the folder above is closed.
 */
static void
add_set_uid(struct args *a, const struct sbx_plan *plan, enum engine engine)
{
	char above[PATH_MAX], dir[PATH_MAX], path[PATH_MAX];
	own_fd int from = -1;

	if (engine != ENGINE_RUNSC || !is_canary(plan))
		return;
	from = open_beside("moltis-canary");
	if (from < 0)
		fail("moltis-canary, which is installed beside this program");
	(void)snprintf(above, sizeof(above), "%.3900s/canary",
	    plan->host->state_dir);
	(void)snprintf(dir, sizeof(dir), "%.4000s/dir", above);
	(void)snprintf(path, sizeof(path), "%.4050s/set-uid", dir);
	if ((mkdir(above, 0700) != 0 && errno != EEXIST) ||
	    (mkdir(dir, 0755) != 0 && errno != EEXIST) ||
	    !copy_set_uid(from, path))
		fail(path);
	add(a, "--volume=%s:" SBX_CANARY_DIR ":ro,suid", dir);
}

/* ---- becoming it -------------------------------------------------------- */

/* Written by every run, because the daemon may have been updated. */
static void
write_conf(const char *path)
{
	char fresh[PATH_MAX];
	own_fd int fd = -1;

	(void)snprintf(fresh, sizeof(fresh), "%.4000s.%d", path, (int)getpid());
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 ||
	    write(fd, engine_conf, sizeof(engine_conf) - 1) !=
		(ssize_t)sizeof(engine_conf) - 1 ||
	    rename(fresh, path) != 0)
		fail(fresh);
}

/* conmon leaves a file "oom" in its working folder. */
static void
leave_litter(const char *state_dir)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.4000s/trash", state_dir);
	if (chdir(path) != 0)
		fail(path);
}

/* In version 2 a group with members has no groups with limits below it: the
 * engine steps aside. */
static void
step_aside(const char *cgroup)
{
	char path[PATH_MAX];
	int fd;

	if (!is_unified())
		return;
	(void)snprintf(path, sizeof(path), CGROUP "%.3000s/engine", cgroup);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		fail(path);
	(void)snprintf(path, sizeof(path), CGROUP "%.3000s/engine/cgroup.procs",
	    cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(path);
	(void)close(fd);
}

static _Noreturn void
engine_exec(const struct sbx_plan *plan, enum engine engine)
{
	struct args *a = mem_zalloc(sizeof(*a));
	char path[PROGRAM_PATH_BYTES], conf[PATH_MAX], env_conf[PATH_MAX + 20];
	char *env[] = { mem_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
		mem_strdup("LC_ALL=C"), mem_strdup("HOME=/"), env_conf, NULL };

	if (!program_find(engine == ENGINE_DOCKER ? "docker" : "podman", path))
		fail("engine");
	(void)snprintf(conf, sizeof(conf), "%.4000s/containers.conf",
	    plan->host->state_dir);
	(void)snprintf(env_conf, sizeof(env_conf), "CONTAINERS_CONF=%s", conf);
	add(a, "%s", path);
	add_runtime(a, engine);
	add(a, "run");
	add(a, "--name=%s", plan->name);
	add(a, "--label=" LABEL "=%s", plan->host->state_dir);
	add(a, "--cgroup-parent=%s", plan->cgroup);
	add_fences(a, plan, engine);
	add_identity(a, plan, engine);
	add_limits(a, &plan->limits);
	add_mounts(a, plan, engine);
	add_network(a, plan, engine);
	add_set_uid(a, plan, engine);
	add(a, "%s", plan->image);
	write_conf(conf);
	leave_litter(plan->host->state_dir);
	step_aside(plan->cgroup);
	use_script(plan->run);
	execve(path, a->list, env);
	fail(path);
}

/* ---- cleaning up -------------------------------------------------------- */

static bool
remove_one(const char *program, const char *name)
{
	const char *argv[] = { program, "rm", "--force", "--volumes", name,
		NULL };
	struct program p = { .argv = argv,
		.in = -1,
		.timeout_secs = CLEAN_SECS };
	char said[120];

	return program_run(&p, said, sizeof(said)) == 0;
}

static void
engine_cleanup(const char *engine, const char *name)
{
	char path[PROGRAM_PATH_BYTES];

	if (program_find(engine, path))
		(void)remove_one(path, name);
}

/* Containers with our label, one after the other until there is none. */
static void
engine_sweep(const char *engine, const struct sbx_host *host)
{
	char path[PROGRAM_PATH_BYTES], filter[PATH_MAX], id[100];
	const char *argv[] = { path, "ps", "--all", "--quiet", "--filter",
		filter, NULL };
	struct program p = { .argv = argv,
		.in = -1,
		.timeout_secs = CLEAN_SECS };

	(void)snprintf(filter, sizeof(filter), "label=" LABEL "=%.4000s",
	    host->state_dir);
	for (int i = 0; i < SWEEP_MAX && program_find(engine, path); i++) {
		if (program_run(&p, id, sizeof(id)) != 0 || id[0] == '\0' ||
		    strspn(id, "0123456789abcdef") != strlen(id) ||
		    !remove_one(path, id))
			return;
	}
}

static bool
podman_check(const struct sbx_host *host, char why[SBX_WHY_BYTES])
{
	return engine_check(ENGINE_PODMAN, host, why);
}

static bool
runsc_check(const struct sbx_host *host, char why[SBX_WHY_BYTES])
{
	return engine_check(ENGINE_RUNSC, host, why);
}

static bool
docker_check(const struct sbx_host *host, char why[SBX_WHY_BYTES])
{
	if (!host->docker_allowed) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "is not allowed (its daemon is root for everyone)");
		return false;
	}
	return engine_check(ENGINE_DOCKER, host, why);
}

static _Noreturn void
podman_exec(const struct sbx_plan *plan, void *stage)
{
	(void)stage;
	engine_exec(plan, ENGINE_PODMAN);
}

static _Noreturn void
runsc_exec(const struct sbx_plan *plan, void *stage)
{
	(void)stage;
	engine_exec(plan, ENGINE_RUNSC);
}

static _Noreturn void
docker_exec(const struct sbx_plan *plan, void *stage)
{
	(void)stage;
	engine_exec(plan, ENGINE_DOCKER);
}

static void
podman_cleanup(const struct sbx_host *host, const char *name)
{
	(void)host;
	engine_cleanup("podman", name);
}

static void
docker_cleanup(const struct sbx_host *host, const char *name)
{
	(void)host;
	engine_cleanup("docker", name);
}

static void
podman_sweep(const struct sbx_host *host)
{
	engine_sweep("podman", host);
}

static void
docker_sweep(const struct sbx_host *host)
{
	engine_sweep("docker", host);
}

const struct sbx_backend be_podman = {
	.name = "podman",
	.check = podman_check,
	.exec = podman_exec,
	.cleanup = podman_cleanup,
	.sweep = podman_sweep,
};

const struct sbx_backend be_runsc = {
	.name = "runsc",
	.check = runsc_check,
	.exec = runsc_exec,
	.cleanup = podman_cleanup,
	.sweep = podman_sweep,
};

const struct sbx_backend be_docker = {
	.name = "docker",
	.check = docker_check,
	.exec = docker_exec,
	.cleanup = docker_cleanup,
	.sweep = docker_sweep,
};
