/*
 * One connection of a worker.
 *
 * What it asked for ends with it.  Answers are put into a buffer and sent when
 * the socket takes them; while the buffer is long neither requests nor output
 * of commands are read, so that a slow worker costs a megabyte and not more.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "sandboxd/server_int.h"

#define MAX_CALLS 1100 /* the queue, and some */
#define PAUSE_BYTES (1 << 20)
#define STUCK_SECS 30.0
#define READ_BYTES 65536

static const struct log_ctx log_peer = { .component = "peer" };

static void
watch(struct peer *p)
{
	struct ev_loop *loop = p->server->spec.loop;
	bool pause = p->output.len > PAUSE_BYTES;
	struct call *c;

	if (p->output.len > 0)
		ev_io_start(loop, &p->out);
	else
		ev_io_stop(loop, &p->out);
	if (pause == p->is_paused)
		return;
	p->is_paused = pause;
	if (pause) {
		ev_io_stop(loop, &p->in);
		ev_timer_start(loop, &p->stuck);
	} else {
		ev_io_start(loop, &p->in);
		ev_timer_stop(loop, &p->stuck);
	}
	LIST_FOREACH(c, &p->calls, link)
	{
		if (c->job != NULL)
			job_pause(c->job, pause);
	}
}

/* Never frees the peer: jobs call it from their midst. */
void
peer_flush(struct peer *p)
{
	size_t done = 0;

	while (!p->is_over && done < p->output.len) {
		ssize_t n = send(p->fd, p->output.data + done,
		    p->output.len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			p->is_over = true;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	txt_drop_front(&p->output, done);
	if (p->is_over)
		/* Its own callback will find it. */
		ev_feed_event(p->server->spec.loop, &p->in, EV_READ);
	watch(p);
}

struct call *
call_new(struct peer *p, uint32_t id)
{
	struct call *c = mem_zalloc(sizeof(*c));

	c->peer = p;
	c->id = id;
	LIST_INSERT_HEAD(&p->calls, c, link);
	p->call_count++;
	return c;
}

void
call_free(struct call *c)
{
	LIST_REMOVE(c, link);
	c->peer->call_count--;
	free(c);
}

static struct call *
call_find(struct peer *p, uint32_t id)
{
	struct call *c;

	LIST_FOREACH(c, &p->calls, link)
	{
		if (c->id == id)
			return c;
	}
	return NULL;
}

static void
refuse(struct peer *p, uint32_t id, enum status st, const char *text)
{
	sbx_put_error(&p->output, id, st, text);
	peer_flush(p);
}

static void
on_started(void *arg)
{
	const struct sbx_text nothing = { "", 0 };
	struct call *c = arg;

	sbx_put_bytes(&c->peer->output, SBX_STARTED, c->id, nothing);
	peer_flush(c->peer);
}

static void
on_output(void *arg, bool is_err, struct sbx_text bytes)
{
	struct call *c = arg;

	sbx_put_bytes(&c->peer->output, is_err ? SBX_ERR : SBX_OUT, c->id,
	    bytes);
	peer_flush(c->peer);
}

static void
on_end(void *arg, const struct sbx_result *result)
{
	struct call *c = arg;
	struct peer *p = c->peer;

	sbx_put_end(&p->output, c->id, result);
	call_free(c);
	peer_flush(p);
}

static void
on_error(void *arg, enum status st, const char *text)
{
	struct call *c = arg;
	struct peer *p = c->peer;
	uint32_t id = c->id;

	call_free(c);
	refuse(p, id, st, text);
}

static const struct job_events events = { on_started, on_output, on_end,
	on_error };

static void
take_run(struct peer *p, const struct sbx_frame *frame)
{
	const struct sbx_backend *backend =
	    choice_backend(p->server->spec.choice);
	char why[SBX_WHY_BYTES];
	struct call *c;
	enum status st;
	struct job *job;

	if (backend == NULL) {
		refuse(p, frame->job, ST_UNAVAILABLE,
		    "commands are off: no sandbox works on this machine");
		return;
	}
	job = job_new(p->server->spec.jobs, backend, frame->body, &st, why);
	if (job == NULL) {
		refuse(p, frame->job, st, why);
		return;
	}
	c = call_new(p, frame->job);
	c->job = job;
	if (p->is_paused)
		job_pause(job, true);
	job_begin(job, &events, c);
}

static void
take_kill(struct peer *p, const struct sbx_frame *frame)
{
	struct call *c = call_find(p, frame->job);

	/* It may have ended by itself a moment ago. */
	if (c != NULL && c->job != NULL)
		job_kill(c->job);
}

static void
take_status(struct peer *p, const struct sbx_frame *frame)
{
	const struct server_spec *s = &p->server->spec;
	const struct sbx_backend *chosen = choice_chosen(s->choice);
	struct jobs_counts count = jobs_count(s->jobs);
	struct sbx_report r = {
		.exec_on = choice_backend(s->choice) != NULL,
		.network = s->limits->network,
		.running = count.running,
		.queued = count.queued,
		.max_running = s->limits->max_running,
		.per_account_max = s->limits->per_account_max,
		.limits = s->limits->job,
	};
	own_txt struct txt why = { 0 };

	choice_why(s->choice, &why);
	r.backend.p = chosen == NULL ? "" : chosen->name;
	r.backend.n = strlen(r.backend.p);
	r.why.p = txt_str(&why);
	r.why.n = why.len;
	sbx_put_report(&p->output, frame->job, &r);
	peer_flush(p);
}

static void
take(struct peer *p, const struct sbx_frame *frame)
{
	if (frame->type != SBX_KILL && call_find(p, frame->job) != NULL) {
		p->is_over = true; /* two of one number: it is confused */
		return;
	}
	if (p->call_count >= MAX_CALLS && frame->type != SBX_KILL) {
		refuse(p, frame->job, ST_LIMIT, "too many requests under way");
		return;
	}
	if (frame->type == SBX_RUN)
		take_run(p, frame);
	else if (frame->type == SBX_KILL)
		take_kill(p, frame);
	else if (frame->type == SBX_STATUS)
		take_status(p, frame);
	else if ((frame->type >= SBX_LIST && frame->type <= SBX_DROP) ||
	    frame->type == SBX_RENAME)
		peer_file(p, frame);
	else
		p->is_over = true; /* answers are ours to give */
}

static void
take_all(struct peer *p)
{
	size_t done = 0;

	while (!p->is_over && !p->is_paused) {
		struct sbx_frame frame;
		size_t taken = 0;
		enum sbx_next next = sbx_frame_next(txt_str(&p->input) + done,
		    p->input.len - done, &frame, &taken);

		if (next == SBX_NEXT_MORE)
			break;
		if (next == SBX_NEXT_BROKEN) {
			log_warn(&log_peer, "a worker sent nonsense", "");
			p->is_over = true;
			break;
		}
		take(p, &frame);
		done += taken;
	}
	txt_drop_front(&p->input, done);
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct peer *p = w->data;
	char part[READ_BYTES];
	ssize_t n = 0;

	(void)loop;
	(void)revents;
	if (!p->is_over)
		n = recv(p->fd, part, sizeof(part), 0);
	if (!p->is_over && n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		txt_append_n(&p->input, part, (size_t)n);
	else
		p->is_over = true;
	take_all(p);
	if (p->is_over)
		peer_free(p);
}

static void
on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct peer *p = w->data;
	bool was_paused = p->is_paused;

	(void)loop;
	(void)revents;
	peer_flush(p);
	/* Requests that came before the pause may wait in the buffer. */
	if (was_paused && !p->is_paused)
		take_all(p);
}

static void
on_stuck(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct peer *p = w->data;

	(void)loop;
	(void)revents;
	log_warn(&log_peer, "a worker does not read its answers", "");
	peer_free(p);
}

void
peer_new(struct server *s, int fd)
{
	struct peer *p = mem_zalloc(sizeof(*p));

	p->server = s;
	p->fd = fd;
	LIST_INIT(&p->calls);
	txt_init(&p->input, 0);
	txt_init(&p->output, 0);
	ev_io_init(&p->in, on_readable, fd, EV_READ);
	p->in.data = p;
	ev_io_init(&p->out, on_writable, fd, EV_WRITE);
	p->out.data = p;
	ev_timer_init(&p->stuck, on_stuck, STUCK_SECS, 0);
	p->stuck.data = p;
	LIST_INSERT_HEAD(&s->peers, p, link);
	s->peer_count++;
	ev_io_start(s->spec.loop, &p->in);
	log_info(&log_peer, "a worker is here", "peers=%u", s->peer_count);
}

void
peer_free(struct peer *p)
{
	struct server *s = p->server;
	struct call *c;

	while ((c = LIST_FIRST(&p->calls)) != NULL) {
		if (c->job != NULL)
			job_forget(c->job);
		helper_cancel(c->helper);
		call_free(c);
	}
	ev_io_stop(s->spec.loop, &p->in);
	ev_io_stop(s->spec.loop, &p->out);
	ev_timer_stop(s->spec.loop, &p->stuck);
	close(p->fd);
	LIST_REMOVE(p, link);
	s->peer_count--;
	bytes_wipe(p->input.data, p->input.room);
	txt_done(&p->input);
	txt_done(&p->output);
	free(p);
	log_info(&log_peer, "a worker is gone", "peers=%u", s->peer_count);
}
