/*
 * Allocation that cannot fail: it aborts instead, with one sentence on
 * standard error.  It does not log, because the log allocates.
 */
#include "config.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void mem_die(const char *why) __attribute__((noreturn));

void *
mem_zalloc(size_t n)
{
	return mem_array(1, n);
}

void *
mem_array(size_t count, size_t n)
{
	/* Never zero bytes: NULL would be a legal answer then. */
	void *p = count == 0 || n == 0 ? calloc(1, 1) : calloc(count, n);

	if (p == NULL)
		mem_die("out of memory\n");
	return p;
}

void *
mem_grow(void *p, size_t count, size_t n)
{
	size_t total;
	void *q;

	if (__builtin_mul_overflow(count, n, &total))
		mem_die("allocation size overflows\n");
	q = realloc(p, total == 0 ? 1 : total);
	if (q == NULL)
		mem_die("out of memory\n");
	return q;
}

char *
mem_strdup(const char *s)
{
	return s == NULL ? NULL : mem_strndup(s, strlen(s));
}

char *
mem_strndup(const char *s, size_t n)
{
	size_t len;
	char *copy;

	if (s == NULL)
		return NULL;
	len = strnlen(s, n);
	copy = mem_zalloc(len + 1);
	memcpy(copy, s, len);
	return copy;
}

_Bool
mem_copy_str(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size);

	if (size == 0)
		return 0;
	if (len == size) {
		dst[0] = '\0';
		return 0;
	}
	memcpy(dst, src, len + 1);
	return 1;
}

static void
mem_die(const char *why)
{
	/* Nothing useful can be done when even this write fails. */
	ssize_t ignored = write(STDERR_FILENO, why, strlen(why));

	(void)ignored;
	abort();
}
