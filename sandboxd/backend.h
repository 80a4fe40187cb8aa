/*
 * What a kind of sandbox is to the daemon.
 *
 * The daemon makes the control group, the network namespace, the workspace
 * and the pipes, forks, and calls `exec` in the child; a backend only knows
 * which program to become.  The canary and the choice are in choice.c, so a
 * backend never says of itself that it is safe.
 */
#ifndef MOLTIS_SANDBOXD_BACKEND_H
#define MOLTIS_SANDBOXD_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sandbox/sandbox.h"
#include "sandboxd/parts.h"

#define SBX_WHY_BYTES 200
#define SBX_NAME_BYTES 48
#define SBX_TMP_BYTES (256u << 20)  /* /tmp inside */
#define SBX_RUN_BYTES (64u << 20)   /* /run inside */
#define SBX_SHM_BYTES (16u << 20)   /* /dev/shm inside */
#define SBX_FILE_BYTES (256u << 20) /* one file */
#define SBX_NOFILE 1024
#define SBX_INSIDE_ID 1000 /* uid and gid inside */
#define SBX_CANARY_DIR "/moltis-canary-set-uid" /* in a canary only */

/* The deployment's side of every sandbox; made once. */
struct sbx_host {
	/* "mo-" + 8 hex + "-": starts every name of this deployment, and of
	 * no other one on this machine; sweep looks for it. */
	const char *prefix;
	const char *state_dir; /* root's, 0711 */
	const char *etc_dir;   /* generated /etc, read-only for all */
	const char *rootfs;    /* NULL: the host's /usr */
	bool privileged;       /* the daemon is root */
	bool docker_allowed;
	const char *images[16]; /* the first is the default */
	size_t image_count;
	struct net_policy net;
};

/* One command; all borrowed, valid until the job has ended. */
struct sbx_plan {
	const struct sbx_host *host;
	char name[SBX_NAME_BYTES]; /* prefix + hex, unique: container name */
	const struct sbx_run *run; /* checked */
	struct sbx_limits limits;  /* final: nothing is 0 */
	const char *image;         /* NUL-terminated, checked against host */
	int workspace_fd;          /* the session's folder, O_PATH */
	int tree_fd; /* the same as a mount without a place; -1: not root */
	const char *workspace; /* its path; only root can change its parents */
	uid_t uid;             /* the account's identity on the host */
	gid_t gid;
	bool network;       /* false: loopback only */
	int netns_fd;       /* the namespace the child is in */
	const char *cgroup; /* "/PARENT/NAME", the same in every hierarchy */
};

struct sbx_backend {
	const char *name; /* as in tools.exec.sandbox.backend */

	/* Can it work here?  Cheap and without effect; WHY says what is
	 * missing.  The canary comes after it. */
	bool (*check)(const struct sbx_host *host, char why[SBX_WHY_BYTES]);

	/*
	 * What can be done before the command is known, in the process that
	 * will become the sandbox; NULL: it cannot be had.  The answer goes to
	 * exec.  A backend without it gets NULL there.
	 */
	void *(*prepare)(const struct sbx_host *host);

	/*
	 * Runs in the forked child, which is root (or the daemon's user), is
	 * in its control group and network namespace, has /dev/null and two
	 * pipes as descriptors 0-2 and everything else close-on-exec.  Becomes
	 * the sandbox; on failure says why on descriptor 2 and leaves with
	 * 125.  The plan's secrets may go to a descriptor or the environment.
	 */
	void (*exec)(const struct sbx_plan *plan, void *stage)
	    __attribute__((noreturn));

	/*
	 * After the members of the control group were killed: removes what a
	 * daemon of the backend still keeps.  NULL: nothing.  Runs in a process
	 * of its own and may take ten seconds.
	 */
	void (*cleanup)(const struct sbx_host *host, const char *name);

	/* At the daemon's start, in the same way: all names that
	 * start with the prefix.  NULL: nothing. */
	void (*sweep)(const struct sbx_host *host);
};

extern const struct sbx_backend be_runsc, be_podman, be_bwrap, be_docker;

#endif
