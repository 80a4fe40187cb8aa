/*
 * The protocol between moltis-worker and moltis-sandboxd.
 *
 * Frames over a Unix stream socket: u32 length of what follows, u8 type, u32
 * job, fields.  Numbers are big-endian, texts are u32 length and bytes.  The
 * job is chosen by the worker, unique among what it has under way on that
 * connection, and comes back in every answer.  Pure: bytes in, structs out;
 * structs that were read point into the bytes.
 *
 * RUN is answered by STARTED, OUT and ERR in any number, END; or by ERROR,
 * alone or after STARTED when the sandbox broke.  KILL has no answer of its
 * own.  LIST is answered by ENTRY in any number and DONE, READ by DATA, the
 * others by DONE; all by ERROR when they fail.  STATUS is answered by REPORT.
 */
#ifndef MOLTIS_SANDBOX_SBX_WIRE_H
#define MOLTIS_SANDBOX_SBX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/txt.h"
#include "sandbox/sandbox.h"

#define SBX_HEAD_BYTES 9
#define SBX_MAX_CHUNK (1 << 20) /* file bytes in one frame */
#define SBX_MAX_FRAME (SBX_MAX_CHUNK + (64 << 10))
#define SBX_MAX_FILE (64ull << 20)
#define SBX_MAX_WHY 400

enum sbx_type {
	SBX_RUN = 1,
	SBX_KILL,
	SBX_LIST,
	SBX_READ,
	SBX_WRITE,
	SBX_DELETE,
	SBX_MKDIR,
	SBX_DROP, /* session of zeros: the whole account */
	SBX_STATUS,
	SBX_RENAME, /* onto what `data` names, whose folders are made */

	SBX_STARTED = 64,
	SBX_OUT,
	SBX_ERR,
	SBX_END,
	SBX_ERROR,
	SBX_ENTRY,
	SBX_DATA,
	SBX_DONE,
	SBX_REPORT
};

struct sbx_frame {
	enum sbx_type type;
	uint32_t job;
	struct sbx_text body;
};

/* LIST, READ, WRITE, DELETE, MKDIR, DROP and RENAME. */
struct sbx_file {
	unsigned char account[SBX_ID_BYTES];
	unsigned char session[SBX_ID_BYTES];
	struct sbx_text path; /* below the workspace; "" is itself */
	uint64_t offset;      /* READ, WRITE; WRITE at 0 empties the file */
	uint32_t size;        /* READ: most bytes; LIST: most entries */
	struct sbx_text data; /* WRITE; RENAME: the other path */
};

enum sbx_kind { SBX_KIND_FILE = 1, SBX_KIND_FOLDER, SBX_KIND_OTHER };

struct sbx_entry {
	enum sbx_kind kind;
	uint64_t size;
	int64_t mtime_ms;
	struct sbx_text name;
};

struct sbx_data {
	uint64_t file_size;
	struct sbx_text bytes; /* from the offset asked for */
};

struct sbx_report {
	bool exec_on;
	bool network; /* public addresses */
	uint32_t running, queued, max_running, per_account_max;
	struct sbx_limits limits;
	struct sbx_text backend; /* "" when there is none */
	struct sbx_text why;     /* a line for each backend not taken */
};

struct sbx_error {
	enum status status;
	struct sbx_text text; /* a sentence for the person who asked */
};

enum sbx_next { SBX_NEXT_FRAME, SBX_NEXT_MORE, SBX_NEXT_BROKEN };

/* The frame that P starts with; *RET_TAKEN are its bytes.  BROKEN: a length
 * or a type that cannot be; the connection is of no more use. */
enum sbx_next sbx_frame_next(const char *p, size_t n, struct sbx_frame *ret,
    size_t *ret_taken);

/* The gets are false for a body that is not exactly one of its kind. */
void sbx_put_run(struct txt *out, uint32_t job, const struct sbx_run *run);
bool sbx_get_run(struct sbx_text body, struct sbx_run *ret);
void sbx_put_file(struct txt *out, enum sbx_type type, uint32_t job,
    const struct sbx_file *file);
bool sbx_get_file(struct sbx_text body, struct sbx_file *ret);
/* KILL, STATUS, STARTED, DONE; OUT and ERR with BYTES as they are. */
void sbx_put_bytes(struct txt *out, enum sbx_type type, uint32_t job,
    struct sbx_text bytes);
void sbx_put_end(struct txt *out, uint32_t job, const struct sbx_result *r);
bool sbx_get_end(struct sbx_text body, struct sbx_result *ret);
void sbx_put_error(struct txt *out, uint32_t job, enum status st,
    const char *text);
bool sbx_get_error(struct sbx_text body, struct sbx_error *ret);
void sbx_put_entry(struct txt *out, uint32_t job, const struct sbx_entry *e);
bool sbx_get_entry(struct sbx_text body, struct sbx_entry *ret);
void sbx_put_data(struct txt *out, uint32_t job, const struct sbx_data *d);
bool sbx_get_data(struct sbx_text body, struct sbx_data *ret);
void sbx_put_report(struct txt *out, uint32_t job, const struct sbx_report *r);
bool sbx_get_report(struct sbx_text body, struct sbx_report *ret);

#endif
