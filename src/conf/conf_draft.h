/*
 * A configuration while it is read: the struct under way, what is known about
 * its providers, and the problems found.  Internal to conf.
 */
#ifndef MOLTIS_CONF_CONF_DRAFT_H
#define MOLTIS_CONF_CONF_DRAFT_H

#include <stdbool.h>

#include "base/txt.h"
#include "conf/conf.h"
#include "conf/conf_table.h"

#define CONF_NAME_BYTES 41 /* provider name and NUL */

struct conf_draft {
	struct conf *c;
	bool kind_set[CONF_MAX_PROVIDERS]; /* parallel to c->providers */
	struct txt *why;
	bool refused;
};

/* One line "WHERE: TEXT"; the configuration is refused from then on. */
void conf_problem(struct conf_draft *d, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* conf_file.c: merges one libconfig file into the draft. */
void conf_file_read(struct conf_draft *d, const char *file);

/* conf_env.c: merges MOLTIS_* over the files. */
void conf_env_read(struct conf_draft *d);

/* conf_provider.c: one key of one provider. */
void conf_provider_put(struct conf_draft *d, const char *where,
    const char *name, const char *key, const struct conf_value *v);
/* Adds the demo when there is none, fills defaults, checks the whole. */
void conf_provider_finish(struct conf_draft *d);
void conf_provider_free(struct conf_provider *p);

/* conf_check.c: rules between options; makes origins canonical. */
void conf_check(struct conf_draft *d);

#endif
