/*
 * moltis-canary: what a set-uid program becomes in a sandbox.
 *
 * For runtimes whose /proc does not tell whether new privileges can be had:
 * the daemon lays a copy that is root's and set-uid into the canary's sandbox,
 * and reads who it was there.  Static, because the image may have no library.
 */
#include "config.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int
main(void)
{
	dprintf(STDOUT_FILENO, "set-uid: %u\n", (unsigned int)geteuid());
	dprintf(STDOUT_FILENO, "no-new-privs: %d\n",
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return 0;
}
