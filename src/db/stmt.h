/* What the build knows of a statement: made from the tags of its file. */
#ifndef MOLTIS_DB_STMT_H
#define MOLTIS_DB_STMT_H

#include <stdbool.h>

#include "db/stmt_gen.h"

struct db_stmt_info {
	const char *name; /* "chat/session_list" */
	const char *summary;
	bool tenant;         /* touches rows of the entered account only */
	const char *params;  /* "key text, max int" or "none" */
	const char *returns; /* "key text" or "none" */
	int param_count;
	int column_count;
	const char *sql;
};

extern const struct db_stmt_info db_stmts[STMT_COUNT];

#endif
