/*
 * The life of a move: load its row, then pieces of at most a MiB between the
 * daemon and the database, then what came of it.
 *
 * Waits for one thing at a time, the pool or the daemon.
 */
#include "config.h"

#include "worker/file_move.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"
#include "tool/output.h"
#include "worker/file_job.h"
#include "worker/sandbox_client.h"
#include "worker/tool_call.h"
#include "workspace/workspace.h"

#define GUARD_SECS 60.0
#define MAX_ATTEMPTS 5 /* workers that died on it */
#define MAX_ENTRIES 2000
#define MAX_LIST_BYTES (400 << 10)
#define TEMP_PREFIX ".moltis-put-"
#define TOO_LARGE \
	"the file is larger than 25 MiB: only smaller ones can be fetched"

enum move_state {
	MOVE_POOL,    /* a pool job; the database guards itself */
	MOVE_SANDBOX, /* the daemon; timer: GUARD_SECS */
	MOVE_OVER     /* nothing; freed when no job is out */
};

#define EDGE(s) (1u << (s))
static const unsigned edges[] = {
	[MOVE_POOL] = EDGE(MOVE_POOL) | EDGE(MOVE_SANDBOX) | EDGE(MOVE_OVER),
	[MOVE_SANDBOX] = EDGE(MOVE_POOL) | EDGE(MOVE_SANDBOX) | EDGE(MOVE_OVER),
	[MOVE_OVER] = 0,
};

struct file_move {
	const struct move_env *env;
	enum move_state state;
	struct file_job work;
	struct transfer what; /* valid once loaded */
	struct sandbox_call *call;
	enum sbx_type asked; /* what the daemon does */
	bool cleaning;       /* an upload that failed: its bytes go */
	bool wrote;          /* there may be bytes to clean up */
	int index;           /* of the piece under way */
	int64_t offset;      /* bytes moved */
	int64_t file_size;   /* get: as it was at the first piece */
	char temp[sizeof(TEMP_PREFIX) + UUID_TEXT];
	struct json_object *entries; /* list */
	size_t entry_bytes;
	bool truncated;
	struct transfer_end end;
	struct txt error;
	ev_timer guard;
	ev_timer reap;
	struct log_ctx log;
};

static void submit(struct file_move *m, enum file_work kind);
static void next_step(struct file_move *m);

static void
move_enter(struct file_move *m, enum move_state next)
{
	assert(edges[m->state] & EDGE(next));
	m->state = next;
	ev_timer_stop(m->env->loop, &m->guard);
	if (next != MOVE_SANDBOX)
		return;
	ev_timer_set(&m->guard, GUARD_SECS, 0.0);
	ev_timer_start(m->env->loop, &m->guard);
}

/* In an iteration of its own: no callback can return into freed memory. */
static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct file_move *m = w->data;

	(void)loop;
	(void)revents;
	file_job_clear(&m->work);
	js_put(&m->entries);
	js_put(&m->end.entries);
	txt_done(&m->error);
	free(m);
}

static void
move_over(struct file_move *m)
{
	if (m->state == MOVE_OVER)
		return;
	move_enter(m, MOVE_OVER);
	if (m->call != NULL)
		sandbox_forget(m->call);
	m->call = NULL;
	m->env->on_end(m->env->arg, m);
	if (!m->work.out)
		ev_timer_start(m->env->loop, &m->reap);
}

/* ---- how it ends ---- */

static void
finish(struct file_move *m)
{
	m->end.size = m->what.kind == TRANSFER_PUT ? m->what.size : m->offset;
	if (m->end.status != ST_OK)
		m->end.error = txt_str(&m->error);
	else if (m->entries != NULL) {
		m->end.entries = js_new();
		js_set(m->end.entries, "entries", json_object_get(m->entries));
		js_set_bool(m->end.entries, "truncated", m->truncated);
	}
	m->work.end = m->end;
	submit(m, FILE_WORK_FINISH);
}

static void ask(struct file_move *m, enum sbx_type type);

static void
fail(struct file_move *m, enum status st, const char *text)
{
	m->end.status = st;
	txt_reset(&m->error);
	(void)output_clean(text, strlen(text), false, &m->error);
	if (m->what.kind == TRANSFER_PUT && m->wrote && m->env->has_sandbox) {
		m->cleaning = true;
		ask(m, SBX_DELETE);
	} else
		finish(m);
}

/* ---- the daemon ---- */

