/*
 * Control groups: one a sandbox, version 1 or 2, chosen at the start.
 *
 * All groups are below one parent that belongs to this deployment; what is in
 * it when the daemon starts is left over from an earlier one.  Nothing here
 * waits: killing is asked for again until cgroup_is_empty.
 */
#ifndef MOLTIS_SANDBOXD_CGROUP_H
#define MOLTIS_SANDBOXD_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "sandbox/sandbox.h"

#define CGROUP_WHY_BYTES 200

struct cgroups;

struct cgroup_usage {
	uint64_t cpu_ms;
	uint64_t peak_bytes; /* 0: the kernel does not say */
	uint64_t oom_kills;
	bool was_full; /* version 1: its memory limit was reached */
};

/*
 * Finds the hierarchies of MOUNTINFO (normally /proc/self/mountinfo) and makes
 * PARENT in them.  ST_UNAVAILABLE when limits of memory, processors and
 * processes cannot all be set; WHY says which.
 */
MUST_CHECK enum status cgroups_open(const char *mountinfo, const char *parent,
    struct cgroups **ret, char why[CGROUP_WHY_BYTES]);
void cgroups_close(struct cgroups *c); /* removes the parent if it is empty */
int cgroups_version(const struct cgroups *c);

/* Makes the group NAME with limits that were read back; nothing is left when
 * it fails. */
MUST_CHECK enum status cgroup_make(const struct cgroups *c, const char *name,
    const struct sbx_limits *limits, char why[CGROUP_WHY_BYTES]);
/* "/PARENT/NAME" into OUT. */
void cgroup_path(const struct cgroups *c, const char *name, char *out,
    size_t size);
/* Puts the calling process in; for a child between fork and exec. */
bool cgroup_join(const struct cgroups *c, const char *name);

/* Sends SIG to every member but EXCEPT (0: none is spared). */
void cgroup_signal(const struct cgroups *c, const char *name, int sig,
    pid_t except);
/* Kills all members and lets no new ones be born. */
void cgroup_kill(const struct cgroups *c, const char *name);
bool cgroup_is_empty(const struct cgroups *c, const char *name);
void cgroup_usage_read(const struct cgroups *c, const char *name,
    struct cgroup_usage *ret);
bool cgroup_remove(const struct cgroups *c, const char *name);

/* Kills and removes every group below the parent; waits five seconds at most,
 * so only at start and stop.  Returns how many groups there were; false in
 * *RET_CLEAN when some did not go. */
int cgroups_sweep(const struct cgroups *c, bool *ret_clean);

#endif
