/* What cgroup.c and cgroup_find.c share. */
#ifndef MOLTIS_SANDBOXD_CGROUP_INT_H
#define MOLTIS_SANDBOXD_CGROUP_INT_H

#include <limits.h>

#include "sandboxd/cgroup.h"

enum cgroup_ctl { CTL_MEMORY, CTL_PIDS, CTL_CPU, CTL_CPUACCT, CTL_COUNT };

struct cgroups {
	int version;
	/* The parent's folder in each hierarchy.  Version 2 has one, which
	 * stands in all of them; "" is a controller that is not there. */
	char folder[CTL_COUNT][PATH_MAX];
	char path[PATH_MAX]; /* of the parent, as the kernel names it */
};

/* Writes TEXT to FOLDER/FILE; false with errno. */
bool cgroup_write(const char *folder, const char *file, const char *text);
/* Reads the start of FOLDER/FILE; false (and "") when it cannot. */
bool cgroup_read(const char *folder, const char *file, char *out, size_t size);

/* cgroup_find.c: fills version, folder and path, and makes the parent. */
enum status cgroup_find(struct cgroups *c, const char *mountinfo,
    const char *parent, char why[CGROUP_WHY_BYTES]);

#endif
