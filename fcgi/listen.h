/* The Unix socket that the edge connects to. */
#ifndef MOLTIS_FCGI_LISTEN_H
#define MOLTIS_FCGI_LISTEN_H

#include <stdbool.h>
#include <sys/stat.h>

struct listen_socket {
	int fd;           /* not blocking */
	const char *path; /* borrowed */
	struct stat made; /* tells our socket from a successor's */
};

/* Mode 0660, backlog 1024 (A3).  A socket that nobody serves any more is
 * replaced.  false: logged. */
bool listen_socket_open(struct listen_socket *s, const char *path);
/* Removes the name if it is still ours. */
void listen_socket_close(struct listen_socket *s);

#endif
