/*
 * moltis-sandboxd: starts, limits, kills and reaps sandboxes.
 *
 * Started as root; the only part of the system that is.  It speaks to the
 * worker and to nobody else, reads no word of what users wrote, and knows no
 * database.  As an ordinary user it works where control groups are delegated.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/process.h"
#include "conf/conf_args.h"
#include "sandboxd/cell.h"
#include "sandboxd/choice.h"
#include "sandboxd/etc.h"
#include "sandboxd/guard.h"
#include "sandboxd/server.h"
#include "sandboxd/space.h"

#define SPARE_NETWORKS 2
#define PATH_BYTES 512

struct daemon {
	struct conf *conf;
	struct ev_loop *loop;
	struct sbx_host host;
	char prefix[16];
	char etc_dir[PATH_BYTES];
	char lock_path[PATH_BYTES];
	int lock;
	struct cgroups *cgroups;
	struct idents *idents;
	struct netpool *net;
	struct cells *cells;
	struct jobs *jobs;
	struct jobs_limits limits;
	struct choice *choice;
	struct server *server;
	struct server_spec listen;
	/* Why no backend can work here at all: limits or network cannot be
	 * had.  Files can be served all the same. */
	char blocked[SBX_WHY_BYTES];
	ev_signal term, interrupt;
	int exit_status;
};

_Static_assert(CONF_MAX_HOLES <= NET_MAX_ALLOW, "every exception has a place");

static const struct log_ctx log_main = { .component = "main" };

static bool
refuse(const char *field, const char *why)
{
	log_error(&log_main, "cannot start", "field=%s why=\"%s\"", field, why);
	return false;
}

/* One daemon a state folder.  The lock is the process's own: children that
 * outlive it by a moment do not hold it. */
static bool
lock_state(struct daemon *d)
{
	(void)snprintf(d->lock_path, sizeof(d->lock_path), "%.400s/lock",
	    d->host.state_dir);
	d->lock = guard_lock(d->lock_path, true);
	if (d->lock < 0)
		return refuse("sandbox.state_dir",
		    "another moltis-sandboxd uses it, or it is not writable");
	return true;
}

static void
fill_host(struct daemon *d)
{
	const struct conf_sandbox *s = &d->conf->sandbox;
	struct sbx_host *host = &d->host;
	unsigned char hash[BYTES_SHA256];
	char hex[9];

	bytes_sha256(s->state_dir, strlen(s->state_dir), hash);
	bytes_hex(hash, 4, hex);
	(void)snprintf(d->prefix, sizeof(d->prefix), "mo-%s-", hex);
	host->prefix = d->prefix;
	host->state_dir = s->state_dir;
	(void)snprintf(d->etc_dir, sizeof(d->etc_dir), "%.400s/etc",
	    s->state_dir);
	host->etc_dir = d->etc_dir;
	host->rootfs = s->rootfs;
	host->privileged = geteuid() == 0;
	host->docker_allowed = s->docker_allowed;
	for (size_t i = 0; i < s->image_count; i++)
		host->images[i] = s->images[i];
	host->image_count = s->image_count;
	host->net.is_public = s->network == NETWORK_PUBLIC;
	for (size_t i = 0; i < s->hole_count; i++)
		host->net.allow[i] = s->holes[i];
	host->net.allow_count = s->hole_count;
}

static void
fill_limits(struct daemon *d)
{
	const struct conf *c = d->conf;
	struct sbx_limits *l = &d->limits.job;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	l->memory_bytes = conf_size_bytes(c->sandbox_memory_limit);
	l->cpu_millis = (uint32_t)(c->sandbox_cpu_quota * 1000 + 0.5);
	l->pids = (uint32_t)c->sandbox_pids_max;
	l->disk_bytes = conf_size_bytes(c->sandbox.disk_limit);
	l->output_bytes = (uint32_t)c->sandbox.output_limit + SBX_REDACT_SLACK;
	d->limits.max_running = (unsigned int)c->sandbox.max_running;
	if (d->limits.max_running == 0)
		d->limits.max_running =
		    (unsigned int)(cores > 0 ? cores : 1) * 4;
	d->limits.per_account_max = (unsigned int)c->sandbox.per_account_max;
	d->limits.network = d->host.net.is_public;
}

