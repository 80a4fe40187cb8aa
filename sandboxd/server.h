/*
 * The Unix socket and its peers: frames in, frames out.
 */
#ifndef MOLTIS_SANDBOXD_SERVER_H
#define MOLTIS_SANDBOXD_SERVER_H

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

#include "sandboxd/choice.h"
#include "sandboxd/jobs.h"

struct server;

struct server_spec {
	struct ev_loop *loop;
	const char *path; /* of the socket; made 0660, group of WORKER_GID */
	uid_t worker_uid; /* who may connect, besides root */
	gid_t worker_gid;
	const struct sbx_host *host;
	struct jobs *jobs;
	struct choice *choice;
	struct idents *idents;
	const struct jobs_limits *limits;
};

/* NULL: logged. */
struct server *server_new(const struct server_spec *spec);
/* Drops all peers; their jobs are killed. */
void server_free(struct server *s);

#endif
