/*
 * Small allocations that abort on failure: processes are supervised and all
 * state is in PostgreSQL, so dying is the safe answer.  A size that comes from
 * a peer is limit-checked by the caller before it gets here.
 */
#ifndef MOLTIS_BASE_MEM_H
#define MOLTIS_BASE_MEM_H

#include <stddef.h>

void *mem_zalloc(size_t n);              /* zeroed; never NULL */
void *mem_array(size_t count, size_t n); /* zeroed; aborts on overflow */
void *mem_grow(void *p, size_t count, size_t n);
char *mem_strdup(const char *s); /* NULL stays NULL */
char *mem_strndup(const char *s, size_t n);

/* Copies SRC into DST of SIZE bytes; false (and DST "") when it does not fit. */
_Bool mem_copy_str(char *dst, size_t size, const char *src);

#endif
