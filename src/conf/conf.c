/*
 * Loading: defaults, files in order, environment, checks.  A stage collects
 * all its problems; the next one runs only after a clean one, as problems
 * that follow from others help nobody.
 */
#include "config.h"

#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/own.h"
#include "conf/conf_draft.h"

void
conf_problem(struct conf_draft *d, const char *where, const char *fmt, ...)
{
	va_list ap;

	d->refused = true;
	txt_format(d->why, "%s: ", where);
	va_start(ap, fmt);
	txt_vformat(d->why, fmt, ap);
	va_end(ap);
	txt_append_c(d->why, '\n');
}

static void
conf_set_defaults(struct conf *c)
{
	char scratch[CONF_MAX_TEXT], note[CONF_NOTE_BYTES];
	const struct conf_option *o;
	size_t count;

	o = conf_options(&count);
	for (size_t i = 0; i < count; i++) {
		struct conf_value v;

		if (o[i].dflt == NULL)
			continue;
		/* A default its own row refuses is our bug. */
		if (!conf_value_parse(&o[i], o[i].dflt, scratch, &v) ||
		    !conf_put(c, &o[i], &v, note))
			abort();
	}
}

enum status
conf_load(const char *files, struct conf **ret, struct txt *why)
{
	struct conf_draft d = { .why = why };
	own_mem char *list = mem_strdup(files == NULL ? "" : files);
	char *save = NULL, *file;

	d.c = mem_zalloc(sizeof(*d.c));
	conf_set_defaults(d.c);
	file = strtok_r(list, ":", &save);
	if (file == NULL)
		conf_problem(&d, "configuration",
		    "no file given: use --conf FILE or set MOLTIS_CONF");
	for (; file != NULL; file = strtok_r(NULL, ":", &save))
		conf_file_read(&d, file);
	if (!d.refused) {
		conf_env_read(&d);
		conf_check(&d);
		conf_provider_finish(&d);
	}
	if (d.refused) {
		conf_free(d.c);
		return ST_INVALID;
	}
	*ret = d.c;
	return ST_OK;
}

/* Connection strings may hold a password. */
static void
free_wiped(char *s)
{
	if (s != NULL)
		bytes_wipe(s, strlen(s));
	free(s);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->origin_count; i++)
		free(c->allowed_origins[i]);
	for (size_t i = 0; i < c->provider_count; i++)
		conf_provider_free(&c->providers[i]);
	free_wiped(c->db_api);
	free_wiped(c->db_worker);
	free_wiped(c->db_owner);
	free(c->external_url);
	free(c->external_host);
	free(c->fcgi_socket);
	free(c->fcgi_pid_file);
	free(c->worker_socket);
	free(c->worker_pid_file);
	free(c->log_level);
	free(c->tls_cert_path);
	free(c->tls_key_path);
	free(c->sandbox_backend);
	free(c->sandbox_memory_limit);
	for (size_t i = 0; i < c->sandbox.hole_count; i++)
		free(c->sandbox.holes[i]);
	for (size_t i = 0; i < c->sandbox.image_count; i++)
		free(c->sandbox.images[i]);
	free(c->sandbox.socket);
	free(c->sandbox.pid_file);
	free(c->sandbox.state_dir);
	free(c->sandbox.worker_user);
	free(c->sandbox.rootfs);
	free(c->sandbox.disk_limit);
	free(c->cron_sandbox_image);
	free(c->provider_default);
	free(c);
}
