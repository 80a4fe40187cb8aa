/*
 * The folders of sessions: STATE/ws/ACCOUNT/SESSION.  All but the last are
 * root's, so that nothing a sandbox does can change what a path means; the
 * last is the account's and is what a sandbox sees as /workspace.
 */
#ifndef MOLTIS_SANDBOXD_SPACE_H
#define MOLTIS_SANDBOXD_SPACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"
#include "sandbox/sandbox.h"

#define SPACE_PATH_BYTES 512

struct space_id {
	const unsigned char *account; /* SBX_ID_BYTES each */
	const unsigned char *session; /* zeros: the whole account */
};

/* Makes STATE and the folders in it.  false: errno. */
bool space_prepare(const char *state_dir, bool privileged);

/*
 * Opens the session's folder (O_PATH), which is made when it is not there and
 * MAKE is set.  Refused (ST_FORBIDDEN) when it is not a folder of UID.  PATH
 * gets its path, unless NULL.
 */
MUST_CHECK enum status space_open(const char *state_dir, struct space_id id,
    uid_t uid, bool make, int *ret_fd);
bool space_path(const char *state_dir, struct space_id id,
    char path[SPACE_PATH_BYTES]);

/* Moves the folder to STATE/trash at once; ST_NOT_FOUND when there is none. */
MUST_CHECK enum status space_discard(const char *state_dir, struct space_id id);
/* Removes all trash; for a child process. */
bool space_take_out(const char *state_dir);

#endif
