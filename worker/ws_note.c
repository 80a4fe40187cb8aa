/*
 * Notes that are made after a client has its answer: ids of other accounts
 * that were asked for, pages elsewhere that tried a cookie.
 *
 * Jobs of the pool that belong to no socket; one that finds the pool full is
 * dropped, which costs a note and never an answer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/auth.h"
#include "base/mem.h"
#include "worker/ws_server.h"

struct note_job {
	struct pool_job job; /* first */
	struct op_miss miss;
	struct op_cred cred; /* CRED_NONE: no foreign origin */
	char origin[WS_NAME_BYTES];
	char peer[WS_PEER_BYTES];
};

static void
note_run(struct pool_job *job, struct db *db)
{
	struct note_job *j = (struct note_job *)job;

	op_miss_note(db, &j->miss);
	audit_origin_rejected(db, &j->cred, j->origin, "websocket", j->peer);
}

static void
note_done(struct pool_job *job)
{
	struct note_job *j = (struct note_job *)job;

	op_miss_done(&j->miss);
	bytes_wipe(&j->cred, sizeof(j->cred));
	free(j);
}

static void
note_start(struct ws_server *s, struct note_job *j)
{
	j->job.run = note_run;
	j->job.done = note_done;
	if (s->pool == NULL || pool_submit(s->pool, &j->job) != ST_OK)
		note_done(&j->job);
}

void
ws_note_miss(struct ws_server *s, struct op_miss *miss)
{
	struct note_job *j;

	if (miss->ids == NULL)
		return;
	j = mem_zalloc(sizeof(*j));
	j->miss = *miss;
	memset(miss, 0, sizeof(*miss));
	note_start(s, j);
}

void
ws_note_origin(struct ws_server *s, const struct ws_upgrade *u)
{
	struct note_job *j;
	struct op_cred cred;

	if (!u->has_origin || u->bearer != WS_PRESENTED_NONE ||
	    u->cookie != WS_PRESENTED_ONE ||
	    !auth_cred_from_token(u->cookie_value, &cred))
		return;
	j = mem_zalloc(sizeof(*j));
	j->cred = cred;
	(void)mem_copy_str(j->origin, sizeof(j->origin), u->origin);
	(void)mem_copy_str(j->peer, sizeof(j->peer), u->peer);
	bytes_wipe(&cred, sizeof(cred));
	note_start(s, j);
}
