/*
 * Percent-encoding (RFC 3986 section 2.1), one byte at a time, so that path
 * and query apply their own rules to every byte they get.
 */
#ifndef MOLTIS_HTTP_PERCENT_H
#define MOLTIS_HTTP_PERCENT_H

/* The byte that the "%XX" at S stands for, or -1 when S does not start with
 * a percent sign and two hexadecimal digits.  S is NUL-terminated. */
int http_percent_byte(const char *s);

#endif