static bool
find_worker(struct daemon *d)
{
	const char *name = d->conf->sandbox.worker_user;
	const struct passwd *pw;

	d->listen.worker_uid = geteuid();
	d->listen.worker_gid = getegid();
	if (name == NULL)
		return true;
	pw = getpwnam(name);
	if (pw == NULL)
		return refuse("sandbox.worker_user", "there is no such user");
	d->listen.worker_uid = pw->pw_uid;
	d->listen.worker_gid = pw->pw_gid;
	return true;
}

static bool
check_conf(struct daemon *d)
{
	const struct conf_sandbox *s = &d->conf->sandbox;

	if (s->socket == NULL)
		return refuse("sandbox.socket",
		    "is missing: set the path of the socket");
	if (s->state_dir == NULL)
		return refuse("sandbox.state_dir",
		    "is missing: set a folder for workspaces");
	if (!d->conf->sandbox_enabled)
		return refuse("tools.exec.sandbox.enabled",
		    "is false: no command runs, there is nothing to do");
	return find_worker(d);
}

/* What an earlier daemon left: groups with members, containers, trash. */
static void
sweep(struct daemon *d)
{
	bool clean;
	int found = cgroups_sweep(d->cgroups, &clean);

	if (found > 0)
		log_warn(&log_main, "sandboxes of an earlier run are gone",
		    "count=%d", found);
	if (!clean)
		log_error(&log_main, "some control groups stay", "");
	choice_sweep(&d->host);
}

static bool
prepare(struct daemon *d)
{
	char why[SBX_WHY_BYTES] = "", parent[32], file[PATH_BYTES];
	uid_t base = d->host.privileged ? (uid_t)d->conf->sandbox.uid_base : 0;
	const char *resolver;

	if (!space_prepare(d->host.state_dir, d->host.privileged))
		return refuse("sandbox.state_dir", strerror(errno));
	if (!lock_state(d))
		return false;
	resolver = d->host.net.is_public ? net_resolver(&d->host.net) : NULL;
	if (!etc_make(d->etc_dir, d->host.rootfs, resolver, why))
		return refuse("sandbox.state_dir", why);
	(void)snprintf(file, sizeof(file), "%.400s/accounts",
	    d->host.state_dir);
	if (ident_open(file, base, &d->idents) != ST_OK)
		return refuse("sandbox.state_dir",
		    "the file \"accounts\" in it cannot be read");
	(void)snprintf(parent, sizeof(parent), "moltis-%.8s", d->prefix + 3);
	if (cgroups_open("/proc/self/mountinfo", parent, &d->cgroups,
		d->blocked) != ST_OK)
		return true;
	sweep(d);
	if (!guard_start(d->cgroups, d->lock_path))
		return refuse("processes", strerror(errno));
	return true;
}

static void
on_stop(struct ev_loop *loop, ev_signal *w, int revents)
{
	(void)revents;
	log_info(&log_main, "stopping", "signal=%d", w->signum);
	ev_break(loop, EVBREAK_ALL);
}

static void
fail_start(struct daemon *d)
{
	d->exit_status = EXIT_FAILURE;
	ev_break(d->loop, EVBREAK_ALL);
}

