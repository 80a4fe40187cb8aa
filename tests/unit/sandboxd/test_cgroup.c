/*
 * Control groups on a made-up tree: what is written where, for the version
 * this machine may not have.  The real thing is in tests/sandbox.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/txt.h"
#include "sandboxd/cgroup.h"
#include "tests/unit/unit.h"

struct tree {
	char top[64];
	char mountinfo[80];
	bool is_v2;
};

static void
put(const struct tree *t, const char *path, const char *text)
{
	char full[256];
	FILE *f;

	(void)snprintf(full, sizeof(full), "%s/%s", t->top, path);
	f = fopen(full, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static bool
holds(const struct tree *t, const char *path, const char *text)
{
	char full[256], got[128] = "";
	FILE *f;
	size_t n;

	(void)snprintf(full, sizeof(full), "%s/%s", t->top, path);
	f = fopen(full, "r");
	n = f == NULL ? 0 : fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	if (f != NULL)
		fclose(f);
	return strcmp(got, text) == 0;
}

static void
folder(const struct tree *t, const char *path)
{
	char full[256];

	(void)snprintf(full, sizeof(full), "%s/%s", t->top, path);
	CU_ASSERT_EQUAL_FATAL(mkdir(full, 0755), 0);
}

static void
tree_init(struct tree *t, bool is_v2)
{
	char line[512];

	t->is_v2 = is_v2;
	(void)snprintf(t->top, sizeof(t->top), "/tmp/moltis-cg-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(t->top));
	(void)snprintf(t->mountinfo, sizeof(t->mountinfo), "%s/mountinfo",
	    t->top);
	if (is_v2)
		(void)snprintf(line, sizeof(line),
		    "29 23 0:26 / %s rw,nosuid shared:4 - cgroup2 cgroup2 rw\n",
		    t->top);
	else
		(void)snprintf(line, sizeof(line),
		    "30 2 0:3 / %s/m rw - cgroup cgroup rw,memory\n"
		    "31 2 0:4 / %s/p rw - cgroup cgroup rw,pids\n"
		    "32 2 0:5 / %s/c rw - cgroup cgroup rw,cpu,cpuacct\n"
		    "33 2 0:6 / %s/u rw - cgroup2 cgroup2 rw\n",
		    t->top, t->top, t->top, t->top);
	put(t, "mountinfo", line);
}

static void
tree_done(const struct tree *t)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", t->top);
	CU_ASSERT_EQUAL(system(command), 0);
}

static const struct sbx_limits limits = { .memory_bytes = 512u << 20,
	.cpu_millis = 1500,
	.pids = 256 };

static void
v2_files(const struct tree *t)
{
	static const char *const files[] = { "memory.max", "memory.swap.max",
		"pids.max", "cpu.max", "cgroup.kill", "cgroup.procs" };

	put(t, "cgroup.controllers", "cpuset cpu io memory pids\n");
	put(t, "cgroup.subtree_control", "");
	folder(t, "mine");
	put(t, "mine/cgroup.controllers", "cpu memory pids\n");
	put(t, "mine/cgroup.subtree_control", "");
	folder(t, "mine/job");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "mine/job/%s", files[i]);
		put(t, path, "");
	}
	put(t, "mine/job/memory.events", "low 0\noom 3\noom_kill 2\n");
	put(t, "mine/job/memory.peak", "4096\n");
	put(t, "mine/job/cpu.stat", "usage_usec 7000\nuser_usec 1\n");
}

static void
version_2(void)
{
	char why[CGROUP_WHY_BYTES] = "", path[128];
	struct cgroups *c = NULL;
	struct cgroup_usage usage;
	struct tree t;

	tree_init(&t, true);
	v2_files(&t);
	CU_ASSERT_EQUAL_FATAL(cgroups_open(t.mountinfo, "mine", &c, why),
	    ST_OK);
	CU_ASSERT_EQUAL(cgroups_version(c), 2);
	CU_ASSERT_TRUE(
	    holds(&t, "mine/cgroup.subtree_control", "+memory +pids +cpu"));
	cgroup_path(c, "job", path, sizeof(path));
	CU_ASSERT_STRING_EQUAL(path, "/mine/job");
	CU_ASSERT_EQUAL(cgroup_make(c, "job", &limits, why), ST_OK);
	CU_ASSERT_TRUE(holds(&t, "mine/job/memory.max", "536870912"));
	CU_ASSERT_TRUE(holds(&t, "mine/job/memory.swap.max", "0"));
	CU_ASSERT_TRUE(holds(&t, "mine/job/pids.max", "256"));
	CU_ASSERT_TRUE(holds(&t, "mine/job/cpu.max", "150000 100000"));
	cgroup_usage_read(c, "job", &usage);
	CU_ASSERT_EQUAL(usage.cpu_ms, 7);
	CU_ASSERT_EQUAL(usage.peak_bytes, 4096);
	CU_ASSERT_EQUAL(usage.oom_kills, 2);
	CU_ASSERT_TRUE(cgroup_is_empty(c, "job"));
	cgroup_kill(c, "job");
	CU_ASSERT_TRUE(holds(&t, "mine/job/cgroup.kill", "1"));
	put(&t, "mine/job/cgroup.procs", "1\n");
	CU_ASSERT_FALSE(cgroup_is_empty(c, "job"));
	cgroups_close(c);
	tree_done(&t);
}

static void
version_1(void)
{
	char why[CGROUP_WHY_BYTES] = "";
	struct cgroups *c = NULL;
	struct cgroup_usage usage;
	struct tree t;

	tree_init(&t, false);
	folder(&t, "m");
	folder(&t, "p");
	folder(&t, "c");
	CU_ASSERT_EQUAL_FATAL(cgroups_open(t.mountinfo, "mine", &c, why),
	    ST_OK);
	CU_ASSERT_EQUAL(cgroups_version(c), 1);
	folder(&t, "m/mine/job");
	folder(&t, "p/mine/job");
	folder(&t, "c/mine/job");
	put(&t, "m/mine/job/memory.limit_in_bytes", "");
	put(&t, "p/mine/job/pids.max", "");
	put(&t, "c/mine/job/cpu.cfs_period_us", "");
	put(&t, "c/mine/job/cpu.cfs_quota_us", "");
	CU_ASSERT_EQUAL(cgroup_make(c, "job", &limits, why), ST_OK);
	CU_ASSERT_TRUE(
	    holds(&t, "m/mine/job/memory.limit_in_bytes", "536870912"));
	CU_ASSERT_TRUE(holds(&t, "p/mine/job/pids.max", "256"));
	CU_ASSERT_TRUE(holds(&t, "c/mine/job/cpu.cfs_quota_us", "150000"));
	put(&t, "m/mine/job/memory.oom_control",
	    "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
	folder(&t, "m/mine/job/nested");
	put(&t, "m/mine/job/nested/memory.oom_control", "oom_kill 4\n");
	put(&t, "m/mine/job/memory.failcnt", "9\n");
	put(&t, "c/mine/job/cpuacct.usage", "12000000\n");
	cgroup_usage_read(c, "job", &usage);
	CU_ASSERT_EQUAL(usage.oom_kills, 5);
	CU_ASSERT_TRUE(usage.was_full);
	CU_ASSERT_EQUAL(usage.cpu_ms, 12);
	cgroups_close(c);
	tree_done(&t);
}

/* A limit that cannot be set is no limit. */
static void
refusals(void)
{
	char why[CGROUP_WHY_BYTES] = "";
	struct cgroups *c = NULL;
	struct tree t;

	tree_init(&t, true);
	put(&t, "cgroup.controllers", "cpu io\n");
	CU_ASSERT_EQUAL(cgroups_open(t.mountinfo, "mine", &c, why),
	    ST_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "memory, pids and cpu"));
	tree_done(&t);
	tree_init(&t, true);
	v2_files(&t);
	CU_ASSERT_EQUAL_FATAL(cgroups_open(t.mountinfo, "mine", &c, why),
	    ST_OK);
	CU_ASSERT_EQUAL(cgroup_make(c, "other", &limits, why), ST_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "memory"));
	put(&t, "mine/job/pids.max", "999999");
	CU_ASSERT_EQUAL(cgroup_make(c, "job", &limits, why), ST_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "pids"));
	cgroups_close(c);
	tree_done(&t);
	CU_ASSERT_EQUAL(cgroups_open("/nonexistent", "mine", &c, why),
	    ST_UNAVAILABLE);
	CU_ASSERT_EQUAL(cgroups_open("/dev/null", "mine", &c, why),
	    ST_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "not mounted"));
}

void
suite_sandboxd_cgroup(void)
{
	static const struct unit_test tests[] = {
		{ "version 2 has all in one folder", version_2 },
		{ "version 1 has a folder a controller", version_1 },
		{ "what cannot be limited is refused", refusals },
		{ NULL, NULL },
	};

	unit_add("sandboxd/cgroup.c", tests);
}
