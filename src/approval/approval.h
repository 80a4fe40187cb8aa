/* Operations on commands that wait for a person (S7-S15, S30d). */
#ifndef MOLTIS_APPROVAL_APPROVAL_H
#define MOLTIS_APPROVAL_APPROVAL_H

#include "op/op.h"

extern const struct op_field approval_set_params[];
extern const struct op_field approval_history_params[];
extern const struct op_field approval_resolve_params[];

enum status approval_get(struct op_call *call);
enum status approval_set(struct op_call *call);
enum status approval_list(struct op_call *call);
enum status approval_history(struct op_call *call);
enum status approval_resolve(struct op_call *call);

#endif
