/*
 * A growing, always NUL-terminated text buffer with a limit.
 *
 * Once an append would pass the limit the buffer is marked and every later
 * append does nothing: callers check once, at the end.
 */
#ifndef MOLTIS_BASE_TXT_H
#define MOLTIS_BASE_TXT_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

struct txt {
	char *data;       /* NULL until the first append */
	size_t len;       /* bytes, without the NUL */
	size_t room;      /* bytes allocated */
	size_t max_bytes; /* 0 = no limit */
	bool overflowed;
};

#define own_txt __attribute__((cleanup(txt_done)))

void txt_init(struct txt *t, size_t max_bytes);
void txt_done(struct txt *t);
void txt_reset(struct txt *t); /* keeps the memory */
void txt_append(struct txt *t, const char *s);
void txt_append_n(struct txt *t, const char *s, size_t n);
void txt_append_c(struct txt *t, char c);
void txt_format(struct txt *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void txt_vformat(struct txt *t, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Appends S as a quoted JSON string; invalid UTF-8 becomes U+FFFD. */
void txt_append_quoted(struct txt *t, const char *s, size_t n);
void txt_drop_front(struct txt *t, size_t n); /* n <= len */
const char *txt_str(const struct txt *t);     /* never NULL, borrowed */
char *txt_take(struct txt *t);                /* caller frees */

#endif
