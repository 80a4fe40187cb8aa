/* read_file, write_file and list_files: see tool_file.h. */
#include "config.h"

#include "worker/tool_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"
#include "tool/output.h"
#include "tool/result.h"
#include "worker/sandbox_client.h"

#define GUARD_SECS 60.0
#define ROOM_BYTES (RESULT_MODEL_BYTES - 5000) /* beside names and numbers */
#define MAX_ENTRIES 2000

enum tool_file_state {
	TOOL_FILE_WAIT, /* the sandbox daemon; timer: GUARD_SECS */
	TOOL_FILE_OVER  /* nothing; freed in the next iteration */
};

struct tool_file {
	struct tool_call call;
	enum tool_file_state state;
	struct sandbox_call *sandbox;
	char path[TOOL_MAX_PATH_BYTES + 1];
	struct json_object *result;
	struct json_object *entries; /* list_files */
	size_t entry_bytes;
	bool truncated;
	ev_timer timer;
	ev_timer reap;
};

/* The only edge there is. */
static void
tool_file_enter(struct tool_file *f, enum tool_file_state next)
{
	struct ev_loop *loop = f->call.env->loop;

	assert(f->state == TOOL_FILE_WAIT && next == TOOL_FILE_OVER);
	f->state = next;
	ev_timer_stop(loop, &f->timer);
	if (f->sandbox != NULL)
		sandbox_forget(f->sandbox);
	f->sandbox = NULL;
	ev_timer_start(loop, &f->reap);
}

static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct tool_file *f = w->data;

	(void)loop;
	(void)revents;
	js_put(&f->result);
	js_put(&f->entries);
	free(f);
}

static void
file_end(struct tool_file *f, const char *error)
{
	struct tool_end end = { .result = f->result, .error = error };

	tool_file_enter(f, TOOL_FILE_OVER);
	f->call.events->on_end(f->call.arg, &end);
}

static void
on_guard(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	file_end(w->data, "the sandbox did not answer");
}

/* ---- answers ---- */

static void
on_entry(void *arg, const struct sbx_entry *e)
{
	static const char *const kinds[] = { [SBX_KIND_FILE] = "file",
		[SBX_KIND_FOLDER] = "folder",
		[SBX_KIND_OTHER] = "other" };
	struct tool_file *f = arg;
	own_txt struct txt name = { 0 };
	struct json_object *o;

	if (f->truncated)
		return;
	(void)output_clean(e->name.p, e->name.n, false, &name);
	o = js_new();
	js_set_text_n(o, "name", txt_str(&name), name.len);
	js_set_text(o, "type", kinds[e->kind]);
	if (e->kind == SBX_KIND_FILE)
		js_set_int(o, "size", (int64_t)e->size);
	f->entry_bytes += strlen(js_str(o)) + 1;
	f->truncated = f->entry_bytes > ROOM_BYTES;
	if (f->truncated)
		js_put(&o);
	else
		js_push(f->entries, o);
}

/* As much of DATA as fits into a result, whole characters; returns the bytes
 * it took. */
static size_t
read_text(const struct tool_file *f, const struct sbx_data *d, bool more,
    struct txt *text)
{
	size_t n = d->bytes.n;

	for (;;) {
		own_txt struct txt clean = { 0 };
		struct output o;
		size_t fits;

		if (more)
			n = output_clean(d->bytes.p, n, true, &clean);
		output_init(&o, f->call.secrets, SIZE_MAX);
		output_add(&o, d->bytes.p, n, NULL);
		output_end(&o, more, NULL);
		fits = result_fit(txt_str(&o.text), o.text.len, ROOM_BYTES);
		if (fits == o.text.len) {
			txt_append_n(text, txt_str(&o.text), o.text.len);
			output_done(&o);
			return n;
		}
		output_done(&o);
		n = utf8_cut(d->bytes.p, n, n / 2);
		more = true;
	}
}

