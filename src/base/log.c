/*
 * The log writer.
 *
 * A line is built in one buffer and written with one write(2), so that lines
 * of several threads and processes do not mix.  The pairs of the format are
 * told apart before the values are put in: each gap becomes a mark with a
 * random part, which nobody outside can place in a value.
 */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/txt.h"
#include "base/utf8.h"

#define LOG_MAX_CHARS 200    /* of one value (S254) */
#define LOG_MAX_LINE 4000    /* below PIPE_BUF: one write stays whole */
#define LOG_MAX_VALUES 65536 /* formatted values, before they are cut */
#define LOG_MARK_BYTES 18    /* 0x01 and 16 hex digits, NUL */

static const char *const level_names[] = {
	[LOG_LVL_DEBUG] = "debug",
	[LOG_LVL_INFO] = "info",
	[LOG_LVL_WARN] = "warn",
	[LOG_LVL_ERROR] = "error",
};

/* Keys of the line itself: a pair of the same name gets a "_". */
static const char *const own_keys[] = {
	"time",
	"level",
	"program",
	"pid",
	"component",
	"id",
	"account",
	"msg",
};

static const char *_Atomic log_program = "moltis";
static _Atomic int log_threshold = LOG_LVL_INFO;

static void log_head(struct txt *line, enum log_level level,
    const struct log_ctx *ctx, const char *msg);
static void log_pairs(struct txt *line, const char *mark, const char *text);
static void log_mark_format(struct txt *out, const char *fmt, const char *mark);
static void log_write(const struct txt *line);

void
log_open(const char *program)
{
	log_program = program;
}

void
log_set_level(enum log_level level)
{
	log_threshold = (int)level;
}

bool
log_level_parse(const char *name, enum log_level *ret_level)
{
	for (int i = LOG_LVL_DEBUG; i <= LOG_LVL_ERROR; i++) {
		if (name != NULL && strcasecmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void
log_line(enum log_level level, const struct log_ctx *ctx, const char *msg,
    const char *fmt, ...)
{
	own_txt struct txt line = { 0 };
	own_txt struct txt marked = { 0 };
	own_txt struct txt values = { .max_bytes = LOG_MAX_VALUES };
	unsigned char nonce[8];
	char mark[LOG_MARK_BYTES] = "\x01";
	va_list ap;

	if ((int)level < log_threshold)
		return;
	bytes_random(nonce, sizeof(nonce));
	bytes_hex(nonce, sizeof(nonce), mark + 1);
	log_head(&line, level, ctx, msg);
	log_mark_format(&marked, fmt == NULL ? "" : fmt, mark);
	va_start(ap, fmt);
	/* The copy has FMT's conversions in FMT's order and no others. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	txt_vformat(&values, txt_str(&marked), ap);
#pragma GCC diagnostic pop
	va_end(ap);
	log_pairs(&line, mark, txt_str(&values));
	if (values.overflowed)
		txt_append(&line, ",\"cut\":true");
	txt_append(&line, "}\n");
	log_write(&line);
}

static void
log_value(struct txt *line, const char *key, const char *s, size_t n)
{
	size_t at = 0;

	for (int chars = 0; at < n && chars < LOG_MAX_CHARS; chars++) {
		size_t step = utf8_step(s + at, n - at);

		at += step == 0 ? 1 : step;
	}
	txt_format(line, ",\"%s\":", key);
	txt_append_quoted(line, s, at);
}

static void
log_head(struct txt *line, enum log_level level, const struct log_ctx *ctx,
    const char *msg)
{
	struct timespec now = { 0 };
	struct tm utc = { 0 };
	char when[40];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
	txt_format(line, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\"", when,
	    now.tv_nsec / 1000000, level_names[level]);
	log_value(line, "program", log_program, strlen(log_program));
	txt_format(line, ",\"pid\":%ld", (long)getpid());
	if (ctx != NULL && ctx->component != NULL)
		log_value(line, "component", ctx->component,
		    strlen(ctx->component));
	if (ctx != NULL && ctx->id[0] != '\0')
		log_value(line, "id", ctx->id,
		    strnlen(ctx->id, sizeof(ctx->id)));
	if (ctx != NULL && ctx->account[0] != '\0')
		log_value(line, "account", ctx->account,
		    strnlen(ctx->account, sizeof(ctx->account)));
	log_value(line, "msg", msg, strlen(msg));
}

/* Copies FMT with MARK for the spaces between pairs and without the quotes
 * around values.  A bare %s gets a limit: no text is read further than it can
 * be shown, and none can crowd out the pairs behind it. */
static void
log_mark_format(struct txt *out, const char *fmt, const char *mark)
{
	bool quoted = false;

	for (const char *p = fmt; *p != '\0'; p++) {
		if (*p == '"') {
			quoted = !quoted;
		} else if (*p == ' ' && !quoted) {
			txt_append(out, mark);
		} else if (p[0] == '%' && p[1] == 's') {
			txt_format(out, "%%.%ds", 4 * (LOG_MAX_CHARS + 1));
			p++;
		} else if (p[0] == '%' && p[1] == '%') {
			txt_append(out, "%%");
			p++;
		} else {
			txt_append_c(out, *p);
		}
	}
}

static bool
log_key_is_ours(const char *key, size_t n)
{
	for (size_t i = 0; i < sizeof(own_keys) / sizeof(own_keys[0]); i++) {
		if (strlen(own_keys[i]) == n && !memcmp(own_keys[i], key, n))
			return true;
	}
	return false;
}

static void
log_pairs(struct txt *line, const char *mark, const char *text)
{
	for (const char *p = text; *p != '\0';) {
		const char *end = strstr(p, mark);
		size_t n = end == NULL ? strlen(p) : (size_t)(end - p);
		const char *eq = memchr(p, '=', n);
		size_t key_n = eq == NULL ? n : (size_t)(eq - p);
		char key[64];

		/* A character takes at most six bytes, as in \u001b. */
		if (line->len + sizeof(key) +
			6 * (n < LOG_MAX_CHARS ? n : LOG_MAX_CHARS) >
		    LOG_MAX_LINE) {
			txt_append(line, ",\"cut\":true");
			return;
		}
		(void)snprintf(key, sizeof(key), "%.*s%s",
		    (int)(key_n < 60 ? key_n : 60), p,
		    log_key_is_ours(p, key_n) ? "_" : "");
		if (eq != NULL)
			log_value(line, key, eq + 1, n - key_n - 1);
		else if (n > 0)
			log_value(line, key, "", 0);
		p += end == NULL ? n : n + strlen(mark);
	}
}

static void
log_write(const struct txt *line)
{
	size_t at = 0;

	while (at < line->len) {
		ssize_t n =
		    write(STDERR_FILENO, line->data + at, line->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody reads the log; nobody to tell */
		at += (size_t)n;
	}
}
