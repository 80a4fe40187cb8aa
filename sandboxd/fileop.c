/*
 * The seven file requests.  Each puts its answer into a buffer; an error leaves
 * the buffer empty and one ERROR frame is written instead.
 */
#include "config.h"

#include "sandboxd/fileop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "sandboxd/backend.h"
#include "sandboxd/helper.h"
#include "sandboxd/walk.h"

struct outcome {
	enum status status;
	const char *text;
};

static const struct outcome good = { ST_OK, "" };

static struct outcome
refused(enum status st, const char *text)
{
	struct outcome o = { st, text };

	return o;
}

static struct outcome
by_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return refused(ST_NOT_FOUND, "there is no such file");
	case ELOOP:
	case EXDEV:
		return refused(ST_FORBIDDEN, "links are not followed");
	case EACCES:
	case EPERM:
		return refused(ST_FORBIDDEN, "the file may not be accessed");
	case EEXIST:
	case EISDIR:
		return refused(ST_CONFLICT, "there is a folder of that name");
	case ENXIO:
	case EINVAL:
		return refused(ST_INVALID, "path: is not that of a file");
	case ENAMETOOLONG:
		return refused(ST_INVALID, "path: is too long");
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return refused(ST_LIMIT, "there is no space left");
	default:
		return refused(ST_INTERNAL, "the file cannot be accessed");
	}
}

static void
put_entry(const struct fileop *op, int dir, const char *name, struct txt *out)
{
	struct sbx_entry e = { .name = { name, strlen(name) } };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	e.kind = S_ISREG(st.st_mode) ? SBX_KIND_FILE
	    : S_ISDIR(st.st_mode)    ? SBX_KIND_FOLDER
				     : SBX_KIND_OTHER;
	e.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	e.mtime_ms =
	    (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	sbx_put_entry(out, op->job, &e);
}

static struct outcome
list(const struct fileop *op, struct txt *out)
{
	uint32_t most = op->file->size;
	int fd = walk_open(op->root, op->file->path, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL)
		return by_errno();
	if (most == 0 || most > FILEOP_MAX_ENTRIES)
		most = FILEOP_MAX_ENTRIES;
	while (most > 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		put_entry(op, dirfd(d), e->d_name, out);
		most--;
	}
	closedir(d);
	return good;
}

/* Opens a regular file and nothing else.  A further name of somebody else's
 * file is none of the workspace, wherever it came from. */
static struct outcome
open_regular(int dir, struct sbx_text path, int flags, int *ret_fd,
    struct stat *st)
{
	own_fd int fd = walk_open(dir, path, flags);

	if (fd < 0)
		return by_errno();
	if (fstat(fd, st) != 0)
		return by_errno();
	if (!S_ISREG(st->st_mode))
		return refused(ST_INVALID, "path: is not that of a file");
	if (st->st_nlink > 1 && st->st_uid != geteuid())
		return refused(ST_FORBIDDEN, "links are not followed");
	*ret_fd = fd;
	fd = -1;
	return good;
}

static struct outcome
read_file(const struct fileop *op, struct txt *out)
{
	own_fd int fd = -1;
	own_mem char *bytes = NULL;
	struct sbx_data data = { 0 };
	uint32_t size = op->file->size;
	struct stat st;
	struct outcome o =
	    open_regular(op->root, op->file->path, O_RDONLY, &fd, &st);
	ssize_t n;

	if (o.status != ST_OK)
		return o;
	if ((uint64_t)st.st_size > SBX_MAX_FILE)
		return refused(ST_TOO_LARGE, "the file is larger than 64 MiB");
	if (size == 0 || size > SBX_MAX_CHUNK)
		size = SBX_MAX_CHUNK;
	bytes = malloc(size);
	if (bytes == NULL || op->file->offset > SBX_MAX_FILE)
		return refused(ST_INVALID, "offset: is not in the file");
	n = pread(fd, bytes, size, (off_t)op->file->offset);
	if (n < 0)
		return by_errno();
	data.file_size = (uint64_t)st.st_size;
	data.bytes.p = bytes;
	data.bytes.n = (size_t)n;
	sbx_put_data(out, op->job, &data);
	return good;
}

static struct outcome
write_file(const struct fileop *op)
{
	const struct sbx_file *f = op->file;
	own_fd int dir = -1, fd = -1;
	char name[NAME_MAX + 1];
	struct sbx_text last = { name, 0 };
	struct outcome o;
	struct stat st;

	if (f->offset > SBX_FILE_BYTES ||
	    f->data.n > SBX_FILE_BYTES - f->offset)
		return refused(ST_TOO_LARGE, "the file would be too large");
	dir = walk_open_parent(op->root, f->path, true, name);
	if (dir < 0)
		return by_errno();
	last.n = strlen(name);
	o = open_regular(dir, last, O_WRONLY | O_CREAT, &fd, &st);
	if (o.status != ST_OK)
		return o;
	if (f->offset == 0 && ftruncate(fd, 0) != 0)
		return by_errno();
	for (size_t done = 0; done < f->data.n;) {
		ssize_t n = pwrite(fd, f->data.p + done, f->data.n - done,
		    (off_t)(f->offset + done));

		if (n <= 0)
			return by_errno();
		done += (size_t)n;
	}
	return good;
}

static struct outcome
delete_file(const struct fileop *op)
{
	own_fd int dir = -1, fd = -1;
	char name[NAME_MAX + 1];
	struct sbx_text last = { name, 0 };

	dir = walk_open_parent(op->root, op->file->path, false, name);
	if (dir < 0)
		return by_errno();
	if (unlinkat(dir, name, 0) == 0)
		return good;
	if (errno != EISDIR)
		return by_errno();
	last.n = strlen(name);
	fd = walk_open(dir, last, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || !walk_empty(fd) || unlinkat(dir, name, AT_REMOVEDIR) != 0)
		return by_errno();
	return good;
}

static struct outcome
make_folder(const struct fileop *op)
{
	own_fd int dir = -1, fd = -1;
	char name[NAME_MAX + 1];
	struct sbx_text last = { name, 0 };

	dir = walk_open_parent(op->root, op->file->path, true, name);
	if (dir < 0)
		return by_errno();
	if (mkdirat(dir, name, 0755) != 0 && errno != EEXIST)
		return by_errno();
	last.n = strlen(name);
	fd = walk_open(dir, last, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return refused(ST_CONFLICT, "there is a file of that name");
	return good;
}

/* What had the other name goes; a folder does not. */
static struct outcome
rename_file(const struct fileop *op)
{
	own_fd int from = -1, to = -1;
	char name[NAME_MAX + 1], new_name[NAME_MAX + 1];

	from = walk_open_parent(op->root, op->file->path, false, name);
	if (from < 0)
		return by_errno();
	to = walk_open_parent(op->root, op->file->data, true, new_name);
	if (to < 0 || renameat(from, name, to, new_name) != 0)
		return by_errno();
	return good;
}

static bool
become(const struct fileop *op)
{
	struct rlimit most = { SBX_FILE_BYTES, SBX_FILE_BYTES };

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &most) != 0)
		return false;
	return !op->privileged ||
	    (setgroups(0, NULL) == 0 &&
		setresgid(op->gid, op->gid, op->gid) == 0 &&
		setresuid(op->uid, op->uid, op->uid) == 0);
}

