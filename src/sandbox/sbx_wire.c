/*
 * Frames to bytes and back.  A reader that runs out of bytes is marked and
 * gives zeros from then on, so that each get checks once, at its end.
 */
#include "config.h"

#include "sandbox/sbx_wire.h"

#include <string.h>

struct reader {
	const unsigned char *p;
	size_t n;
	bool bad;
};

static uint64_t
get_number(struct reader *r, size_t bytes)
{
	uint64_t x = 0;

	if (r->n < bytes) {
		r->bad = true;
		r->n = 0;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		x = x << 8 | r->p[i];
	r->p += bytes;
	r->n -= bytes;
	return x;
}

static uint32_t
get_u32(struct reader *r)
{
	return (uint32_t)get_number(r, 4);
}

static bool
get_flag(struct reader *r)
{
	uint64_t x = get_number(r, 1);

	r->bad |= x > 1;
	return x == 1;
}

static void
get_raw(struct reader *r, unsigned char *out, size_t n)
{
	memset(out, 0, n);
	if (r->n < n) {
		r->bad = true;
		r->n = 0;
		return;
	}
	memcpy(out, r->p, n);
	r->p += n;
	r->n -= n;
}

static struct sbx_text
get_text(struct reader *r)
{
	struct sbx_text t = { "", 0 };
	size_t n = get_u32(r);

	if (r->n < n) {
		r->bad = true;
		r->n = 0;
		return t;
	}
	t.p = (const char *)r->p;
	t.n = n;
	r->p += n;
	r->n -= n;
	return t;
}

static struct reader
reader_of(struct sbx_text body)
{
	struct reader r = { (const unsigned char *)body.p, body.n, false };

	return r;
}

static bool
is_whole(const struct reader *r)
{
	return !r->bad && r->n == 0;
}

static void
put_number(struct txt *out, uint64_t x, size_t bytes)
{
	char b[8];

	for (size_t i = 0; i < bytes; i++)
		b[i] = (char)(x >> (8 * (bytes - 1 - i)));
	txt_append_n(out, b, bytes);
}

static void
put_u32(struct txt *out, uint32_t x)
{
	put_number(out, x, 4);
}

static void
put_text(struct txt *out, struct sbx_text t)
{
	put_u32(out, (uint32_t)t.n);
	txt_append_n(out, t.p, t.n);
}

static void
put_raw(struct txt *out, const unsigned char *p, size_t n)
{
	txt_append_n(out, (const char *)p, n);
}

/* The length is known when the frame has ended: frame_end writes it. */
static size_t
frame_begin(struct txt *out, enum sbx_type type, uint32_t job)
{
	size_t at = out->len;

	put_u32(out, 0);
	put_number(out, (uint64_t)type, 1);
	put_u32(out, job);
	return at;
}

static void
frame_end(struct txt *out, size_t at)
{
	size_t n;

	if (out->overflowed)
		return;
	n = out->len - at - 4;
	for (size_t i = 0; i < 4; i++)
		out->data[at + i] = (char)(n >> (8 * (3 - i)));
}

static bool
type_check(uint64_t type)
{
	return (type >= SBX_RUN && type <= SBX_RENAME) ||
	    (type >= SBX_STARTED && type <= SBX_REPORT);
}

enum sbx_next
sbx_frame_next(const char *p, size_t n, struct sbx_frame *ret,
    size_t *ret_taken)
{
	struct reader r = { (const unsigned char *)p, n, false };
	uint64_t type;
	size_t len;

	if (n < 4)
		return SBX_NEXT_MORE;
	len = get_u32(&r);
	if (len < SBX_HEAD_BYTES - 4 || len > SBX_MAX_FRAME)
		return SBX_NEXT_BROKEN;
	if (n < SBX_HEAD_BYTES)
		return SBX_NEXT_MORE;
	type = get_number(&r, 1);
	if (!type_check(type))
		return SBX_NEXT_BROKEN;
	if (n - 4 < len)
		return SBX_NEXT_MORE;
	ret->type = (enum sbx_type)type;
	ret->job = get_u32(&r);
	ret->body.p = p + SBX_HEAD_BYTES;
	ret->body.n = len + 4 - SBX_HEAD_BYTES;
	*ret_taken = len + 4;
	return SBX_NEXT_FRAME;
}

static void
put_limits(struct txt *out, const struct sbx_limits *l)
{
	put_number(out, l->memory_bytes, 8);
	put_u32(out, l->cpu_millis);
	put_u32(out, l->pids);
	put_number(out, l->disk_bytes, 8);
	put_u32(out, l->output_bytes);
}

static void
get_limits(struct reader *r, struct sbx_limits *l)
{
	l->memory_bytes = get_number(r, 8);
	l->cpu_millis = get_u32(r);
	l->pids = get_u32(r);
	l->disk_bytes = get_number(r, 8);
	l->output_bytes = get_u32(r);
}

void
sbx_put_run(struct txt *out, uint32_t job, const struct sbx_run *run)
{
	size_t at = frame_begin(out, SBX_RUN, job);

	put_raw(out, run->account, sizeof(run->account));
	put_raw(out, run->session, sizeof(run->session));
	put_raw(out, run->run, sizeof(run->run));
	put_text(out, run->command);
	put_text(out, run->cwd);
	put_u32(out, (uint32_t)run->env_count);
	for (size_t i = 0; i < run->env_count; i++) {
		put_text(out, run->env[i].name);
		put_text(out, run->env[i].value);
	}
	put_u32(out, run->timeout_secs);
	put_limits(out, &run->limits);
	put_text(out, run->image);
	put_number(out, (uint64_t)run->network, 1);
	frame_end(out, at);
}

bool
sbx_get_run(struct sbx_text body, struct sbx_run *ret)
{
	struct reader r = reader_of(body);
	uint64_t network;

	memset(ret, 0, sizeof(*ret));
	get_raw(&r, ret->account, sizeof(ret->account));
	get_raw(&r, ret->session, sizeof(ret->session));
	get_raw(&r, ret->run, sizeof(ret->run));
	ret->command = get_text(&r);
	ret->cwd = get_text(&r);
	ret->env_count = get_u32(&r);
	if (ret->env_count > SBX_MAX_ENV)
		return false;
	for (size_t i = 0; i < ret->env_count; i++) {
		ret->env[i].name = get_text(&r);
		ret->env[i].value = get_text(&r);
	}
	ret->timeout_secs = get_u32(&r);
	get_limits(&r, &ret->limits);
	ret->image = get_text(&r);
	network = get_number(&r, 1);
	if (network > SBX_NET_PUBLIC)
		return false;
	ret->network = (enum sbx_network)network;
	return is_whole(&r);
}

void
sbx_put_file(struct txt *out, enum sbx_type type, uint32_t job,
    const struct sbx_file *file)
{
	size_t at = frame_begin(out, type, job);

	put_raw(out, file->account, sizeof(file->account));
	put_raw(out, file->session, sizeof(file->session));
	put_text(out, file->path);
	put_number(out, file->offset, 8);
	put_u32(out, file->size);
	put_text(out, file->data);
	frame_end(out, at);
}

bool
sbx_get_file(struct sbx_text body, struct sbx_file *ret)
{
	struct reader r = reader_of(body);

	get_raw(&r, ret->account, sizeof(ret->account));
	get_raw(&r, ret->session, sizeof(ret->session));
	ret->path = get_text(&r);
	ret->offset = get_number(&r, 8);
	ret->size = get_u32(&r);
	ret->data = get_text(&r);
	return is_whole(&r) && ret->path.n <= SBX_MAX_PATH &&
	    ret->data.n <= SBX_MAX_CHUNK;
}

void
sbx_put_bytes(struct txt *out, enum sbx_type type, uint32_t job,
    struct sbx_text bytes)
{
	size_t at = frame_begin(out, type, job);

	txt_append_n(out, bytes.p, bytes.n);
	frame_end(out, at);
}

void
sbx_put_end(struct txt *out, uint32_t job, const struct sbx_result *res)
{
	size_t at = frame_begin(out, SBX_END, job);

	put_u32(out, (uint32_t)res->exit_code);
	put_number(out, res->timed_out, 1);
	put_number(out, res->oom_killed, 1);
	put_number(out, res->canceled, 1);
	put_number(out, res->disk_full, 1);
	put_number(out, res->output_flood, 1);
	put_number(out, res->out_truncated, 1);
	put_number(out, res->err_truncated, 1);
	put_number(out, res->cpu_ms, 8);
	put_number(out, res->wall_ms, 8);
	put_number(out, res->peak_memory_bytes, 8);
	frame_end(out, at);
}

bool
sbx_get_end(struct sbx_text body, struct sbx_result *ret)
{
	struct reader r = reader_of(body);
	uint32_t code = get_u32(&r);

	ret->exit_code = (int)(code & 0xffff);
	ret->timed_out = get_flag(&r);
	ret->oom_killed = get_flag(&r);
	ret->canceled = get_flag(&r);
	ret->disk_full = get_flag(&r);
	ret->output_flood = get_flag(&r);
	ret->out_truncated = get_flag(&r);
	ret->err_truncated = get_flag(&r);
	ret->cpu_ms = get_number(&r, 8);
	ret->wall_ms = get_number(&r, 8);
	ret->peak_memory_bytes = get_number(&r, 8);
	return is_whole(&r) && code <= 0xffff;
}

void
sbx_put_error(struct txt *out, uint32_t job, enum status st, const char *text)
{
	struct sbx_text t = { text, strnlen(text, SBX_MAX_WHY) };
	size_t at = frame_begin(out, SBX_ERROR, job);

	put_u32(out, (uint32_t)st);
	put_text(out, t);
	frame_end(out, at);
}

bool
sbx_get_error(struct sbx_text body, struct sbx_error *ret)
{
	struct reader r = reader_of(body);
	uint32_t st = get_u32(&r);

	ret->status =
	    st > ST_OK && st <= ST_INTERNAL ? (enum status)st : ST_INTERNAL;
	ret->text = get_text(&r);
	return is_whole(&r) && ret->text.n <= SBX_MAX_WHY;
}

void
sbx_put_entry(struct txt *out, uint32_t job, const struct sbx_entry *e)
{
	size_t at = frame_begin(out, SBX_ENTRY, job);

	put_number(out, (uint64_t)e->kind, 1);
	put_number(out, e->size, 8);
	put_number(out, (uint64_t)e->mtime_ms, 8);
	put_text(out, e->name);
	frame_end(out, at);
}

bool
sbx_get_entry(struct sbx_text body, struct sbx_entry *ret)
{
	struct reader r = reader_of(body);
	uint64_t kind = get_number(&r, 1);

	ret->kind = kind == SBX_KIND_FILE || kind == SBX_KIND_FOLDER
	    ? (enum sbx_kind)kind
	    : SBX_KIND_OTHER;
	ret->size = get_number(&r, 8);
	ret->mtime_ms = (int64_t)get_number(&r, 8);
	ret->name = get_text(&r);
	return is_whole(&r) && kind >= SBX_KIND_FILE && kind <= SBX_KIND_OTHER;
}

void
sbx_put_data(struct txt *out, uint32_t job, const struct sbx_data *d)
{
	size_t at = frame_begin(out, SBX_DATA, job);

	put_number(out, d->file_size, 8);
	put_text(out, d->bytes);
	frame_end(out, at);
}

bool
sbx_get_data(struct sbx_text body, struct sbx_data *ret)
{
	struct reader r = reader_of(body);

	ret->file_size = get_number(&r, 8);
	ret->bytes = get_text(&r);
	return is_whole(&r);
}

void
sbx_put_report(struct txt *out, uint32_t job, const struct sbx_report *rep)
{
	size_t at = frame_begin(out, SBX_REPORT, job);

	put_number(out, rep->exec_on, 1);
	put_number(out, rep->network, 1);
	put_u32(out, rep->running);
	put_u32(out, rep->queued);
	put_u32(out, rep->max_running);
	put_u32(out, rep->per_account_max);
	put_limits(out, &rep->limits);
	put_text(out, rep->backend);
	put_text(out, rep->why);
	frame_end(out, at);
}

bool
sbx_get_report(struct sbx_text body, struct sbx_report *ret)
{
	struct reader r = reader_of(body);

	ret->exec_on = get_flag(&r);
	ret->network = get_flag(&r);
	ret->running = get_u32(&r);
	ret->queued = get_u32(&r);
	ret->max_running = get_u32(&r);
	ret->per_account_max = get_u32(&r);
	get_limits(&r, &ret->limits);
	ret->backend = get_text(&r);
	ret->why = get_text(&r);
	return is_whole(&r);
}
