/* What invitations of accounts and of the deployment have in common. */
#ifndef MOLTIS_ACCOUNT_INVITE_H
#define MOLTIS_ACCOUNT_INVITE_H

#include "op/op.h"

/* Binds note and hours, from the parameters of these names. */
void invite_bind_terms(struct op_call *call);
/* The answer that shows TOKEN, once, and where to use it. */
void invite_reply(struct op_call *call, const PGresult *res, const char *token);
/* The members that every invitation has in a list. */
void invite_describe(struct json_object *o, const PGresult *res, int row);
/* Ends the invitation of the parameter "id" with STMT, which also takes the
 * caller's address when WITH_PEER. */
enum status invite_end(struct op_call *call, enum db_stmt stmt, bool with_peer);

#endif
