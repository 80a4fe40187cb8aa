/*
 * Files of a workspace for the page and for the model's file tools (S57):
 * what is asked for, done in a child that has become the workspace's user, so
 * that neither a FIFO nor a full disk can hold the daemon up.
 */
#ifndef MOLTIS_SANDBOXD_FILEOP_H
#define MOLTIS_SANDBOXD_FILEOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/sbx_wire.h"

#define FILEOP_MAX_ENTRIES 5000
#define FILEOP_MAX_ANSWER (2 << 20)
#define FILEOP_SECS 10.0
#define FILEOP_MAX_FILES 100000 /* in one workspace (S37) */

struct fileop {
	enum sbx_type type;
	uint32_t job;
	const struct sbx_file *file;
	int root; /* of the workspace */
	uid_t uid;
	gid_t gid;
	bool privileged;
	uint64_t disk_bytes; /* quota of the workspace */
};

/* In the child: writes the answer's frames to FD. */
int fileop_run(const struct fileop *op, int fd);

#endif
