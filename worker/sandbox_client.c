/*
 * The client: one connection, a list of requests, and a buffer in each
 * direction.
 */
#include "config.h"

#include "worker/sandbox_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"

#define FIRST_DELAY_SECS 0.1
#define MAX_DELAY_SECS 5.0
#define MAX_CALLS 1024
#define MAX_OUTPUT (8 << 20) /* bytes that wait to be sent */
#define READ_BYTES 65536

struct sandbox_call {
	struct sandbox_client *client;
	TAILQ_ENTRY(sandbox_call) link;
	uint32_t id;
	enum sbx_type type;
	const struct sandbox_callbacks *callbacks; /* NULL: forgotten */
	void *arg;
	bool is_lost; /* the connection it went over, or never had, is gone */
};

struct sandbox_client {
	struct ev_loop *loop;
	const char *path;
	int fd; /* -1: not connected */
	ev_io in, out;
	ev_timer retry;
	ev_idle lost; /* running: some calls are lost and must hear of it */
	double delay_secs;
	bool was_connected;
	uint32_t next_id;
	TAILQ_HEAD(, sandbox_call) calls;
	size_t count;
	struct txt input, output;
};

static const struct log_ctx log_client = { .component = "sandbox" };

static void lose(struct sandbox_client *c, const char *why);

static void
watch_output(struct sandbox_client *c)
{
	if (c->fd >= 0 && c->output.len > 0)
		ev_io_start(c->loop, &c->out);
	else
		ev_io_stop(c->loop, &c->out);
}

static void
free_call(struct sandbox_call *call)
{
	TAILQ_REMOVE(&call->client->calls, call, link);
	call->client->count--;
	free(call);
}

static struct sandbox_call *
find_call(struct sandbox_client *c, uint32_t id)
{
	struct sandbox_call *call;

	TAILQ_FOREACH(call, &c->calls, link)
	{
		if (call->id == id && !call->is_lost)
			return call;
	}
	return NULL;
}

static void
end_with_error(struct sandbox_call *call, enum status st, const char *text)
{
	const struct sandbox_callbacks *cb = call->callbacks;
	void *arg = call->arg;

	free_call(call);
	if (cb != NULL && cb->on_error != NULL)
		cb->on_error(arg, st, text);
}

/* Tells one lost call in each turn: its owner may change the list. */
static void
on_lost(struct ev_loop *loop, ev_idle *w, int revents)
{
	struct sandbox_client *c = w->data;
	struct sandbox_call *call;

	(void)revents;
	TAILQ_FOREACH(call, &c->calls, link)
	{
		if (call->is_lost)
			break;
	}
	if (call == NULL)
		ev_idle_stop(loop, w);
	else
		end_with_error(call, ST_UNAVAILABLE,
		    "the sandbox service cannot be reached");
}

static void
mark_lost(struct sandbox_client *c, struct sandbox_call *call)
{
	call->is_lost = true;
	ev_idle_start(c->loop, &c->lost);
}

static void
wait_retry(struct sandbox_client *c)
{
	unsigned char r;

	bytes_random(&r, 1);
	ev_timer_stop(c->loop, &c->retry);
	ev_timer_set(&c->retry, c->delay_secs * (0.5 + r / 512.0), 0);
	ev_timer_start(c->loop, &c->retry);
	c->delay_secs *= 2;
	if (c->delay_secs > MAX_DELAY_SECS)
		c->delay_secs = MAX_DELAY_SECS;
}

static void
disconnect(struct sandbox_client *c)
{
	ev_io_stop(c->loop, &c->in);
	ev_io_stop(c->loop, &c->out);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->output.data != NULL)
		bytes_wipe(c->output.data, c->output.len);
	txt_done(&c->input);
	txt_done(&c->output);
}

static void
lose(struct sandbox_client *c, const char *why)
{
	struct sandbox_call *call;

	if (c->fd >= 0 || c->was_connected)
		log_warn(&log_client, "lost moltis-sandboxd", "why=\"%s\"",
		    why);
	c->was_connected = false;
	disconnect(c);
	TAILQ_FOREACH(call, &c->calls, link)
	mark_lost(c, call);
	wait_retry(c);
}

