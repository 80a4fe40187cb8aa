/* A child process: threads that accept, serve and close connections. */
#ifndef MOLTIS_FCGI_LOOP_H
#define MOLTIS_FCGI_LOOP_H

#include "conf/conf.h"

/* Serves LISTEN_FD with conf->fcgi_threads threads until SIGTERM or SIGINT
 * (blocked by the caller), then lets running requests end.  Returns the exit
 * status of the process. */
int loop_run(const struct conf *conf, int listen_fd);

#endif
