/* Making, opening and throwing away the folders of sessions. */
#include "config.h"

#include "sandboxd/space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/own.h"
#include "sandboxd/walk.h"

#define HEX_BYTES (2 * SBX_ID_BYTES + 1)
#define PLACE (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool
is_zero(const unsigned char *id)
{
	static const unsigned char zero[SBX_ID_BYTES];

	return memcmp(id, zero, sizeof(zero)) == 0;
}

static bool
make_one(const char *state_dir, const char *name, mode_t mode)
{
	char path[SPACE_PATH_BYTES];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%.400s%s", state_dir, name);
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return false;
	if (lstat(path, &st) != 0)
		return false;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
		errno = EPERM;
		return false;
	}
	return chmod(path, mode) == 0;
}

bool
space_prepare(const char *state_dir, bool privileged)
{
	if (strlen(state_dir) > 300) {
		errno = ENAMETOOLONG;
		return false;
	}
	return make_one(state_dir, "", privileged ? 0711 : 0700) &&
	    make_one(state_dir, "/ws", 0711) &&
	    make_one(state_dir, "/trash", 0700);
}

bool
space_path(const char *state_dir, struct space_id id,
    char path[SPACE_PATH_BYTES])
{
	char account[HEX_BYTES], session[HEX_BYTES];
	int n;

	bytes_hex(id.account, SBX_ID_BYTES, account);
	bytes_hex(id.session, SBX_ID_BYTES, session);
	n = snprintf(path, SPACE_PATH_BYTES, "%s/ws/%s/%s", state_dir, account,
	    session);
	return n > 0 && n < SPACE_PATH_BYTES;
}

static int
open_account(const char *state_dir, struct space_id id, bool make)
{
	char path[SPACE_PATH_BYTES], hex[HEX_BYTES];
	own_fd int all = -1;

	(void)snprintf(path, sizeof(path), "%.400s/ws", state_dir);
	all = open(path, PLACE);
	if (all < 0)
		return -1;
	bytes_hex(id.account, SBX_ID_BYTES, hex);
	if (make && mkdirat(all, hex, 0711) != 0 && errno != EEXIST)
		return -1;
	return openat(all, hex, PLACE);
}

static enum status
errno_status(void)
{
	return errno == ENOENT                   ? ST_NOT_FOUND
	    : errno == ENOTDIR || errno == ELOOP ? ST_FORBIDDEN
						 : ST_INTERNAL;
}

enum status
space_open(const char *state_dir, struct space_id id, uid_t uid, bool make,
    int *ret_fd)
{
	own_fd int account = open_account(state_dir, id, make);
	own_fd int fd = -1;
	char hex[HEX_BYTES];
	struct stat st;

	if (account < 0)
		return errno_status();
	bytes_hex(id.session, SBX_ID_BYTES, hex);
	if (make && mkdirat(account, hex, 0700) == 0 &&
	    fchownat(account, hex, uid, uid == geteuid() ? (gid_t)-1 : uid,
		AT_SYMLINK_NOFOLLOW) != 0) {
		(void)unlinkat(account, hex, AT_REMOVEDIR);
		return ST_INTERNAL;
	}
	fd = openat(account, hex, PLACE);
	if (fd < 0)
		return errno_status();
	if (fstat(fd, &st) != 0 || st.st_uid != uid)
		return ST_FORBIDDEN;
	*ret_fd = fd;
	fd = -1;
	return ST_OK;
}

enum status
space_discard(const char *state_dir, struct space_id id)
{
	char from[SPACE_PATH_BYTES], to[SPACE_PATH_BYTES], hex[HEX_BYTES];
	unsigned char random[SBX_ID_BYTES];

	bytes_random(random, sizeof(random));
	bytes_hex(random, sizeof(random), hex);
	(void)snprintf(to, sizeof(to), "%.400s/trash/%s", state_dir, hex);
	if (!space_path(state_dir, id, from))
		return ST_INTERNAL;
	if (is_zero(id.session))
		*strrchr(from, '/') = '\0';
	return rename(from, to) == 0 ? ST_OK : errno_status();
}

bool
space_take_out(const char *state_dir)
{
	char path[SPACE_PATH_BYTES];
	own_fd int fd = -1;

	(void)snprintf(path, sizeof(path), "%.400s/trash", state_dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && walk_empty(fd);
}