/* What a call may hear once, after which it is over. */
static void
take_last(struct sandbox_call *call, const struct sbx_frame *frame)
{
	const struct sandbox_callbacks *cb = call->callbacks;
	void *arg = call->arg;
	struct sbx_result result;
	struct sbx_report report;

	if (frame->type == SBX_END && sbx_get_end(frame->body, &result)) {
		free_call(call);
		if (cb != NULL && cb->on_end != NULL)
			cb->on_end(arg, &result);
	} else if (frame->type == SBX_DONE) {
		free_call(call);
		if (cb != NULL && cb->on_done != NULL)
			cb->on_done(arg);
	} else if (frame->type == SBX_REPORT &&
	    sbx_get_report(frame->body, &report)) {
		free_call(call);
		if (cb != NULL && cb->on_report != NULL)
			cb->on_report(arg, &report);
	} else
		end_with_error(call, ST_INTERNAL,
		    "the sandbox service answered nonsense");
}

static void
take_error(struct sandbox_call *call, const struct sbx_frame *frame)
{
	char text[SBX_MAX_WHY + 1];
	struct sbx_error e;

	if (!sbx_get_error(frame->body, &e)) {
		take_last(call, frame);
		return;
	}
	memcpy(text, e.text.p, e.text.n);
	text[e.text.n] = '\0';
	end_with_error(call, e.status, text);
}

/* DATA is the whole answer to READ. */
static void
take_data(struct sandbox_call *call, const struct sbx_frame *frame)
{
	const struct sandbox_callbacks *cb = call->callbacks;
	void *arg = call->arg;
	struct sbx_data data;

	if (!sbx_get_data(frame->body, &data)) {
		take_last(call, frame);
		return;
	}
	if (cb != NULL && cb->on_data != NULL)
		cb->on_data(arg, &data);
	cb = call->callbacks; /* it may have been forgotten just now */
	free_call(call);
	if (cb != NULL && cb->on_done != NULL)
		cb->on_done(arg);
}

static void
take(struct sandbox_client *c, const struct sbx_frame *frame)
{
	struct sandbox_call *call = find_call(c, frame->job);
	const struct sandbox_callbacks *cb;
	struct sbx_entry entry;

	if (call == NULL)
		return; /* forgotten, and its end came before our KILL */
	cb = call->callbacks;
	if (frame->type == SBX_STARTED) {
		if (cb != NULL && cb->on_started != NULL)
			cb->on_started(call->arg);
	} else if (frame->type == SBX_OUT || frame->type == SBX_ERR) {
		if (cb != NULL && cb->on_output != NULL)
			cb->on_output(call->arg, frame->type == SBX_ERR,
			    frame->body);
	} else if (frame->type == SBX_ENTRY &&
	    sbx_get_entry(frame->body, &entry)) {
		if (cb != NULL && cb->on_entry != NULL)
			cb->on_entry(call->arg, &entry);
	} else if (frame->type == SBX_DATA)
		take_data(call, frame);
	else if (frame->type == SBX_ERROR)
		take_error(call, frame);
	else
		take_last(call, frame);
}

static void
take_all(struct sandbox_client *c)
{
	size_t done = 0;

	while (c->fd >= 0) {
		struct sbx_frame frame;
		size_t taken = 0;
		enum sbx_next next = sbx_frame_next(txt_str(&c->input) + done,
		    c->input.len - done, &frame, &taken);

		if (next == SBX_NEXT_MORE)
			break;
		if (next == SBX_NEXT_BROKEN) {
			lose(c, "it sent nonsense");
			return;
		}
		take(c, &frame);
		done += taken;
	}
	if (c->fd >= 0)
		txt_drop_front(&c->input, done);
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct sandbox_client *c = w->data;
	char part[READ_BYTES];
	ssize_t n = recv(c->fd, part, sizeof(part), 0);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lose(c, n == 0 ? "it closed" : strerror(errno));
		return;
	}
	c->delay_secs = FIRST_DELAY_SECS;
	txt_append_n(&c->input, part, (size_t)n);
	take_all(c);
}

static void
on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct sandbox_client *c = w->data;
	ssize_t n = send(c->fd, c->output.data, c->output.len, MSG_NOSIGNAL);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		lose(c, strerror(errno));
		return;
	}
	txt_drop_front(&c->output, (size_t)n);
	watch_output(c);
}

/* A Unix socket connects at once or not at all. */
static void
try_connect(struct sandbox_client *c)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 ||
	    !mem_copy_str(address.sun_path, sizeof(address.sun_path),
		c->path) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) !=
		0) {
		if (fd >= 0)
			close(fd);
		wait_retry(c);
		return;
	}
	c->fd = fd;
	c->was_connected = true;
	ev_io_set(&c->in, fd, EV_READ);
	ev_io_set(&c->out, fd, EV_WRITE);
	ev_io_start(c->loop, &c->in);
	log_info(&log_client, "connected to moltis-sandboxd", "path=%s",
	    c->path);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	try_connect(w->data);
}

