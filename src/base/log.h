/*
 * Structured log: one JSON line an event on standard error (S254).
 *
 * The message is a fixed sentence; what varies goes into key=value pairs.
 * Text from users is escaped and cut to 200 characters, so that nobody can
 * forge a line.  Entry points log; library code returns a status.
 */
#ifndef MOLTIS_BASE_LOG_H
#define MOLTIS_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LVL_DEBUG, LOG_LVL_INFO, LOG_LVL_WARN, LOG_LVL_ERROR };

/* Embedded by every long-lived object, so that its lines can be found. */
struct log_ctx {
	const char *component; /* "turn", "ws", "fcgi": static text */
	char id[40];           /* the object's id, may be "" */
	char account[40];      /* account id, may be "" */
};

void log_open(const char *program); /* name in every line; static text */
void log_set_level(enum log_level level);
bool log_level_parse(const char *name, enum log_level *ret_level);

/*
 * FMT makes "key=value key=value"; values are words or "quoted text". CTX may
 * be NULL; FMT may be "".  Keys and the gaps between pairs are taken from FMT
 * itself, so a value may hold anything: it cannot start another pair.
 */
#pragma GCC diagnostic ignored "-Wformat-zero-length"
#define log_debug(ctx, msg, ...) log_line(LOG_LVL_DEBUG, ctx, msg, __VA_ARGS__)
#define log_info(ctx, msg, ...) log_line(LOG_LVL_INFO, ctx, msg, __VA_ARGS__)
#define log_warn(ctx, msg, ...) log_line(LOG_LVL_WARN, ctx, msg, __VA_ARGS__)
#define log_error(ctx, msg, ...) log_line(LOG_LVL_ERROR, ctx, msg, __VA_ARGS__)
void log_line(enum log_level level, const struct log_ctx *ctx, const char *msg,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
