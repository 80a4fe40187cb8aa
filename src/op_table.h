/* The operation table: the only place where a scope is written. */
#ifndef MOLTIS_OP_TABLE_H
#define MOLTIS_OP_TABLE_H

#include "op/op.h"

extern const struct op op_table[];

#endif
