/*
 * The groups of sandboxes: making, measuring, killing, removing.  A backend
 * may make further groups below one of ours, so what reads or kills goes down
 * the tree.
 */
#include "config.h"

#include "sandboxd/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "sandboxd/cgroup_int.h"

#define MAX_DEPTH 6
#define SWEEP_TRIES 500 /* of 10 ms */
#define CPU_PERIOD_US 100000ull
#define FULL_SLACK 65536u /* the kernel charges some pages at a time */

typedef void visit_fn(const char *folder, void *arg);

bool
cgroup_write(const char *folder, const char *file, const char *text)
{
	char path[PATH_MAX];
	own_fd int fd = -1;
	size_t n = strlen(text);

	(void)snprintf(path, sizeof(path), "%.3900s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, n) == (ssize_t)n;
}

bool
cgroup_read(const char *folder, const char *file, char *out, size_t size)
{
	char path[PATH_MAX];
	own_fd int fd = -1;
	ssize_t n;

	out[0] = '\0';
	(void)snprintf(path, sizeof(path), "%.3900s/%s", folder, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out, size - 1);
	out[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

static void
folder_of(const struct cgroups *c, enum cgroup_ctl ctl, const char *name,
    char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%.3900s/%.64s", c->folder[ctl], name);
}

/* Children first, so that VISIT may remove the folder. */
static void
walk(const char *folder, int depth, visit_fn *visit, void *arg)
{
	DIR *d = depth < MAX_DEPTH ? opendir(folder) : NULL;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		own_mem char *child = NULL;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		child = mem_zalloc(PATH_MAX);
		(void)snprintf(child, PATH_MAX, "%.3800s/%s", folder,
		    e->d_name);
		walk(child, depth + 1, visit, arg);
	}
	if (d != NULL)
		closedir(d);
	visit(folder, arg);
}

enum status
cgroups_open(const char *mountinfo, const char *parent, struct cgroups **ret,
    char why[CGROUP_WHY_BYTES])
{
	struct cgroups *c = mem_zalloc(sizeof(*c));
	enum status st = cgroup_find(c, mountinfo, parent, why);

	if (st != ST_OK) {
		free(c);
		return st;
	}
	*ret = c;
	return ST_OK;
}

void
cgroups_close(struct cgroups *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < CTL_COUNT; i++) {
		if (c->folder[i][0] != '\0')
			(void)rmdir(c->folder[i]);
	}
	free(c);
}

int
cgroups_version(const struct cgroups *c)
{
	return c->version;
}

void
cgroup_path(const struct cgroups *c, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s", c->path, name);
}

/* Writes a limit and asks whether it holds: memory is rounded to pages. */
static bool
set_number(const char *folder, const char *file, uint64_t x)
{
	char text[32], back[64];
	uint64_t got;

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)x);
	if (!cgroup_write(folder, file, text) ||
	    !cgroup_read(folder, file, back, sizeof(back)))
		return false;
	errno = ERANGE; /* said when the kernel took another value */
	got = strtoull(back, NULL, 10);
	return got <= x && x - got < 65536;
}

static bool
set_limits_v1(const struct cgroups *c, const char *name,
    const struct sbx_limits *l, const char **ret_what)
{
	char folder[PATH_MAX];

	*ret_what = "memory";
	folder_of(c, CTL_MEMORY, name, folder);
	if (!set_number(folder, "memory.limit_in_bytes", l->memory_bytes))
		return false;
	/* Only there when the kernel accounts swap. */
	if (!set_number(folder, "memory.memsw.limit_in_bytes",
		l->memory_bytes) &&
	    errno != ENOENT)
		return false;
	*ret_what = "cpu";
	folder_of(c, CTL_CPU, name, folder);
	if (!set_number(folder, "cpu.cfs_period_us", CPU_PERIOD_US) ||
	    !set_number(folder, "cpu.cfs_quota_us",
		CPU_PERIOD_US * l->cpu_millis / 1000))
		return false;
	*ret_what = "pids";
	folder_of(c, CTL_PIDS, name, folder);
	return set_number(folder, "pids.max", l->pids);
}