struct sandbox_client *
sandbox_client_new(struct ev_loop *loop, const char *path)
{
	struct sandbox_client *c = mem_zalloc(sizeof(*c));

	c->loop = loop;
	c->path = path;
	c->fd = -1;
	c->delay_secs = FIRST_DELAY_SECS;
	TAILQ_INIT(&c->calls);
	ev_io_init(&c->in, on_readable, -1, EV_READ);
	c->in.data = c;
	ev_io_init(&c->out, on_writable, -1, EV_WRITE);
	c->out.data = c;
	ev_timer_init(&c->retry, on_retry, 0, 0);
	c->retry.data = c;
	ev_idle_init(&c->lost, on_lost);
	c->lost.data = c;
	if (path != NULL)
		try_connect(c);
	return c;
}

void
sandbox_client_free(struct sandbox_client *c)
{
	struct sandbox_call *call;

	if (c == NULL)
		return;
	disconnect(c);
	ev_timer_stop(c->loop, &c->retry);
	ev_idle_stop(c->loop, &c->lost);
	while ((call = TAILQ_FIRST(&c->calls)) != NULL)
		free_call(call);
	free(c);
}

bool
sandbox_client_is_connected(const struct sandbox_client *c)
{
	return c->fd >= 0;
}

size_t
sandbox_client_count(const struct sandbox_client *c)
{
	return c->count;
}

/* NULL when there are too many. */
static struct sandbox_call *
new_call(struct sandbox_client *c, enum sbx_type type,
    const struct sandbox_callbacks *callbacks, void *arg)
{
	struct sandbox_call *call;

	if (c->count >= MAX_CALLS || c->output.len > MAX_OUTPUT)
		return NULL;
	call = mem_zalloc(sizeof(*call));
	call->client = c;
	call->type = type;
	call->callbacks = callbacks;
	call->arg = arg;
	/* Numbers come round only after four milliards of requests. */
	call->id = ++c->next_id;
	TAILQ_INSERT_TAIL(&c->calls, call, link);
	c->count++;
	if (c->fd < 0)
		mark_lost(c, call);
	return call;
}

struct sandbox_call *
sandbox_run(struct sandbox_client *c, const struct sbx_run *run,
    const struct sandbox_callbacks *callbacks, void *arg)
{
	struct sandbox_call *call;
	const char *field;

	if (sbx_run_check(run, &field) != ST_OK)
		return NULL;
	call = new_call(c, SBX_RUN, callbacks, arg);
	if (call != NULL && !call->is_lost)
		sbx_put_run(&c->output, call->id, run);
	watch_output(c);
	return call;
}

struct sandbox_call *
sandbox_file(struct sandbox_client *c, enum sbx_type type,
    const struct sbx_file *file, const struct sandbox_callbacks *callbacks,
    void *arg)
{
	struct sandbox_call *call;

	if (((type < SBX_LIST || type > SBX_DROP) && type != SBX_RENAME) ||
	    file->path.n > SBX_MAX_PATH || file->data.n > SBX_MAX_CHUNK)
		return NULL;
	call = new_call(c, type, callbacks, arg);
	if (call != NULL && !call->is_lost)
		sbx_put_file(&c->output, type, call->id, file);
	watch_output(c);
	return call;
}

struct sandbox_call *
sandbox_status(struct sandbox_client *c,
    const struct sandbox_callbacks *callbacks, void *arg)
{
	const struct sbx_text nothing = { "", 0 };
	struct sandbox_call *call = new_call(c, SBX_STATUS, callbacks, arg);

	if (call != NULL && !call->is_lost)
		sbx_put_bytes(&c->output, SBX_STATUS, call->id, nothing);
	watch_output(c);
	return call;
}

void
sandbox_cancel(struct sandbox_call *call)
{
	const struct sbx_text nothing = { "", 0 };
	struct sandbox_client *c = call->client;

	if (call->type != SBX_RUN || call->is_lost)
		return;
	sbx_put_bytes(&c->output, SBX_KILL, call->id, nothing);
	watch_output(c);
}

void
sandbox_forget(struct sandbox_call *call)
{
	sandbox_cancel(call);
	call->callbacks = NULL;
}
