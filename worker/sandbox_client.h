/*
 * The worker's side of moltis-sandboxd, on the worker's loop.
 *
 * Connects by itself and again with a growing, jittered delay.  What is under
 * way when the connection is lost ends with ST_UNAVAILABLE, and so does at
 * once what is asked for while there is none: a command is never repeated
 * here, because it may have started.
 *
 * Callbacks come from the loop and never from within the call that asks, so
 * that the caller has the handle first.  The last one of a request is on_end,
 * on_done, on_report or on_error; the handle is gone when it returns.  A
 * callback may ask for more, cancel and forget, but not free the client.
 */
#ifndef MOLTIS_WORKER_SANDBOX_CLIENT_H
#define MOLTIS_WORKER_SANDBOX_CLIENT_H

#include <ev.h>
#include <stdbool.h>

#include "sandbox/sandbox.h"
#include "sandbox/sbx_wire.h"

struct sandbox_client;
struct sandbox_call;

/* NULL functions are not called. */
struct sandbox_callbacks {
	/* a command */
	void (*on_started)(void *arg); /* it left the queue: it may have run */
	void (*on_output)(void *arg, bool is_err, struct sbx_text bytes);
	void (*on_end)(void *arg, const struct sbx_result *result);
	/* files: any number of on_entry, or one on_data, then on_done */
	void (*on_entry)(void *arg, const struct sbx_entry *entry);
	void (*on_data)(void *arg, const struct sbx_data *data);
	void (*on_done)(void *arg);
	/* status */
	void (*on_report)(void *arg, const struct sbx_report *report);
	/* anything: TEXT is a sentence for the person who asked */
	void (*on_error)(void *arg, enum status st, const char *text);
};

/* PATH is borrowed; NULL: there is no sandbox, everything is ST_UNAVAILABLE. */
struct sandbox_client *sandbox_client_new(struct ev_loop *loop,
    const char *path);
/* Forgets all requests: no callback comes. */
void sandbox_client_free(struct sandbox_client *client);
bool sandbox_client_is_connected(const struct sandbox_client *client);
size_t sandbox_client_count(const struct sandbox_client *client);

/* The requests copy what they are given.  NULL: more than 1024 are under way,
 * or the request breaks the rules of sbx_run_check or sbx_wire.h. */
struct sandbox_call *sandbox_run(struct sandbox_client *client,
    const struct sbx_run *run, const struct sandbox_callbacks *callbacks,
    void *arg);
/* SBX_LIST, SBX_READ, SBX_WRITE, SBX_DELETE, SBX_MKDIR, SBX_DROP or
 * SBX_RENAME. */
struct sandbox_call *sandbox_file(struct sandbox_client *client,
    enum sbx_type type, const struct sbx_file *file,
    const struct sandbox_callbacks *callbacks, void *arg);
struct sandbox_call *sandbox_status(struct sandbox_client *client,
    const struct sandbox_callbacks *callbacks, void *arg);

/* Kills the command; on_end comes with canceled, or on_error. */
void sandbox_cancel(struct sandbox_call *call);
/* Kills the command, and no callback comes any more. */
void sandbox_forget(struct sandbox_call *call);

#endif
