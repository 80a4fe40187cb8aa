/*
 * What a command in a sandbox is: the request, its limits, its result.
 *
 * Shared by moltis-worker, which asks, and moltis-sandboxd, which runs.  Every
 * text here is opaque: nobody on the way looks into a command.
 */
#ifndef MOLTIS_SANDBOX_SANDBOX_H
#define MOLTIS_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SBX_ID_BYTES 16             /* a UUID as bytes */
#define SBX_MAX_COMMAND (100 << 10) /* fits one argv element of Linux */
#define SBX_MAX_PATH 4096
#define SBX_MAX_ENV 100
#define SBX_MAX_ENV_NAME 128
#define SBX_MAX_ENV_VALUE (32 << 10)
#define SBX_MAX_ENV_BYTES (256 << 10) /* all names and values of a run */
#define SBX_MAX_IMAGE 255
#define SBX_TIMEOUT_SECS 30 /* when a request says 0 */
#define SBX_MAX_TIMEOUT_SECS 1800
/* What the daemon keeps beyond output_bytes, so that a secret that lies across
 * the limit is still whole when it is redacted; cut afterwards (S251). */
#define SBX_REDACT_SLACK (33 << 10)

/* A text of the wire or of the caller: not NUL-terminated, borrowed. */
struct sbx_text {
	const char *p;
	size_t n;
};

struct sbx_env {
	struct sbx_text name, value; /* value: never log, never argv */
};

/* 0 takes the deployment's value, which is also the most one can get. */
struct sbx_limits {
	uint64_t memory_bytes;
	uint32_t cpu_millis; /* 1000 = one processor */
	uint32_t pids;
	uint64_t disk_bytes;   /* of the session's workspace */
	uint32_t output_bytes; /* that are kept, of each stream */
};

enum sbx_network {
	SBX_NET_DEFAULT, /* what the deployment has */
	SBX_NET_NONE,    /* loopback only */
	SBX_NET_PUBLIC   /* public addresses, nothing private */
};

struct sbx_run {
	unsigned char account[SBX_ID_BYTES];
	unsigned char session[SBX_ID_BYTES];
	unsigned char run[SBX_ID_BYTES];
	struct sbx_text command; /* for sh -c; no NUL byte */
	struct sbx_text cwd;     /* below /workspace, "" is /workspace */
	struct sbx_env env[SBX_MAX_ENV];
	size_t env_count;
	uint32_t timeout_secs; /* 0: SBX_TIMEOUT_SECS */
	struct sbx_limits limits;
	struct sbx_text image; /* "" is the first of the configuration */
	enum sbx_network network;
};

struct sbx_result {
	int exit_code; /* 128+n for signal n */
	bool timed_out;
	bool oom_killed;
	bool canceled;     /* by KILL, or the worker went away */
	bool disk_full;    /* ended for its workspace's quota */
	bool output_flood; /* ended for more output than is drained */
	bool out_truncated, err_truncated;
	uint64_t cpu_ms, wall_ms;
	uint64_t peak_memory_bytes; /* 0 when the kernel does not say */
};

/* The rules of a request that need no other knowledge: lengths, NUL bytes,
 * names of variables (S53), cwd without "..", the grammar of the image (S46).
 * *RET_FIELD names what is wrong. */
MUST_CHECK enum status sbx_run_check(const struct sbx_run *run,
    const char **ret_field);

/* Grammars of the above; N bytes each. */
bool sbx_env_name_check(const char *name, size_t n);
bool sbx_cwd_check(const char *path, size_t n);

#endif