/* Has the workspace room for what is to be written? */
static bool
has_room(const struct fileop *op)
{
	struct walk_usage most = { op->disk_bytes, FILEOP_MAX_FILES };
	struct walk_usage now = walk_usage_get(op->root, &most);

	return now.files < most.files && now.bytes < most.bytes &&
	    most.bytes - now.bytes >= op->file->data.n;
}

static struct outcome
perform(const struct fileop *op, struct txt *out)
{
	if ((op->type == SBX_WRITE || op->type == SBX_MKDIR) && !has_room(op))
		return refused(ST_LIMIT, "the workspace is full");
	if (!become(op))
		return refused(ST_INTERNAL, "the user cannot be changed");
	(void)umask(022);
	if (op->type == SBX_LIST)
		return list(op, out);
	if (op->type == SBX_READ)
		return read_file(op, out);
	if (op->type == SBX_WRITE)
		return write_file(op);
	if (op->type == SBX_DELETE)
		return delete_file(op);
	if (op->type == SBX_RENAME)
		return rename_file(op);
	return make_folder(op);
}

int
fileop_run(const struct fileop *op, int fd)
{
	const struct sbx_text nothing = { "", 0 };
	own_txt struct txt out = { 0 };
	struct outcome o;

	txt_init(&out, FILEOP_MAX_ANSWER - 1024);
	o = perform(op, &out);
	if (o.status == ST_OK && out.overflowed)
		o = refused(ST_TOO_LARGE, "the answer would be too large");
	if (o.status != ST_OK) {
		txt_done(&out);
		txt_init(&out, 0);
		sbx_put_error(&out, op->job, o.status, o.text);
	} else if (op->type != SBX_READ)
		sbx_put_bytes(&out, SBX_DONE, op->job, nothing);
	return helper_write(fd, txt_str(&out), out.len) ? 0 : 1;
}
