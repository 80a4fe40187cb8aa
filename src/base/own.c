/*
 * What the cleanup attributes of own.h call at the end of a scope.  Both keep
 * errno, so that a function may return right after a failed call.
 */
#include "config.h"

#include "base/own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
own_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

void
own_mem_free(void *pp)
{
	void *p;

	/* PP points to a pointer of any type: copy it, as a cast would break
	 * the aliasing rules. */
	memcpy(&p, pp, sizeof(p));
	free(p);
	p = NULL;
	memcpy(pp, &p, sizeof(p));
}
