/* Output while it comes: see tool_live.h. */
#include "config.h"

#include "worker/tool_live.h"

#include "base/utf8.h"
#include "js/js.h"
#include "worker/relay.h"

#define MAX_BYTES (64 << 10)
#define FLUSH_BYTES 8192
#define FLUSH_SECS 0.05

void
tool_live_flush(struct tool_live *l)
{
	struct json_object *o;

	ev_timer_stop(l->call->env->loop, &l->timer);
	if (l->text.len == 0)
		return;
	o = turn_say(l->call->words, "tool_output");
	js_set_text(o, "toolCallId", l->call->id);
	js_set_text(o, "stream", l->is_err ? "stderr" : "stdout");
	js_set_text_n(o, "text", txt_str(&l->text), l->text.len);
	relay_tell(l->call->env, l->call->lease, o);
	js_put(&o);
	txt_reset(&l->text);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	tool_live_flush(w->data);
}

void
tool_live_init(struct tool_live *l, const struct tool_call *call)
{
	l->call = call;
	l->left = MAX_BYTES;
	txt_init(&l->text, 0);
	ev_timer_init(&l->timer, on_timer, 0.0, 0.0);
	l->timer.data = l;
}

void
tool_live_add(struct tool_live *l, bool is_err, const struct txt *text)
{
	size_t n = utf8_cut(txt_str(text), text->len, l->left);

	if (n == 0)
		return;
	if (is_err != l->is_err)
		tool_live_flush(l);
	l->is_err = is_err;
	/* Nothing may follow what was left out. */
	l->left = n < text->len ? 0 : l->left - n;
	txt_append_n(&l->text, txt_str(text), n);
	if (l->text.len >= FLUSH_BYTES) {
		tool_live_flush(l);
	} else if (!ev_is_active(&l->timer)) {
		ev_timer_set(&l->timer, FLUSH_SECS, 0.0);
		ev_timer_start(l->call->env->loop, &l->timer);
	}
}

void
tool_live_stop(struct tool_live *l)
{
	ev_timer_stop(l->call->env->loop, &l->timer);
}

void
tool_live_done(struct tool_live *l)
{
	txt_done(&l->text);
}
