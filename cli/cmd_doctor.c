/*
 * doctor: is this deployment what it promises to be?
 *
 * Checks the configuration and the sockets; the database is doctor_db.c.
 * Changes nothing, so that it can be run at any time.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "auth/local.h"
#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/say.h"

static void line(const char *kind, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
line(const char *kind, const char *fmt, va_list ap)
{
	own_txt struct txt text = { 0 };
	own_txt struct txt out = { 0 };

	txt_vformat(&text, fmt, ap);
	say_escape(&out, txt_str(&text));
	printf("%-4s %s\n", kind, txt_str(&out));
}

void
doctor_ok(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	(void)d;
	va_start(ap, fmt);
	line("ok", fmt, ap);
	va_end(ap);
}

void
doctor_note(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	(void)d;
	va_start(ap, fmt);
	line("note", fmt, ap);
	va_end(ap);
}

void
doctor_fail(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	d->failed = true;
	va_start(ap, fmt);
	line("FAIL", fmt, ap);
	va_end(ap);
}

/* Prints each problem as a line of its own; NULL when there are any. */
static struct conf *
check_configuration(struct doctor *d, const char *files)
{
	own_txt struct txt why = { 0 };
	struct conf *conf = NULL;
	const char *at;

	if (conf_load(files, &conf, &why) == ST_OK) {
		doctor_ok(d, "configuration: %s", files);
		return conf;
	}
	for (at = txt_str(&why); *at != '\0';) {
		size_t n = strcspn(at, "\n");

		doctor_fail(d, "configuration: %.*s", (int)n, at);
		at += n + (at[n] == '\n');
	}
	return NULL;
}

/* The friendliest request there is must still be asked for a credential. */
static void
check_proxy(struct doctor *d)
{
	const struct auth_request_facts friendly = {
		.behind_proxy = true,
		.host_loopback = true,
		.peer_loopback = true,
	};
	const char *text = getenv("MOLTIS_BEHIND_PROXY");

	if (is_local_connection(&friendly))
		doctor_fail(d,
		    "behind-proxy: a request through the proxy "
		    "counts as local: do not run this program");
	else
		doctor_ok(d,
		    "behind-proxy: always on, no request counts as "
		    "local");
	if (text != NULL &&
	    (strcasecmp(text, "0") == 0 || strcasecmp(text, "false") == 0 ||
		strcasecmp(text, "off") == 0 || strcasecmp(text, "no") == 0))
		doctor_note(d,
		    "behind-proxy: MOLTIS_BEHIND_PROXY=%s is "
		    "ignored: remove it",
		    text);
}

/* conf_load refuses the dangerous values; what is left is worth a look. */
static void
check_values(struct doctor *d, const struct conf *conf)
{
	if (conf->external_https)
		doctor_ok(d, "external_url: %s", conf->external_url);
	else if (auth_host_is_loopback(conf->external_host))
		doctor_note(d,
		    "external_url: %s is plain http, good for this "
		    "machine only",
		    conf->external_url);
	else
		doctor_fail(d, "external_url: %s is plain http: use https",
		    conf->external_url);
	doctor_ok(d, "auth.disabled: false, everybody signs in");
	if (conf->external_https && !conf->tls_enabled)
		doctor_note(d,
		    "tls.enabled: false: something in front of the "
		    "edge must speak https");
	if (!conf->sandbox_enabled)
		doctor_note(d,
		    "tools.exec.sandbox.enabled: false: commands "
		    "are refused");
}

static void
check_socket(struct doctor *d, const char *name, const char *path)
{
	struct stat sb;

	if (path == NULL) {
		doctor_note(d, "%s: not set", name);
	} else if (stat(path, &sb) != 0) {
		if (errno == ENOENT)
			doctor_note(d,
			    "%s: %s is not there: the program does "
			    "not run",
			    name, path);
		else
			doctor_note(d, "%s: cannot look at %s: %s", name, path,
			    strerror(errno));
	} else if (!S_ISSOCK(sb.st_mode)) {
		doctor_fail(d, "%s: %s is no socket: remove it", name, path);
	} else if ((sb.st_mode & 07) != 0) {
		doctor_fail(d,
		    "%s: %s has mode %04o, others may connect: it "
		    "must be 0660",
		    name, path, (unsigned)(sb.st_mode & 07777));
	} else {
		doctor_ok(d, "%s: %s has mode %04o", name, path,
		    (unsigned)(sb.st_mode & 07777));
	}
}

enum cli_exit
cmd_doctor(const struct cli_args *args)
{
	struct doctor d = { 0 };
	struct conf *conf = check_configuration(&d, txt_str(&args->files));

	check_proxy(&d);
	if (conf != NULL) {
		check_values(&d, conf);
		doctor_database(&d, conf);
		check_socket(&d, "fcgi.socket", conf->fcgi_socket);
		check_socket(&d, "worker.socket", conf->worker_socket);
	}
	conf_free(conf);
	return d.failed ? CLI_FAILED : CLI_OK;
}
