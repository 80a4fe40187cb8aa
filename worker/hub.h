/*
 * Which sockets belong to which account, and what they get.
 *
 * Persisted events are rows: the hub is told that an account has new ones
 * (hub_wake, from NOTIFY, from our own commits, or from the poll that finds
 * what a lost NOTIFY missed), reads them with the credential of one of the
 * account's sockets, and hands them to every socket that may receive them, in
 * seq order, exactly once a socket.  Deltas are not rows: hub_delta sends them
 * to sockets on this worker at once.  Never crosses accounts.
 */
#ifndef MOLTIS_WORKER_HUB_H
#define MOLTIS_WORKER_HUB_H

#include <ev.h>
#include <json-c/json.h>
#include <stdint.h>

#include "conf/conf.h"
#include "op/op.h"
#include "worker/pool.h"

struct hub;
struct relay;
struct ws_conn;

struct hub *hub_new(struct ev_loop *loop, const struct conf *conf,
    struct pool *pool);
void hub_free(struct hub *hub); /* after all sockets are closed */

/* A socket finished `connect`.  LAST_SEQ < 0: from now on; otherwise events
 * after LAST_SEQ are replayed first.  HEAD is the seq the socket knows. */
void hub_join(struct hub *hub, struct ws_conn *conn);
void hub_leave(struct hub *hub, struct ws_conn *conn);

/* ACCOUNT has committed events that may not have been delivered yet; NULL:
 * any account may. */
void hub_wake(struct hub *hub, const char *account_id);
/* An unpersisted event (delta, iteration, thinking) for sockets with
 * SCOPE_READ; PAYLOAD is borrowed.  Never waits: a slow socket loses it or is
 * closed by its own limit.  Ordered after everything delivered before. */
void hub_transient(struct hub *hub, const char *account_id, const char *event,
    struct json_object *payload);
/* Authority changed somewhere: check every socket's credential now. */
void hub_recheck(struct hub *hub);
/* `shutdown` to everybody, then close 1001. */
void hub_shutdown(struct hub *hub);
size_t hub_socket_count(const struct hub *hub);
bool hub_has(struct hub *hub, const char *account_id);

/* Accounts that the relay does not listen to yet, with the credential of one
 * of their sockets; how many. */
struct hub_listen {
	char account_id[UUID_TEXT];
	struct op_cred cred;
};
size_t hub_unlisted(struct hub *hub, struct hub_listen *ret, size_t max);
bool hub_list(struct hub *hub, const char *account_id); /* false: gone */
void hub_unlist_all(struct hub *hub);
void hub_set_relay(struct hub *hub, struct relay *relay); /* or NULL */

#endif
