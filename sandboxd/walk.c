/*
 * Walking.  openat2 resolves beneath the root and refuses links; the two
 * recursive walks open each folder by its plain name with O_NOFOLLOW, so a
 * folder that is exchanged for a link between two calls ends the way there.
 */
#include "config.h"

#include "sandboxd/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"

#define MAX_DEPTH 200
#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

int
walk_open(int root, struct sbx_text path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC |
		    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
		.mode = (flags & O_CREAT) != 0 ? 0644 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	char text[SBX_MAX_PATH + 1];

	if (path.n > SBX_MAX_PATH || memchr(path.p, '\0', path.n) != NULL) {
		errno = EINVAL;
		return -1;
	}
	memcpy(text, path.p, path.n);
	text[path.n] = '\0';
	return (int)syscall(SYS_openat2, root, path.n == 0 ? "." : text, &how,
	    sizeof(how));
}

/* One step down; "." is no step. */
static int
step_down(int dir, const char *name, bool make)
{
	struct sbx_text t = { name, strlen(name) };

	if (make && strcmp(name, "..") != 0 && mkdirat(dir, name, 0755) != 0 &&
	    errno != EEXIST)
		return -1;
	return walk_open(dir, t, O_RDONLY | O_DIRECTORY);
}

/* Copies the name at *AT and moves *AT behind it and its slashes. */
static bool
next_name(struct sbx_text path, size_t *at, char *name)
{
	size_t n = 0;

	while (*at < path.n && path.p[*at] == '/')
		(*at)++;
	while (*at + n < path.n && path.p[*at + n] != '/')
		n++;
	if (n > NAME_MAX || memchr(path.p + *at, '\0', n) != NULL)
		return false;
	memcpy(name, path.p + *at, n);
	name[n] = '\0';
	*at += n;
	while (*at < path.n && path.p[*at] == '/')
		(*at)++;
	return true;
}

int
walk_open_parent(int root, struct sbx_text path, bool make, char *name)
{
	int dir = -1;
	size_t at = 0;

	if (path.n > 0 && path.p[0] == '/')
		errno = EINVAL;
	else
		dir = fcntl(root, F_DUPFD_CLOEXEC, 3);
	while (dir >= 0) {
		int next;

		if (!next_name(path, &at, name)) {
			errno = EINVAL;
			break;
		}
		if (at >= path.n) {
			if (name[0] != '\0' && strcmp(name, ".") != 0 &&
			    strcmp(name, "..") != 0)
				return dir;
			errno = EINVAL;
			break;
		}
		next = step_down(dir, name, make);
		if (next < 0)
			break;
		close(dir);
		dir = next;
	}
	if (dir >= 0) {
		int e = errno;

		close(dir);
		errno = e;
	}
	return -1;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A folder that its owner made unreadable is made readable. */
static int
open_folder(int dir, const char *name)
{
	int fd = openat(dir, name, FOLDER);
	own_fd int path = -1;
	char proc[32];

	if (fd >= 0 || errno != EACCES)
		return fd;
	path = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", path);
	if (path < 0 || chmod(proc, 0700) != 0)
		return -1;
	return openat(dir, name, FOLDER);
}

static bool
is_over(const struct walk_usage *u, const struct walk_usage *most)
{
	return u->bytes > most->bytes || u->files > most->files;
}

static void
count(int fd, int depth, const struct walk_usage *most, struct walk_usage *u)
{
	struct dirent *e;
	DIR *d = fdopendir(fd);

	if (d == NULL) {
		close(fd);
		return;
	}
	while (!is_over(u, most) && (e = readdir(d)) != NULL) {
		struct stat st;

		if (is_dots(e->d_name) ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		u->files++;
		u->bytes += (uint64_t)st.st_blocks * 512;
		if (!S_ISDIR(st.st_mode))
			continue;
		if (depth == MAX_DEPTH)
			u->files = u->bytes = UINT64_MAX;
		else {
			int child = open_folder(dirfd(d), e->d_name);

			if (child >= 0)
				count(child, depth + 1, most, u);
		}
	}
	closedir(d);
}

struct walk_usage
walk_usage_get(int root, const struct walk_usage *most)
{
	struct walk_usage u = { 0, 0 };
	int fd = openat(root, ".", FOLDER);

	if (fd >= 0)
		count(fd, 0, most, &u);
	return u;
}

/* Too deep to go on: moved up to ROOT, where a later round finds it. */
static bool
lift(int root, int dir, const char *name)
{
	char to[40];

	for (unsigned int i = 0; i < 1000000; i++) {
		(void)snprintf(to, sizeof(to), ".moltis-deep-%u", i);
		if (faccessat(root, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		return renameat(dir, name, root, to) == 0;
	}
	return false;
}

static bool
empty(int root, int fd, int depth)
{
	struct dirent *e;
	bool good = true;
	DIR *d = fdopendir(fd);

	if (d == NULL) {
		close(fd);
		return false;
	}
	while ((e = readdir(d)) != NULL) {
		int child;

		if (is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		if (depth == MAX_DEPTH) {
			good &= lift(root, dirfd(d), e->d_name);
			continue;
		}
		child = open_folder(dirfd(d), e->d_name);
		good &= child >= 0 && empty(root, child, depth + 1) &&
		    unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) == 0;
	}
	closedir(d);
	return good;
}

bool
walk_empty(int root)
{
	struct walk_usage none = { 0, 0 };
	bool good = true;

	/* Each round goes MAX_DEPTH further down. */
	for (int i = 0; i < 1000 && good; i++) {
		int fd = open_folder(root, ".");

		if (fd < 0)
			return false;
		good = empty(root, fd, 0);
		if (walk_usage_get(root, &none).files == 0)
			return true;
	}
	return false;
}
