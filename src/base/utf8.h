/* UTF-8 checks (RFC 3629): no overlong forms, no surrogates, <= U+10FFFF. */
#ifndef MOLTIS_BASE_UTF8_H
#define MOLTIS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_check(const char *s, size_t n);

/* Bytes of the valid sequence that S starts with; 0 when there is none. */
size_t utf8_step(const char *s, size_t n);

/* Largest length <= MAX that does not cut a sequence of S in two. */
size_t utf8_cut(const char *s, size_t n, size_t max);

/* Characters (code points) in valid UTF-8. */
size_t utf8_count(const char *s, size_t n);

/* Has C0/C1 control characters other than those in ALLOWED ("\n\t" or ""). */
bool utf8_has_control(const char *s, size_t n, const char *allowed);

#endif
