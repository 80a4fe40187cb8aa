/*
 * Accounts and their people: who am I, API keys, members, invitations, the
 * administration of the deployment.
 */
#ifndef MOLTIS_ACCOUNT_ACCOUNT_H
#define MOLTIS_ACCOUNT_ACCOUNT_H

#include "op/op.h"

extern const struct op_field account_key_create_params[];
extern const struct op_field account_key_revoke_params[];
extern const struct op_field account_login_revoke_params[];
extern const struct op_field account_id_params[];
extern const struct op_field account_rename_params[];
extern const struct op_field member_update_params[];
extern const struct op_field member_remove_params[];
extern const struct op_field invite_create_params[];
extern const struct op_field invite_revoke_params[];
extern const struct op_field admin_user_list_params[];
extern const struct op_field admin_user_update_params[];
extern const struct op_field admin_account_list_params[];
extern const struct op_field admin_account_update_params[];
extern const struct op_field admin_invite_create_params[];

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

/* member_ops.c */
enum status account_list(struct op_call *call);
enum status account_switch(struct op_call *call);
enum status account_rename(struct op_call *call);
enum status account_leave(struct op_call *call);
enum status member_list(struct op_call *call);
enum status member_update(struct op_call *call);
enum status member_remove(struct op_call *call);

/* invite_ops.c */
enum status invite_create(struct op_call *call);
enum status invite_list(struct op_call *call);
enum status invite_revoke(struct op_call *call);

/* admin_ops.c */
enum status admin_user_list(struct op_call *call);
enum status admin_user_update(struct op_call *call);
enum status admin_account_list(struct op_call *call);
enum status admin_account_update(struct op_call *call);
enum status admin_invite_create(struct op_call *call);
enum status admin_invite_list(struct op_call *call);
enum status admin_invite_revoke(struct op_call *call);

#endif
