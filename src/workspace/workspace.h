/*
 * Files of a session's workspace, for people (S57).
 *
 * Moving bytes takes time and a host, so nothing here touches a file: an
 * operation writes a transfer down, a worker does it (transfer.h), and
 * workspace.result or the event workspace.done says what came of it.  Pieces
 * go over REST as they are and elsewhere as base64, which is why only small
 * files travel there.
 */
#ifndef MOLTIS_WORKSPACE_WORKSPACE_H
#define MOLTIS_WORKSPACE_WORKSPACE_H

#include <stdbool.h>

#include "op/op.h"

#define WORKSPACE_PATH_MAX 1024           /* bytes */
#define WORKSPACE_NAME_MAX 255            /* bytes between two slashes */
#define WORKSPACE_FILE_MAX (25 << 20)     /* bytes of a file that is moved */
#define WORKSPACE_CHUNK_BYTES (1 << 20)   /* of a piece over REST */
#define WORKSPACE_CONTENT_MAX (256 << 10) /* bytes that travel as base64 */

extern const struct op_field workspace_list_params[];
extern const struct op_field workspace_path_params[]; /* get, remove */
extern const struct op_field workspace_put_params[];
extern const struct op_field workspace_append_params[];
extern const struct op_field workspace_id_params[]; /* result, forget */
extern const struct op_field workspace_read_params[];

/* Reply {id}. */
enum status workspace_list(struct op_call *call);
enum status workspace_get(struct op_call *call);
enum status workspace_remove(struct op_call *call);
/* With `content` the whole file; with `size` the bytes follow. */
enum status workspace_put(struct op_call *call);
/* The bytes are call->raw->in, or `content`. */
enum status workspace_append(struct op_call *call);
enum status workspace_result(struct op_call *call);
/* The bytes are call->raw->out, or `content`. */
enum status workspace_read(struct op_call *call);
enum status workspace_forget(struct op_call *call);

/* NULL, or why PATH is not that of a file (or folder) in a workspace; a
 * sentence.  "" is the workspace itself: MAY_BE_ROOT. */
const char *workspace_path_fault(const char *path, bool may_be_root);

#endif