static bool
set_limits_v2(const struct cgroups *c, const char *name,
    const struct sbx_limits *l, const char **ret_what)
{
	char folder[PATH_MAX], text[64], back[64];

	folder_of(c, CTL_MEMORY, name, folder);
	*ret_what = "memory";
	if (!set_number(folder, "memory.max", l->memory_bytes) ||
	    (!set_number(folder, "memory.swap.max", 0) && errno != ENOENT))
		return false;
	*ret_what = "pids";
	if (!set_number(folder, "pids.max", l->pids))
		return false;
	*ret_what = "cpu";
	(void)snprintf(text, sizeof(text), "%llu %llu",
	    CPU_PERIOD_US * l->cpu_millis / 1000, CPU_PERIOD_US);
	if (!cgroup_write(folder, "cpu.max", text) ||
	    !cgroup_read(folder, "cpu.max", back, sizeof(back)))
		return false;
	back[strcspn(back, "\n")] = '\0';
	errno = ERANGE;
	return strcmp(text, back) == 0;
}

enum status
cgroup_make(const struct cgroups *c, const char *name,
    const struct sbx_limits *limits, char why[CGROUP_WHY_BYTES])
{
	const char *what = "group";
	bool done = true;

	for (int i = 0; done && i < CTL_COUNT; i++) {
		char folder[PATH_MAX];

		if (c->folder[i][0] == '\0')
			continue;
		folder_of(c, (enum cgroup_ctl)i, name, folder);
		done = mkdir(folder, 0755) == 0 || errno == EEXIST;
	}
	if (done)
		done = c->version == 1 ? set_limits_v1(c, name, limits, &what)
				       : set_limits_v2(c, name, limits, &what);
	if (done)
		return ST_OK;
	(void)snprintf(why, CGROUP_WHY_BYTES,
	    "control group: the limit of %s cannot be set: %s", what,
	    strerror(errno));
	(void)cgroup_remove(c, name);
	return ST_UNAVAILABLE;
}

bool
cgroup_join(const struct cgroups *c, const char *name)
{
	for (int i = 0; i < CTL_COUNT; i++) {
		char folder[PATH_MAX];

		if (c->folder[i][0] == '\0')
			continue;
		folder_of(c, (enum cgroup_ctl)i, name, folder);
		if (!cgroup_write(folder, "cgroup.procs", "0"))
			return false;
	}
	return true;
}

struct signal_visit {
	int sig;
	pid_t except;
	size_t seen;
};

static void
visit_signal(const char *folder, void *arg)
{
	struct signal_visit *v = arg;
	char path[PATH_MAX], line[32];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%.3900s/cgroup.procs", folder);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		long pid = strtol(line, NULL, 10);

		v->seen++;
		if (pid > 1 && pid != v->except && v->sig != 0)
			(void)kill((pid_t)pid, v->sig);
	}
	if (f != NULL)
		fclose(f);
}

void
cgroup_signal(const struct cgroups *c, const char *name, int sig, pid_t except)
{
	struct signal_visit v = { .sig = sig, .except = except };
	char folder[PATH_MAX];

	folder_of(c, CTL_PIDS, name, folder);
	walk(folder, 0, visit_signal, &v);
}

void
cgroup_kill(const struct cgroups *c, const char *name)
{
	char folder[PATH_MAX];

	folder_of(c, CTL_PIDS, name, folder);
	if (c->version == 2 && cgroup_write(folder, "cgroup.kill", "1"))
		return;
	/* Nothing is born while we go through the list. */
	(void)cgroup_write(folder, "pids.max", "0");
	cgroup_signal(c, name, SIGKILL, 0);
}

bool
cgroup_is_empty(const struct cgroups *c, const char *name)
{
	struct signal_visit v = { 0 };
	char folder[PATH_MAX];

	folder_of(c, CTL_PIDS, name, folder);
	walk(folder, 0, visit_signal, &v);
	return v.seen == 0;
}