/* What WHY says about the backend NAME. */
static const char *
line_of(struct txt *why, const char *name)
{
	size_t n = strlen(name);
	char *save = NULL, *line;

	if (why->data == NULL)
		return "it does not work";
	for (line = strtok_r(why->data, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			return line;
	}
	return "it does not work";
}

/* The trial is over: a forced backend must have passed; then we listen. */
static void
on_chosen(void *arg)
{
	struct daemon *d = arg;
	const char *wanted = d->conf->sandbox_backend;
	own_txt struct txt why = { 0 };

	if (choice_backend(d->choice) == NULL && strcmp(wanted, "auto") != 0) {
		choice_why(d->choice, &why);
		(void)refuse("tools.exec.sandbox.backend",
		    line_of(&why, wanted));
		fail_start(d);
		return;
	}
	d->listen.loop = d->loop;
	d->listen.path = d->conf->sandbox.socket;
	d->listen.host = &d->host;
	d->listen.jobs = d->jobs;
	d->listen.choice = d->choice;
	d->listen.idents = d->idents;
	d->listen.limits = &d->limits;
	d->server = server_new(&d->listen);
	if (d->server == NULL)
		fail_start(d);
	else
		log_info(&log_main, "started", "socket=%s cgroup=v%d",
		    d->listen.path,
		    d->cgroups == NULL ? 0 : cgroups_version(d->cgroups));
}

static void
start_parts(struct daemon *d)
{
	struct jobs_parts parts = { d->loop, &d->host, d->cgroups, d->idents,
		NULL, NULL };
	struct cells_spec spec = { d->loop, &d->host, d->cgroups,
		&d->limits.job };
	char why[NET_WHY_BYTES] = "";

	if (d->limits.network && d->blocked[0] == '\0' &&
	    !net_check(&d->host.net, why))
		(void)snprintf(d->blocked, sizeof(d->blocked),
		    "network: %.150s", why);
	if (d->limits.network && d->blocked[0] == '\0')
		d->net = netpool_new(d->loop, &d->host.net, SPARE_NETWORKS);
	parts.net = d->net;
	if (d->cgroups != NULL)
		d->cells = cells_new(&spec);
	parts.cells = d->cells;
	d->jobs = jobs_new(&parts, &d->limits);
}

static void
begin_trial(struct daemon *d)
{
	struct choice_spec spec = {
		.loop = d->loop,
		.jobs = d->jobs,
		.host = &d->host,
		.wanted = d->conf->sandbox_backend,
		.blocked = d->blocked,
		.on_first = on_chosen,
		.arg = d,
	};

	d->choice = choice_new(&spec);
}

static int
run(struct daemon *d)
{
	d->loop = ev_default_loop(EVFLAG_AUTO);
	if (d->loop == NULL)
		abort();
	ev_signal_init(&d->term, on_stop, SIGTERM);
	ev_signal_start(d->loop, &d->term);
	ev_signal_init(&d->interrupt, on_stop, SIGINT);
	ev_signal_start(d->loop, &d->interrupt);
	start_parts(d);
	begin_trial(d);
	ev_run(d->loop, 0);
	server_free(d->server);
	choice_free(d->choice);
	jobs_free(d->jobs);
	cells_free(d->cells);
	netpool_free(d->net);
	return d->exit_status;
}

static void
done(struct daemon *d)
{
	bool clean;

	if (d->cgroups != NULL)
		(void)cgroups_sweep(d->cgroups, &clean);
	cgroups_close(d->cgroups);
	ident_close(d->idents);
	conf_free(d->conf);
}

int
main(int argc, char **argv)
{
	struct daemon d = { .lock = -1 };
	struct pidfile pidfile = { .fd = -1 };
	enum log_level level;
	int status = conf_args_load(argc, argv, "moltis-sandboxd",
	    "Starts, limits and ends sandboxes for moltis-worker.", &d.conf);

	if (status >= 0)
		return status;
	log_open("moltis-sandboxd");
	if (log_level_parse(d.conf->log_level, &level))
		log_set_level(level);
	process_clean_environment();
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	status = EXIT_FAILURE;
	if (check_conf(&d) &&
	    pidfile_open(&pidfile, d.conf->sandbox.pid_file)) {
		fill_host(&d);
		fill_limits(&d);
		if (process_protect_memory() && prepare(&d))
			status = run(&d);
		pidfile_close(&pidfile);
	}
	done(&d);
	return status;
}
