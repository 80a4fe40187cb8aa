/* The account a caller is in: who am I, its API keys, its status. */
#ifndef MOLTIS_ACCOUNT_ACCOUNT_H
#define MOLTIS_ACCOUNT_ACCOUNT_H

#include "op/op.h"

extern const struct op_field account_key_create_params[];
extern const struct op_field account_key_revoke_params[];
extern const struct op_field account_login_revoke_params[];

enum status account_whoami(struct op_call *call);
enum status account_status(struct op_call *call);
enum status account_health(struct op_call *call);
enum status account_describe(struct op_call *call);
enum status account_key_list(struct op_call *call);
enum status account_key_create(struct op_call *call);
enum status account_key_revoke(struct op_call *call);
enum status account_login_list(struct op_call *call);
enum status account_login_revoke(struct op_call *call);
enum status account_login_revoke_others(struct op_call *call);

#endif