static uint64_t
read_number(const char *folder, const char *file)
{
	char text[64];

	if (!cgroup_read(folder, file, text, sizeof(text)))
		return 0;
	return strtoull(text, NULL, 10);
}

/* The number after KEY in a file of "key number" lines. */
static uint64_t
read_key(const char *folder, const char *file, const char *key)
{
	char text[2048], *save = NULL;
	size_t n = strlen(key);

	if (!cgroup_read(folder, file, text, sizeof(text)))
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, key, n) == 0 && line[n] == ' ')
			return strtoull(line + n + 1, NULL, 10);
	}
	return 0;
}

/* Version 1 counts the victims of a group only in that group. */
static void
visit_oom(const char *folder, void *arg)
{
	uint64_t *sum = arg;

	*sum += read_key(folder, "memory.oom_control", "oom_kill");
}

void
cgroup_usage_read(const struct cgroups *c, const char *name,
    struct cgroup_usage *ret)
{
	char folder[PATH_MAX];
	uint64_t limit;

	memset(ret, 0, sizeof(*ret));
	folder_of(c, CTL_MEMORY, name, folder);
	if (c->version == 2) {
		ret->cpu_ms = read_key(folder, "cpu.stat", "usage_usec") / 1000;
		ret->peak_bytes = read_number(folder, "memory.peak");
		ret->oom_kills = read_key(folder, "memory.events", "oom_kill");
		return;
	}
	ret->peak_bytes = read_number(folder, "memory.max_usage_in_bytes");
	/* Newer kernels count failures for the lowest group only, and an
	 * engine's own group is gone by now; the peak stays. */
	limit = read_number(folder, "memory.limit_in_bytes");
	ret->was_full = read_number(folder, "memory.failcnt") > 0 ||
	    (limit > 0 && ret->peak_bytes + FULL_SLACK >= limit);
	walk(folder, 0, visit_oom, &ret->oom_kills);
	if (c->folder[CTL_CPUACCT][0] == '\0')
		return;
	folder_of(c, CTL_CPUACCT, name, folder);
	ret->cpu_ms = read_number(folder, "cpuacct.usage") / 1000000;
}

static void
visit_remove(const char *folder, void *arg)
{
	bool *gone = arg;

	if (rmdir(folder) != 0 && errno != ENOENT)
		*gone = false;
}

bool
cgroup_remove(const struct cgroups *c, const char *name)
{
	bool gone = true;

	for (int i = 0; i < CTL_COUNT; i++) {
		char folder[PATH_MAX];

		if (c->folder[i][0] == '\0')
			continue;
		folder_of(c, (enum cgroup_ctl)i, name, folder);
		walk(folder, 0, visit_remove, &gone);
	}
	return gone;
}

/* Goes over the groups of one hierarchy once. */
static int
sweep_once(const struct cgroups *c, enum cgroup_ctl ctl)
{
	DIR *d = opendir(c->folder[ctl]);
	struct dirent *e;
	int left = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		left++;
		cgroup_kill(c, e->d_name);
		(void)cgroup_remove(c, e->d_name);
	}
	if (d != NULL)
		closedir(d);
	return left;
}

int
cgroups_sweep(const struct cgroups *c, bool *ret_clean)
{
	const struct timespec pause = { 0, 10 * 1000000 };
	int found = -1;

	*ret_clean = false;
	for (int i = 0; i < SWEEP_TRIES && !*ret_clean; i++) {
		int left = 0;

		for (int ctl = 0; ctl < CTL_COUNT; ctl++) {
			if (c->folder[ctl][0] != '\0')
				left += sweep_once(c, (enum cgroup_ctl)ctl);
			if (ctl == 0 && found < 0)
				found = left;
		}
		*ret_clean = left == 0;
		if (left > 0)
			(void)nanosleep(&pause, NULL);
	}
	return found;
}
