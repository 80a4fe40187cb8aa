/*
 * File requests of a peer: the workspace is opened here, the work is done by
 * a helper, whose bytes are the answer's frames.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "sandboxd/fileop.h"
#include "sandboxd/ident.h"
#include "sandboxd/server_int.h"
#include "sandboxd/space.h"

#define MAX_FILE_CALLS 16 /* of one peer at a time */

static void
refuse(struct peer *p, uint32_t id, enum status st, const char *text)
{
	sbx_put_error(&p->output, id, st, text);
	peer_flush(p);
}

static void
on_done(void *arg, bool ok, const char *bytes, size_t n)
{
	struct call *c = arg;
	struct peer *p = c->peer;
	uint32_t id = c->id;

	call_free(c);
	if (ok) {
		txt_append_n(&p->output, bytes, n);
		peer_flush(p);
	} else
		refuse(p, id, ST_INTERNAL, "the file request did not end well");
}

static int
run(void *arg, int fd)
{
	return fileop_run(arg, fd);
}

static unsigned int
count_files(const struct peer *p)
{
	const struct call *c;
	unsigned int n = 0;

	LIST_FOREACH(c, &p->calls, link)
	n += c->helper != NULL;
	return n;
}

static void
drop(struct peer *p, uint32_t id, const struct sbx_file *file)
{
	const struct server_spec *s = &p->server->spec;
	const struct sbx_text nothing = { "", 0 };
	const struct space_id space = { file->account, file->session };
	enum status st;

	jobs_kill_session(s->jobs, file->account, file->session);
	st = space_discard(s->host->state_dir, space);
	if (st != ST_OK && st != ST_NOT_FOUND) {
		refuse(p, id, st, "the workspace cannot be removed");
		return;
	}
	server_take_out(p->server);
	sbx_put_bytes(&p->output, SBX_DONE, id, nothing);
	peer_flush(p);
}

/* An empty folder need not exist. */
static bool
answer_for_none(struct peer *p, const struct sbx_frame *frame,
    const struct sbx_file *file)
{
	const struct sbx_text nothing = { "", 0 };

	if (frame->type != SBX_LIST || file->path.n > 0)
		return false;
	sbx_put_bytes(&p->output, SBX_DONE, frame->job, nothing);
	peer_flush(p);
	return true;
}

static void
begin(struct peer *p, const struct sbx_frame *frame, struct fileop *op)
{
	struct helper_spec spec = {
		.run = run,
		.run_arg = op,
		.max_bytes = FILEOP_MAX_ANSWER,
		.timeout_secs = FILEOP_SECS,
		.on_done = on_done,
	};
	struct call *c = call_new(p, frame->job);

	spec.arg = c;
	c->helper = helper_start(p->server->spec.loop, &spec);
	if (c->helper != NULL)
		return;
	call_free(c);
	refuse(p, frame->job, ST_UNAVAILABLE, "no process can be made");
}

void
peer_file(struct peer *p, const struct sbx_frame *frame)
{
	const struct server_spec *s = &p->server->spec;
	struct fileop op = { .type = frame->type, .job = frame->job };
	bool make = frame->type == SBX_WRITE || frame->type == SBX_MKDIR;
	own_fd int root = -1;
	struct sbx_file file;
	struct space_id space = { file.account, file.session };
	enum status st;

	if (!sbx_get_file(frame->body, &file)) {
		refuse(p, frame->job, ST_INVALID, "the request is malformed");
		return;
	}
	if (frame->type == SBX_DROP) {
		drop(p, frame->job, &file);
		return;
	}
	if (count_files(p) >= MAX_FILE_CALLS) {
		refuse(p, frame->job, ST_LIMIT,
		    "too many file requests at once, try later");
		return;
	}
	st = ident_uid(s->idents, file.account, &op.uid);
	if (st == ST_OK)
		st = space_open(s->host->state_dir, space, op.uid, make, &root);
	if (st == ST_NOT_FOUND && answer_for_none(p, frame, &file))
		return;
	if (st != ST_OK) {
		refuse(p, frame->job, st,
		    st == ST_NOT_FOUND ? "there is no such file"
				       : "the session's folder cannot be used");
		return;
	}
	op.file = &file;
	op.root = root;
	op.gid = s->host->privileged ? (gid_t)op.uid : getegid();
	op.privileged = s->host->privileged;
	op.disk_bytes = s->limits->job.disk_bytes;
	begin(p, frame, &op);
}
