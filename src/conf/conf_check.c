/*
 * Rules between options, and the canonical form of origins.  Runs once all
 * files and the environment are in.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/mem.h"
#include "conf/conf_draft.h"
#include "conf/conf_origin.h"

/* Reads an origin an operator wrote: one slash at the end is forgiven. */
static bool
origin_check(struct conf_draft *d, const char *key, const char *text,
    struct conf_origin *ret_origin)
{
	char copy[CONF_ORIGIN_BYTES + 1];
	size_t n = strlen(text);

	if (n > 0 && text[n - 1] == '/')
		n--;
	if (n >= sizeof(copy))
		n = sizeof(copy) - 1; /* too long in any case */
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (!conf_origin_parse(copy, ret_origin)) {
		conf_problem(d, key, "\"%s\" is not scheme://host[:port]",
		    text);
		return false;
	}
	if (!ret_origin->https && !conf_origin_is_loopback(ret_origin)) {
		conf_problem(d, key,
		    "\"%s\" must be https:// (http:// is "
		    "only for 127.0.0.1, [::1], localhost and names below "
		    "localhost)",
		    text);
		return false;
	}
	return true;
}

/* Puts external_url first and drops what is there twice. */
static void
check_origins(struct conf_draft *d)
{
	struct conf *c = d->c;
	char text[CONF_ORIGIN_BYTES];
	char *given[CONF_MAX_ORIGINS] = { c->external_url };
	size_t count = 1 + c->origin_count;
	struct conf_origin o;

	for (size_t i = 1; i < count; i++)
		given[i] = c->allowed_origins[i - 1];
	c->external_url = NULL;
	c->origin_count = 0;
	for (size_t i = 0; i < count; i++) {
		bool known = !origin_check(d,
		    i == 0 ? "server.external_url" : "server.allowed_origins",
		    given[i], &o);

		free(given[i]);
		if (known)
			continue;
		conf_origin_format(&o, text);
		if (i == 0) {
			c->external_url = mem_strdup(text);
			c->external_host = mem_strdup(strstr(text, "//") + 2);
			c->external_https = o.https;
		}
		for (size_t k = 0; k < c->origin_count; k++)
			known |= strcmp(c->allowed_origins[k], text) == 0;
		if (!known)
			c->allowed_origins[c->origin_count++] =
			    mem_strdup(text);
	}
}

static void
check_socket(struct conf_draft *d, const char *key, const char *path)
{
	struct sockaddr_un address;

	if (path != NULL && strlen(path) >= sizeof(address.sun_path))
		conf_problem(d, key,
		    "the path of a socket may have %zu "
		    "bytes at most",
		    sizeof(address.sun_path) - 1);
}

static void
check_absolute(struct conf_draft *d, const char *key, const char *path)
{
	if (path != NULL && path[0] != '/')
		conf_problem(d, key, "must be a path that starts with /");
}

static void
check_tls(struct conf_draft *d)
{
	const struct conf *c = d->c;

	if ((c->tls_cert_path == NULL) != (c->tls_key_path == NULL))
		conf_problem(d, "tls",
		    "set both tls.cert_path and "
		    "tls.key_path, or neither");
	else if (c->external_https && c->tls_enabled && !c->tls_auto_generate &&
	    c->tls_cert_path == NULL)
		conf_problem(d, "tls",
		    "with tls.auto_generate = false, "
		    "tls.cert_path and tls.key_path are needed");
}

void
conf_check(struct conf_draft *d)
{
	const struct conf *c = d->c;

	if (c->external_url == NULL)
		conf_problem(d, "server.external_url",
		    "is missing: set the "
		    "address people open, as in \"https://moltis.example\"");
	else
		check_origins(d);
	check_socket(d, "fcgi.socket", c->fcgi_socket);
	check_socket(d, "worker.socket", c->worker_socket);
	if (c->fcgi_socket != NULL && c->worker_socket != NULL &&
	    strcmp(c->fcgi_socket, c->worker_socket) == 0)
		conf_problem(d, "worker.socket",
		    "must differ from fcgi.socket");
	check_socket(d, "sandbox.socket", c->sandbox.socket);
	check_absolute(d, "sandbox.state_dir", c->sandbox.state_dir);
	check_absolute(d, "tools.exec.sandbox.rootfs", c->sandbox.rootfs);
	check_tls(d);
}