static void
on_entry(void *arg, const struct sbx_entry *e)
{
	struct file_move *m = arg;
	own_txt struct txt name = { 0 };
	bool plain = utf8_check(e->name.p, e->name.n) &&
	    !utf8_has_control(e->name.p, e->name.n, "");
	enum sbx_kind kind = plain ? e->kind : SBX_KIND_OTHER;
	struct json_object *o;

	if (m->truncated ||
	    (e->name.n >= sizeof(TEMP_PREFIX) - 1 &&
		memcmp(e->name.p, TEMP_PREFIX, sizeof(TEMP_PREFIX) - 1) == 0))
		return;
	(void)output_clean(e->name.p, e->name.n, false, &name);
	o = js_new();
	js_set_text_n(o, "name", txt_str(&name), name.len);
	js_set_text(o, "type",
	    kind == SBX_KIND_FILE         ? "file"
		: kind == SBX_KIND_FOLDER ? "folder"
					  : "other");
	if (kind == SBX_KIND_FILE)
		js_set_int(o, "size", (int64_t)e->size);
	js_set_int(o, "modifiedAt", e->mtime_ms);
	m->entry_bytes += strlen(js_str(o)) + 1;
	m->truncated = m->entry_bytes > MAX_LIST_BYTES ||
	    json_object_array_length(m->entries) == MAX_ENTRIES;
	if (m->truncated)
		js_put(&o);
	else
		js_push(m->entries, o);
}

static void
on_data(void *arg, const struct sbx_data *d)
{
	struct file_move *m = arg;

	if (m->index == 0)
		m->file_size = (int64_t)d->file_size;
	file_job_clear(&m->work);
	m->work.bytes = mem_array(d->bytes.n + 1, 1);
	memcpy(m->work.bytes, d->bytes.p, d->bytes.n);
	m->work.bytes_n = d->bytes.n;
}

/* One piece of a download is here: into the database, or it was the last. */
static void
got_piece(struct file_move *m)
{
	if (m->file_size > WORKSPACE_FILE_MAX ||
	    m->offset + (int64_t)m->work.bytes_n > WORKSPACE_FILE_MAX)
		fail(m, ST_TOO_LARGE, TOO_LARGE);
	else if (m->work.bytes_n == 0)
		finish(m);
	else
		submit(m, FILE_WORK_STORE);
}

static void
on_done(void *arg)
{
	struct file_move *m = arg;

	m->call = NULL;
	if (m->cleaning) {
		finish(m);
		return;
	}
	switch (m->what.kind) {
	case TRANSFER_LIST:
	case TRANSFER_REMOVE:
		finish(m);
		break;
	case TRANSFER_GET:
		got_piece(m);
		break;
	case TRANSFER_PUT:
		if (m->asked == SBX_RENAME) {
			finish(m);
			break;
		}
		m->offset += (int64_t)m->work.bytes_n;
		file_job_clear(&m->work);
		m->index++;
		next_step(m);
		break;
	}
}

static void
on_error(void *arg, enum status st, const char *text)
{
	struct file_move *m = arg;

	m->call = NULL;
	if (m->cleaning)
		finish(m);
	else if (st == ST_UNAVAILABLE)
		submit(m, FILE_WORK_RELEASE);
	else if (m->what.kind == TRANSFER_REMOVE && st == ST_NOT_FOUND &&
	    m->what.attempts > 1)
		finish(m); /* the worker before did it */
	else if (m->what.kind == TRANSFER_GET && st == ST_TOO_LARGE)
		fail(m, st, TOO_LARGE);
	else
		fail(m, st, text);
}

static void
on_guard(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct file_move *m = w->data;

	(void)loop;
	(void)revents;
	log_error(&m->log, "the sandbox does not answer", "request=%d",
	    m->asked);
	if (m->call != NULL)
		sandbox_forget(m->call);
	m->call = NULL;
	submit(m, FILE_WORK_RELEASE);
}

static struct sbx_text
text_of(const char *s)
{
	struct sbx_text t = { s, strlen(s) };

	return t;
}

static void
file_fill(struct file_move *m, enum sbx_type type, struct sbx_file *file)
{
	file->path = text_of(m->what.path);
	file->offset = (uint64_t)m->offset;
	if (type == SBX_LIST)
		file->size = MAX_ENTRIES + 1;
	else if (type == SBX_READ)
		file->size = WORKSPACE_CHUNK_BYTES;
	if (type == SBX_WRITE) {
		file->path = text_of(m->temp);
		file->data.p = m->work.bytes == NULL ? "" : m->work.bytes;
		file->data.n = m->work.bytes_n;
	} else if (type == SBX_RENAME) {
		file->path = text_of(m->temp);
		file->data = text_of(m->what.path);
	} else if (m->cleaning)
		file->path = text_of(m->temp);
}

