/*
 * Which control groups this machine has, and a place of ours in them.
 *
 * Version 1 counts when memory, pids and cpu are mounted (also beside an empty
 * version 2, as hybrid systems have it): the parent goes to the top of each
 * hierarchy.  Version 2: groups cannot have both members and limited children,
 * so where we were put in a group of our own (a delegated unit) the daemon
 * moves to a child of it first; else the parent goes to the top.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "sandboxd/cgroup_int.h"

#define LINE_BYTES (2 * PATH_MAX)

static const char *const ctl_names[CTL_COUNT] = { "memory", "pids", "cpu",
	"cpuacct" };

struct mount {
	char point[PATH_MAX];
	char type[32];
	char options[256]; /* of the super block: names of controllers */
};

/* "ID PARENT DEV ROOT POINT OPTIONS [FIELDS] - TYPE SOURCE SUPER" */
static bool
mount_parse(const char *line, struct mount *m)
{
	const char *dash = strstr(line, " - ");

	return dash != NULL &&
	    sscanf(line, "%*s %*s %*s %*s %4095s", m->point) == 1 &&
	    sscanf(dash + 3, "%31s %*s %255s", m->type, m->options) == 2;
}

static bool
has_word(const char *list, const char *word, const char *separators)
{
	size_t n = strlen(word);

	for (const char *p = list; *p != '\0';) {
		size_t k = strcspn(p, separators);

		if (k == n && memcmp(p, word, n) == 0)
			return true;
		p += k;
		p += strspn(p, separators);
	}
	return false;
}

/* Mount points of the controllers, and of version 2; "" is none. */
static bool
read_mounts(const char *mountinfo, char ctl[CTL_COUNT][PATH_MAX],
    char unified[PATH_MAX])
{
	FILE *f = fopen(mountinfo, "re");
	char *line = malloc(LINE_BYTES);
	struct mount *m = malloc(sizeof(*m));

	while (f != NULL && line != NULL && m != NULL &&
	    fgets(line, LINE_BYTES, f) != NULL) {
		if (!mount_parse(line, m))
			continue;
		if (strcmp(m->type, "cgroup2") == 0 && unified[0] == '\0')
			memcpy(unified, m->point, PATH_MAX);
		for (int i = 0; i < CTL_COUNT; i++) {
			if (strcmp(m->type, "cgroup") == 0 &&
			    ctl[i][0] == '\0' &&
			    has_word(m->options, ctl_names[i], ","))
				memcpy(ctl[i], m->point, PATH_MAX);
		}
	}
	free(line);
	free(m);
	if (f == NULL)
		return false;
	fclose(f);
	return true;
}

static enum status
make_folder(const char *folder, char why[CGROUP_WHY_BYTES])
{
	if (mkdir(folder, 0755) == 0 || errno == EEXIST)
		return ST_OK;
	(void)snprintf(why, CGROUP_WHY_BYTES,
	    "cannot make the control group %.80s: %s", folder, strerror(errno));
	return ST_UNAVAILABLE;
}

static enum status
find_v1(struct cgroups *c, char ctl[CTL_COUNT][PATH_MAX], const char *parent,
    char why[CGROUP_WHY_BYTES])
{
	c->version = 1;
	(void)snprintf(c->path, sizeof(c->path), "/%s", parent);
	for (int i = 0; i < CTL_COUNT; i++) {
		enum status st;

		if (ctl[i][0] == '\0')
			continue;
		(void)snprintf(c->folder[i], sizeof(c->folder[i]), "%.3900s/%s",
		    ctl[i], parent);
		st = make_folder(c->folder[i], why);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

/* Our own group of version 2, "/" at the top. */
static void
own_group(char out[PATH_MAX])
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];

	(void)snprintf(out, PATH_MAX, "/");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			(void)snprintf(out, PATH_MAX, "%s", line + 3);
	}
	if (f != NULL)
		fclose(f);
}

/* Lets children of FOLDER be limited. */
static bool
open_controllers(const char *folder)
{
	char have[256];

	if (!cgroup_read(folder, "cgroup.controllers", have, sizeof(have)) ||
	    !has_word(have, "memory", " \n") ||
	    !has_word(have, "pids", " \n") || !has_word(have, "cpu", " \n"))
		return false;
	return cgroup_write(folder, "cgroup.subtree_control",
	    "+memory +pids +cpu");
}

/* Puts the parent below BASE, a group of the hierarchy at TOP. */
static bool
settle_v2(struct cgroups *c, const char *top, const char *base,
    const char *parent)
{
	const char *slash = strcmp(base, "/") == 0 ? "" : base;
	char folder[PATH_MAX], daemon_folder[PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%.1900s%.1900s", top, slash);
	if (slash[0] != '\0') {
		(void)snprintf(daemon_folder, sizeof(daemon_folder),
		    "%.4000s/daemon", folder);
		if (mkdir(daemon_folder, 0755) != 0 && errno != EEXIST)
			return false;
		if (!cgroup_write(daemon_folder, "cgroup.procs", "0"))
			return false;
	}
	if (!open_controllers(folder))
		return false;
	(void)snprintf(c->path, sizeof(c->path), "%.1900s/%s", slash, parent);
	(void)snprintf(folder, sizeof(folder), "%.1900s%.1990s", top, c->path);
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return false;
	if (!open_controllers(folder))
		return false;
	for (int i = 0; i < CTL_COUNT; i++)
		memcpy(c->folder[i], folder, PATH_MAX);
	return true;
}

static enum status
find_v2(struct cgroups *c, const char *top, const char *parent,
    char why[CGROUP_WHY_BYTES])
{
	char own[PATH_MAX];
	size_t n;

	c->version = 2;
	own_group(own);
	/* A second start finds itself in the child already. */
	n = strlen(own);
	if (n > 7 && strcmp(own + n - 7, "/daemon") == 0)
		own[n - 7] = '\0';
	if (settle_v2(c, top, own, parent) || settle_v2(c, top, "/", parent))
		return ST_OK;
	(void)snprintf(why, CGROUP_WHY_BYTES,
	    "cgroup v2: memory, pids and cpu cannot be limited below %.60s "
	    "(run as root, or in a unit with Delegate=yes)",
	    own);
	return ST_UNAVAILABLE;
}

enum status
cgroup_find(struct cgroups *c, const char *mountinfo, const char *parent,
    char why[CGROUP_WHY_BYTES])
{
	own_mem char(*ctl)[PATH_MAX] = calloc(CTL_COUNT + 1, PATH_MAX);

	if (ctl == NULL)
		abort();
	if (!read_mounts(mountinfo, ctl, ctl[CTL_COUNT])) {
		(void)snprintf(why, CGROUP_WHY_BYTES, "cannot read %.80s",
		    mountinfo);
		return ST_UNAVAILABLE;
	}
	if (ctl[CTL_MEMORY][0] != '\0' && ctl[CTL_PIDS][0] != '\0' &&
	    ctl[CTL_CPU][0] != '\0')
		return find_v1(c, ctl, parent, why);
	if (ctl[CTL_COUNT][0] != '\0')
		return find_v2(c, ctl[CTL_COUNT], parent, why);
	(void)snprintf(why, CGROUP_WHY_BYTES,
	    "control groups are not mounted: limits cannot be set");
	return ST_UNAVAILABLE;
}
