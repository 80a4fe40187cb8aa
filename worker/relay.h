/*
 * Transient events across workers: a socket here sees a turn that runs there.
 *
 * A worker says which accounts it has sockets of; one that runs a turn of such
 * an account writes what the turn says as rows, at most every 50 ms and in one
 * statement, and tells it by NOTIFY; the others read the rows and hand them to
 * their hub.  What is lost on the way leaves a gap in the numbers, and then
 * nothing of the turn is passed on until it begins to speak anew (`iteration`,
 * `retrying`) or ends: a half text never becomes a wrong one.  While a worker
 * is alone it does nothing but look for others.
 */
#ifndef MOLTIS_WORKER_RELAY_H
#define MOLTIS_WORKER_RELAY_H

#include "worker/turn.h"

struct relay;

struct relay *relay_new(struct turn_env *env); /* sets env->relay */
void relay_free(struct relay *r);              /* right after the pool */

/* What a turn says, to the account's sockets on every worker; PAYLOAD, a chat
 * event, is borrowed. */
void relay_tell(struct turn_env *env, const struct turn_lease *lease,
    struct json_object *payload);
/* The turn says nothing more soon: what waits goes now. */
void relay_push(struct turn_env *env);
/* The turn is over on this worker. */
void relay_end(struct turn_env *env, const char *turn_id);

/* From NOTIFY; the connection may have missed some. */
void relay_on_batches(struct relay *r, const char *payload);
void relay_on_listen(struct relay *r, const char *payload);
void relay_on_missed(struct relay *r);

/* From the hub: an account has its first socket here, or lost its last one;
 * the end of a run was read, after which nothing of it is passed on. */
void relay_account_came(struct relay *r);
void relay_account_left(struct relay *r, const char *account_id);
void relay_run_ended(struct relay *r, const char *run_id);

#endif