static void
on_data(void *arg, const struct sbx_data *d)
{
	struct tool_file *f = arg;
	own_txt struct txt text = { 0 };
	int64_t offset = js_int(f->call.args, "offset", 0);
	bool more = (uint64_t)offset + d->bytes.n < d->file_size;
	size_t n = read_text(f, d, more, &text);

	js_set_text_n(f->result, "content", txt_str(&text), text.len);
	js_set_int(f->result, "size", (int64_t)d->file_size);
	js_set_int(f->result, "offset", offset);
	if ((uint64_t)offset + n < d->file_size)
		js_set_int(f->result, "next_offset", offset + (int64_t)n);
}

static void
on_done(void *arg)
{
	struct tool_file *f = arg;

	f->sandbox = NULL;
	if (f->entries != NULL) {
		js_set(f->result, "entries", json_object_get(f->entries));
		js_set_bool(f->result, "truncated", f->truncated);
	}
	file_end(f, NULL);
}

static void
on_error(void *arg, enum status st, const char *text)
{
	struct tool_file *f = arg;
	own_txt struct txt clean = { 0 };

	f->sandbox = NULL;
	(void)output_clean(text, strlen(text), false, &clean);
	js_put(&f->result);
	file_end(f, clean.len > 0 ? txt_str(&clean) : status_get(st)->text);
}

/* ---- questions ---- */

static void
ask(struct tool_file *f)
{
	static const struct sandbox_callbacks callbacks = { .on_entry =
								on_entry,
		.on_data = on_data,
		.on_done = on_done,
		.on_error = on_error };
	struct sbx_file file = { 0 };
	int64_t limit = js_int(f->call.args, "limit", RESULT_MODEL_BYTES);
	enum sbx_type type = SBX_LIST;

	(void)tool_call_uuid(f->call.lease->account_id, file.account);
	(void)tool_call_uuid(f->call.words->session_id, file.session);
	file.path = (struct sbx_text){ f->path, strlen(f->path) };
	switch (f->call.tool->kind) {
	case TOOL_READ_FILE:
		type = SBX_READ;
		file.offset = (uint64_t)js_int(f->call.args, "offset", 0);
		file.size = limit > RESULT_MODEL_BYTES ? RESULT_MODEL_BYTES
						       : (uint32_t)limit;
		break;
	case TOOL_WRITE_FILE:
		type = SBX_WRITE;
		file.data.p = js_text(f->call.args, "content");
		file.data.n = js_text_len(f->call.args, "content");
		js_set_int(f->result, "bytes_written", (int64_t)file.data.n);
		break;
	case TOOL_LIST_FILES:
	case TOOL_EXEC:
	case TOOL_CRON:
		file.size = MAX_ENTRIES;
		f->entries = json_object_new_array();
		break;
	}
	f->sandbox =
	    sandbox_file(f->call.env->sandbox, type, &file, &callbacks, f);
	/* Callbacks never come from within. */
	if (f->sandbox == NULL)
		ev_timer_set(&f->timer, 0.0, 0.0);
}

struct tool_file *
tool_file_start(const struct tool_call *call)
{
	struct tool_file *f = mem_zalloc(sizeof(*f));
	const char *path = js_text(call->args, "path");

	f->call = *call;
	ev_timer_init(&f->timer, on_guard, GUARD_SECS, 0.0);
	ev_timer_init(&f->reap, on_reap, 0.0, 0.0);
	f->timer.data = f->reap.data = f;
	/* The set has checked it. */
	if (tool_path_normalize(path == NULL ? "" : path, f->path) != ST_OK)
		f->path[0] = '\0';
	f->result = js_new();
	js_set_text(f->result, "path", f->path[0] == '\0' ? "." : f->path);
	ask(f);
	ev_timer_start(call->env->loop, &f->timer);
	return f;
}

void
tool_file_cancel(struct tool_file *f)
{
	if (f != NULL && f->state != TOOL_FILE_OVER)
		tool_file_enter(f, TOOL_FILE_OVER);
}