static void
ask(struct file_move *m, enum sbx_type type)
{
	static const struct sandbox_callbacks callbacks = { .on_entry =
								on_entry,
		.on_data = on_data,
		.on_done = on_done,
		.on_error = on_error };
	struct sbx_file file = { 0 };

	move_enter(m, MOVE_SANDBOX);
	m->asked = type;
	m->wrote |= type == SBX_WRITE;
	(void)tool_call_uuid(m->work.lease.account_id, file.account);
	(void)tool_call_uuid(m->what.session_id, file.session);
	file_fill(m, type, &file);
	m->call = sandbox_file(m->env->sandbox, type, &file, &callbacks, m);
	if (m->call == NULL)
		submit(m, FILE_WORK_RELEASE); /* too busy: later */
}

/* ---- the pool ---- */

/* What comes after a piece, or at the beginning. */
static void
next_step(struct file_move *m)
{
	switch (m->what.kind) {
	case TRANSFER_LIST:
		m->entries = json_object_new_array();
		ask(m, SBX_LIST);
		break;
	case TRANSFER_REMOVE:
		ask(m, SBX_DELETE);
		break;
	case TRANSFER_GET:
		if (m->index > 0 && m->offset >= m->file_size)
			finish(m);
		else
			ask(m, SBX_READ);
		break;
	case TRANSFER_PUT:
		if (m->offset < m->what.size)
			submit(m, FILE_WORK_PIECE);
		else if (m->index == 0)
			ask(m, SBX_WRITE); /* of nothing */
		else
			ask(m, SBX_RENAME);
		break;
	}
}

static void
loaded(struct file_move *m)
{
	m->what = m->work.loaded;
	m->wrote = m->what.attempts > 1;
	if (!m->env->has_sandbox)
		fail(m, ST_UNAVAILABLE,
		    "this deployment has no sandbox, and files are kept there");
	else if (m->what.expired)
		fail(m, ST_UNAVAILABLE, "nobody could do this in time");
	else if (m->what.attempts > MAX_ATTEMPTS)
		fail(m, ST_INTERNAL, "this was interrupted too often");
	else
		next_step(m);
}

static void
work_ok(struct file_move *m)
{
	switch (m->work.kind) {
	case FILE_WORK_LOAD:
		loaded(m);
		break;
	case FILE_WORK_PIECE:
		ask(m, SBX_WRITE);
		break;
	case FILE_WORK_STORE:
		m->offset += (int64_t)m->work.bytes_n;
		file_job_clear(&m->work);
		m->index++;
		next_step(m);
		break;
	case FILE_WORK_FINISH:
		m->env->on_committed(m->env->arg, m->work.lease.account_id);
		move_over(m);
		break;
	case FILE_WORK_RELEASE:
		move_over(m);
		break;
	}
}

/* Database away, lease lost: the lease ends by itself, and the next worker
 * begins anew. */
static void
on_work_done(struct pool_job *job)
{
	struct file_job *w = (struct file_job *)job;
	struct file_move *m = w->move;

	w->out = false;
	if (m->state == MOVE_OVER)
		ev_timer_start(m->env->loop, &m->reap);
	else if (w->status == ST_OK)
		work_ok(m);
	else if (w->status == ST_LIMIT && w->kind == FILE_WORK_STORE)
		fail(m, ST_LIMIT, w->why);
	else
		move_over(m);
}

static void
submit(struct file_move *m, enum file_work kind)
{
	move_enter(m, MOVE_POOL);
	m->work.kind = kind;
	m->work.index = m->index;
	if (!file_job_submit(&m->work, m->env->pool, on_work_done))
		move_over(m);
}

struct file_move *
file_move_start(const struct move_env *env, const struct transfer_lease *lease)
{
	struct file_move *m = mem_zalloc(sizeof(*m));

	m->env = env;
	m->work.move = m;
	m->work.worker = env->worker;
	m->work.lease = *lease;
	ev_timer_init(&m->guard, on_guard, 0.0, 0.0);
	ev_timer_init(&m->reap, on_reap, 0.0, 0.0);
	m->guard.data = m->reap.data = m;
	memcpy(m->temp, TEMP_PREFIX, sizeof(TEMP_PREFIX) - 1);
	memcpy(m->temp + sizeof(TEMP_PREFIX) - 1, lease->id, UUID_TEXT);
	m->log.component = "files";
	(void)mem_copy_str(m->log.id, sizeof(m->log.id), lease->id);
	(void)mem_copy_str(m->log.account, sizeof(m->log.account),
	    lease->account_id);
	submit(m, FILE_WORK_LOAD);
	return m;
}

const struct transfer_lease *
file_move_lease(const struct file_move *m)
{
	return &m->work.lease;
}

void
file_move_drop(struct file_move *m)
{
	move_over(m);
}
