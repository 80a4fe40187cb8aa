/* What people may know of the sandbox their commands run in (S61). */
#ifndef MOLTIS_SANDBOX_STATUS_OPS_H
#define MOLTIS_SANDBOX_STATUS_OPS_H

#include "op/op.h"

#define SANDBOX_REPORT "sandbox"

enum status sandbox_status_read(struct op_call *call);

/* Worker: {available, backend, reason, network, image, limits, rejected}. */
MUST_CHECK enum status sandbox_report(struct db *db,
    struct json_object *value);

#endif
