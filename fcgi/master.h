/* The master process: the socket, the pid file and the children. */
#ifndef MOLTIS_FCGI_MASTER_H
#define MOLTIS_FCGI_MASTER_H

#include "conf/conf.h"

/* Serves until SIGTERM or SIGINT.  Returns the exit status. */
int master_run(const struct conf *conf);

#endif
