/* The arguments of the two server programs. */
#ifndef MOLTIS_CONF_ARGS_H
#define MOLTIS_CONF_ARGS_H

#include "conf/conf.h"

#define CONF_DEFAULT_FILE "/etc/moltis/moltis.conf"

/*
 * Reads `--conf FILE`... (else $MOLTIS_CONF, else CONF_DEFAULT_FILE) and loads
 * the configuration; --help and --version print on standard error.  Returns -1
 * with *RET set, which the caller frees with conf_free, or the status to exit
 * with.  DUTY is one line for --help.
 */
int conf_args_load(int argc, char **argv, const char *program, const char *duty,
    struct conf **ret);

#endif
