/* A command in the sandbox: see exec_run.h. */
#include "config.h"

#include "worker/exec_run.h"

#include <string.h>

#include "js/js.h"
#include "tool/result.h"

#define MAX_RESERVE 40000 /* of the model's share, for changed commands */

void
exec_run_init(struct exec_run *r, const struct tool_call *call,
    void (*on_end)(void *arg, const struct tool_end *end), void *arg)
{
	r->call = call;
	r->on_end = on_end;
	r->arg = arg;
	output_init(&r->out, call->secrets, RESULT_MODEL_BYTES);
	output_init(&r->err, call->secrets, RESULT_MODEL_BYTES);
	tool_live_init(&r->live, call);
}

static void
on_started(void *arg)
{
	struct exec_run *r = arg;

	r->may_have_run = true;
}

static void
on_output(void *arg, bool is_err, struct sbx_text bytes)
{
	own_txt struct txt text = { 0 };
	struct exec_run *r = arg;

	output_add(is_err ? &r->err : &r->out, bytes.p, bytes.n, &text);
	tool_live_add(&r->live, is_err, &text);
}

static void
outputs_end(struct exec_run *r, bool out_cut, bool err_cut)
{
	own_txt struct txt out = { 0 }, err = { 0 };

	output_end(&r->out, out_cut, &out);
	tool_live_add(&r->live, false, &out);
	output_end(&r->err, err_cut, &err);
	tool_live_add(&r->live, true, &err);
	tool_live_flush(&r->live);
}

/* Bytes that say_modified will need, at most. */
static size_t
modified_bytes(const struct exec_row *row)
{
	size_t n;

	if (!row->modified)
		return 0;
	n = 2 * (strlen(row->original) + strlen(row->command)) + 100;
	return n > MAX_RESERVE ? MAX_RESERVE : n;
}

/* A person changed it: the model must not take the result for that of what it
 * asked for (S11). */
static void
say_modified(const struct exec_row *row, struct json_object *result)
{
	if (!row->modified)
		return;
	js_set_bool(result, "changed_by_user", true);
	js_set_text(result, "asked", row->original);
	js_set_text(result, "command", row->command);
}

/* A connection that broke takes the word "started" with it: then nobody here
 * knows whether it ran. */
static void
on_error(void *arg, enum status st, const char *text)
{
	own_txt struct txt error = { 0 };
	struct exec_run *r = arg;
	struct tool_end end = { 0 };

	r->sandbox = NULL;
	outputs_end(r, true, true);
	if (r->may_have_run)
		txt_append(&error,
		    "interrupted, outcome unknown: the command "
		    "may have run: ");
	else if (st == ST_UNAVAILABLE)
		txt_append(&error,
		    "the sandbox did not run this command or "
		    "did not say so: ");
	else
		txt_append(&error, "the sandbox did not run this command: ");
	(void)output_clean(text, strlen(text), false, &error);
	end.error = txt_str(&error);
	r->on_end(r->arg, &end);
}

static void
on_end(void *arg, const struct sbx_result *result)
{
	own_json struct json_object *o = NULL;
	own_txt struct txt error = { 0 };
	struct exec_run *r = arg;
	struct tool_end end = { 0 };

	r->sandbox = NULL;
	outputs_end(r, result->out_truncated, result->err_truncated);
	o = result_exec(result, &r->out, &r->err, modified_bytes(r->row));
	say_modified(r->row, o);
	if (result->timed_out)
		txt_format(&error,
		    "the command did not end within %d "
		    "seconds and was stopped",
		    r->row->timeout_secs);
	else if (result->canceled)
		txt_append(&error, "the command was stopped");
	end.result = o;
	end.error = error.len > 0 ? txt_str(&error) : NULL;
	r->on_end(r->arg, &end);
}

const char *
exec_run_start(struct exec_run *r, const struct exec_row *row)
{
	static const struct sandbox_callbacks callbacks = { .on_started =
								on_started,
		.on_output = on_output,
		.on_end = on_end,
		.on_error = on_error };
	struct sandbox_client *client = r->call->env->sandbox;
	struct sbx_run run = { 0 };
	const char *field;

	r->row = row;
	run.command = (struct sbx_text){ row->command, strlen(row->command) };
	run.cwd = (struct sbx_text){ row->cwd, strlen(row->cwd) };
	run.image = (struct sbx_text){ row->image, strlen(row->image) };
	run.timeout_secs = (uint32_t)row->timeout_secs;
	if (!tool_call_uuid(r->call->lease->account_id, run.account) ||
	    !tool_call_uuid(r->call->words->session_id, run.session) ||
	    !tool_call_uuid(row->id, run.run) ||
	    sbx_run_check(&run, &field) != ST_OK)
		return "the sandbox does not take this command";
	if (!sandbox_client_is_connected(client))
		return "no sandbox is available, and nothing runs outside one";
	r->sandbox = sandbox_run(client, &run, &callbacks, r);
	if (r->sandbox == NULL)
		return "busy: too many commands are under way, try again later";
	return NULL;
}

void
exec_run_stop(struct exec_run *r)
{
	if (r->sandbox != NULL)
		sandbox_forget(r->sandbox);
	r->sandbox = NULL;
	tool_live_stop(&r->live);
}

void
exec_run_done(struct exec_run *r)
{
	output_done(&r->out);
	output_done(&r->err);
	tool_live_done(&r->live);
}
