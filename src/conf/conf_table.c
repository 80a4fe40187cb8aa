/*
 * The option table: one row an option.  Loading, the environment, the
 * description and the example file all follow from it.
 */
#include "config.h"

#include "conf/conf_table.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct conf, field)

static const struct conf_word approval_words[] = {
	{ "always", APPROVAL_ALWAYS },
	{ "smart", APPROVAL_SMART },
	{ "never", APPROVAL_NEVER },
	{ "on-miss", APPROVAL_SMART },
	{ "on_miss", APPROVAL_SMART },
	{ "off", APPROVAL_NEVER },
	{ NULL, 0 },
};

static const struct conf_word security_words[] = {
	{ "deny", SECURITY_DENY },
	{ "allowlist", SECURITY_ALLOWLIST },
	{ "full", SECURITY_FULL },
	{ "strict", SECURITY_DENY },
	{ "permissive", SECURITY_FULL },
	{ NULL, 0 },
};

static const struct conf_word backend_words[] = {
	{ "auto", 0 },
	{ "runsc", 1 },
	{ "podman", 2 },
	{ "bubblewrap", 3 },
	{ "docker", 4 },
	{ "bwrap", 3 },
	{ NULL, 0 },
};

static const struct conf_word network_words[] = {
	{ "public", NETWORK_PUBLIC },
	{ "none", NETWORK_NONE },
	{ NULL, 0 },
};

static const struct conf_word agent_create_words[] = {
	{ "allow", CRON_AGENT_ALLOW },
	{ "ask", CRON_AGENT_ASK },
	{ NULL, 0 },
};

static const struct conf_word level_words[] = {
	{ "debug", 0 },
	{ "info", 1 },
	{ "warn", 2 },
	{ "error", 3 },
	{ NULL, 0 },
};

static const struct conf_option options[] = {
	{ .path = "server.external_url",
	    .type = CONF_TEXT,
	    .offset = AT(external_url),
	    .alias = "MOLTIS_EXTERNAL_URL",
	    .sentence =
		"Address people open in the browser: "
		"scheme://host[:port], https unless the host is loopback." },
	{ .path = "server.allowed_origins",
	    .type = CONF_ORIGINS,
	    .offset = AT(allowed_origins),
	    .sentence = "Further origins whose pages may use a login; "
			"external_url always may." },

	{ .path = "fcgi.socket",
	    .type = CONF_TEXT,
	    .offset = AT(fcgi_socket),
	    .no_env = true,
	    .sentence = "Unix socket on which moltis-fcgi listens." },
	{ .path = "fcgi.pid_file",
	    .type = CONF_TEXT,
	    .offset = AT(fcgi_pid_file),
	    .no_env = true,
	    .sentence = "File in which moltis-fcgi writes its process id." },
	{ .path = "fcgi.processes",
	    .type = CONF_INT,
	    .offset = AT(fcgi_processes),
	    .dflt = "2",
	    .min = 1,
	    .max = 64,
	    .sentence = "Processes of moltis-fcgi." },
	{ .path = "fcgi.threads",
	    .type = CONF_INT,
	    .offset = AT(fcgi_threads),
	    .dflt = "6",
	    .min = 1,
	    .max = 64,
	    .sentence = "Threads, each with a database connection, "
			"a process." },

	{ .path = "worker.socket",
	    .type = CONF_TEXT,
	    .offset = AT(worker_socket),
	    .no_env = true,
	    .sentence = "Unix socket on which moltis-worker listens." },
	{ .path = "worker.pid_file",
	    .type = CONF_TEXT,
	    .offset = AT(worker_pid_file),
	    .no_env = true,
	    .sentence = "File in which moltis-worker writes its process "
			"id." },
	{ .path = "worker.threads",
	    .type = CONF_INT,
	    .offset = AT(worker_threads),
	    .dflt = "6",
	    .min = 1,
	    .max = 64,
	    .sentence = "Threads for what blocks, each with a database "
			"connection." },
	{ .path = "worker.lease_secs",
	    .type = CONF_INT,
	    .offset = AT(worker_lease_secs),
	    .dflt = "10",
	    .min = 5,
	    .max = 300,
	    .sentence = "Seconds after which another worker takes over a "
			"turn whose worker is gone." },

	{ .path = "sandbox.socket",
	    .type = CONF_TEXT,
	    .offset = AT(sandbox.socket),
	    .no_env = true,
	    .sentence = "Unix socket on which moltis-sandboxd listens." },
	{ .path = "sandbox.pid_file",
	    .type = CONF_TEXT,
	    .offset = AT(sandbox.pid_file),
	    .no_env = true,
	    .sentence = "File in which moltis-sandboxd writes its process "
			"id." },
	{ .path = "sandbox.state_dir",
	    .type = CONF_TEXT,
	    .offset = AT(sandbox.state_dir),
	    .sentence = "Folder of the workspaces." },
	{ .path = "sandbox.worker_user",
	    .type = CONF_TEXT,
	    .offset = AT(sandbox.worker_user),
	    .sentence = "User of moltis-worker, who alone may connect; empty "
			"is the user of moltis-sandboxd." },
	{ .path = "sandbox.uid_base",
	    .type = CONF_INT,
	    .offset = AT(sandbox.uid_base),
	    .dflt = "2000000",
	    .min = 100000,
	    .max = 2000000000,
	    .sentence = "First of the host's user ids that accounts get; "
			"nobody else may use those above it." },

	{ .path = "database.api",
	    .type = CONF_TEXT,
	    .offset = AT(db_api),
	    .sentence = "libpq connection string of moltis-fcgi." },
	{ .path = "database.worker",
	    .type = CONF_TEXT,
	    .offset = AT(db_worker),
	    .sentence = "libpq connection string of moltis-worker." },
	{ .path = "database.owner",
	    .type = CONF_TEXT,
	    .offset = AT(db_owner),
	    .sentence = "libpq connection string of the command line." },

	{ .path = "log.level",
	    .type = CONF_CHOICE,
	    .offset = AT(log_level),
	    .dflt = "info",
	    .words = level_words,
	    .sentence = "Least severe lines that are written." },

	{ .path = "tls.enabled",
	    .type = CONF_BOOL,
	    .offset = AT(tls_enabled),
	    .dflt = "true",
	    .sentence = "HTTPS at the edge; false when another proxy in "
			"front does it." },
	{ .path = "tls.auto_generate",
	    .type = CONF_BOOL,
	    .offset = AT(tls_auto_generate),
	    .dflt = "true",
	    .sentence = "Make a certificate when none is given." },
	{ .path = "tls.cert_path",
	    .type = CONF_TEXT,
	    .offset = AT(tls_cert_path),
	    .sentence = "Certificate chain in PEM form." },
	{ .path = "tls.key_path",
	    .type = CONF_TEXT,
	    .offset = AT(tls_key_path),
	    .sentence = "Private key of the certificate." },

	{ .path = "auth.disabled",
	    .type = CONF_FALSE,
	    .dflt = "false",
	    .sentence = "Must stay false: a hosted deployment always asks "
			"who is calling." },
	{ .path = "auth.password_parallel",
	    .type = CONF_INT,
	    .offset = AT(password_parallel),
	    .dflt = "4",
	    .min = 1,
	    .max = 64,
	    .sentence = "Passwords hashed at one time by moltis-fcgi on this "
			"host, 19 MiB each; at least one a process." },

	{ .path = "tools.ssrf_allowlist",
	    .type = CONF_HOLES,
	    .offset = AT(sandbox.holes),
	    .sentence = "Private networks that tools may reach although they "
			"are private: ADDRESS[/BITS][:PORT]; never a metadata "
			"service." },
	{ .path = "tools.exec.approval_mode",
	    .type = CONF_WORD,
	    .offset = AT(approval_mode),
	    .dflt = "smart",
	    .words = approval_words,
	    .sentence = "Which commands wait for a person: always, smart "
			"(all but those proven safe) or never (dangerous)." },
	{ .path = "tools.exec.security_level",
	    .type = CONF_WORD,
	    .offset = AT(security_level),
	    .dflt = "allowlist",
	    .words = security_words,
	    .sentence = "deny refuses every command, allowlist follows the "
			"approval mode, full asks only for dangerous ones." },
	{ .path = "tools.exec.sandbox.enabled",
	    .type = CONF_BOOL,
	    .offset = AT(sandbox_enabled),
	    .dflt = "true",
	    .sentence = "Run commands in a sandbox; without one no command "
			"runs at all." },
	{ .path = "tools.exec.sandbox.backend",
	    .type = CONF_CHOICE,
	    .offset = AT(sandbox_backend),
	    .dflt = "auto",
	    .words = backend_words,
	    .sentence = "Kind of sandbox; auto takes the strongest that "
			"works." },
	{ .path = "tools.exec.sandbox.network",
	    .type = CONF_WORD,
	    .offset = AT(sandbox.network),
	    .dflt = "public",
	    .words = network_words,
	    .sentence = "What commands can reach: public addresses, or "
			"nothing." },
	{ .path = "tools.exec.sandbox.rootfs",
	    .type = CONF_TEXT,
	    .offset = AT(sandbox.rootfs),
	    .sentence = "Folder that bubblewrap shows as /, read-only; empty "
			"takes the host's /usr." },
	{ .path = "tools.exec.sandbox.docker_allowed",
	    .type = CONF_BOOL,
	    .offset = AT(sandbox.docker_allowed),
	    .dflt = "false",
	    .sentence = "May docker be used: its socket is as good as "
			"root." },
	{ .path = "tools.exec.sandbox.images",
	    .type = CONF_IMAGES,
	    .offset = AT(sandbox.images),
	    .sentence = "Images that may be used, for podman, runsc and "
			"docker; the first is the default." },
	{ .path = "tools.exec.sandbox.max_running",
	    .type = CONF_INT,
	    .offset = AT(sandbox.max_running),
	    .dflt = "0",
	    .min = 0,
	    .max = 1024,
	    .sentence = "Sandboxes at one time; 0 is four a processor." },
	{ .path = "tools.exec.sandbox.per_account_max",
	    .type = CONF_INT,
	    .offset = AT(sandbox.per_account_max),
	    .dflt = "2",
	    .min = 1,
	    .max = 64,
	    .sentence = "Sandboxes of one account at one time." },
	{ .path = "tools.exec.sandbox.resource_limits.memory_limit",
	    .type = CONF_SIZE,
	    .offset = AT(sandbox_memory_limit),
	    .dflt = "512M",
	    .sentence = "Memory of one sandbox, 64M to 1024G." },
	{ .path = "tools.exec.sandbox.resource_limits.cpu_quota",
	    .type = CONF_NUMBER,
	    .offset = AT(sandbox_cpu_quota),
	    .dflt = "1.0",
	    .min = 0.1,
	    .max = 256,
	    .sentence = "Processors of one sandbox." },
	{ .path = "tools.exec.sandbox.resource_limits.pids_max",
	    .type = CONF_INT,
	    .offset = AT(sandbox_pids_max),
	    .dflt = "256",
	    .min = 16,
	    .max = 4096,
	    .sentence = "Processes and threads in one sandbox." },
	{ .path = "tools.exec.sandbox.resource_limits.disk_limit",
	    .type = CONF_SIZE,
	    .offset = AT(sandbox.disk_limit),
	    .dflt = "1G",
	    .sentence = "Disk space of one session's files, 64M to "
			"1024G." },
	{ .path = "tools.exec.sandbox.resource_limits.output_limit",
	    .type = CONF_INT,
	    .offset = AT(sandbox.output_limit),
	    .dflt = "204800",
	    .min = 1024,
	    .max = 4194304,
	    .sentence = "Bytes of a command's output, and of its errors, "
			"that are kept." },
	{ .path = "tools.agent_timeout_secs",
	    .type = CONF_INT,
	    .offset = AT(agent_timeout_secs),
	    .dflt = "600",
	    .min = 10,
	    .max = 3600,
	    .sentence = "Longest time of one answer, in seconds." },
	{ .path = "tools.exec.approval_timeout_secs",
	    .type = CONF_INT,
	    .offset = AT(approval_timeout_secs),
	    .dflt = "120",
	    .min = 10,
	    .max = 3600,
	    .sentence = "How long a command waits for a person, in "
			"seconds." },
	{ .path = "tools.agent_max_iterations",
	    .type = CONF_INT,
	    .offset = AT(agent_max_iterations),
	    .dflt = "25",
	    .min = 1,
	    .max = 100,
	    .sentence = "Most model calls in one answer." },

	{ .path = "cron.rate_limit_max",
	    .type = CONF_INT,
	    .offset = AT(cron_rate_limit_max),
	    .dflt = "10",
	    .min = 1,
	    .max = 10000,
	    .sentence = "New scheduled jobs an account may make in one "
			"window." },
	{ .path = "cron.rate_limit_window_secs",
	    .type = CONF_INT,
	    .offset = AT(cron_rate_limit_window_secs),
	    .dflt = "60",
	    .min = 1,
	    .max = 86400,
	    .sentence = "Length of that window in seconds." },
	{ .path = "cron.max_running",
	    .type = CONF_INT,
	    .offset = AT(cron_max_running),
	    .dflt = "50",
	    .min = 1,
	    .max = 10000,
	    .sentence = "Runs of scheduled jobs at one time, of all accounts; "
			"5 of one account." },
	{ .path = "cron.agent_create",
	    .type = CONF_WORD,
	    .offset = AT(cron_agent_create),
	    .dflt = "allow",
	    .words = agent_create_words,
	    .sentence = "Jobs the agent makes that run more than once: allow, "
			"or ask, where each is off until a person switches "
			"it on." },
	{ .path = "cron.job.sandbox.enabled",
	    .type = CONF_BOOL,
	    .offset = AT(cron_sandbox_enabled),
	    .dflt = "true",
	    .sentence = "Run the commands of scheduled jobs in a "
			"sandbox." },
	{ .path = "cron.job.sandbox.image",
	    .type = CONF_TEXT,
	    .offset = AT(cron_sandbox_image),
	    .sentence = "Image for scheduled jobs; empty takes that of "
			"other commands." },

	{ .path = "limits.chat_per_min",
	    .type = CONF_INT,
	    .offset = AT(limit_chat_per_min),
	    .dflt = "30",
	    .min = 1,
	    .max = 10000,
	    .sentence = "Messages a person may send in a minute." },
	{ .path = "limits.calls_per_min",
	    .type = CONF_INT,
	    .offset = AT(limit_calls_per_min),
	    .dflt = "600",
	    .min = 1,
	    .max = 1000000,
	    .sentence = "Calls by REST a person may make in a minute." },
	{ .path = "limits.ws_calls_per_min",
	    .type = CONF_INT,
	    .offset = AT(limit_ws_calls_per_min),
	    .dflt = "3600",
	    .min = 1,
	    .max = 1000000,
	    .sentence = "Calls by WebSocket a person may make in a minute." },
	{ .path = "limits.account_calls_per_min",
	    .type = CONF_INT,
	    .offset = AT(limit_account_calls_per_min),
	    .dflt = "6000",
	    .min = 1,
	    .max = 1000000,
	    .sentence = "Calls all people of an account may make in a minute "
			"together." },
	{ .path = "limits.write_per_min",
	    .type = CONF_INT,
	    .offset = AT(limit_write_per_min),
	    .dflt = "600",
	    .min = 1,
	    .max = 100000,
	    .sentence = "Other changes a person may make in a minute." },

	{ .path = "providers.default",
	    .type = CONF_TEXT,
	    .offset = AT(provider_default),
	    .sentence = "Provider of new sessions; empty takes the first "
			"that is not the demo." },
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static const char *const provider_lines[] = {
	"providers.NAME.kind\topenai, anthropic or demo\t\t"
	"Protocol the provider speaks; required.",
	"providers.NAME.base_url\ttext\tthe kind's public address\t"
	"Address before /chat/completions or /v1/messages.",
	"providers.NAME.api_key\ttext\t\t"
	"Key sent to the provider; empty for servers that want none.",
	"providers.NAME.models\tlist of texts\t\t"
	"Model names offered, the first is the default; required.",
};

const struct conf_option *
conf_options(size_t *ret_count)
{
	*ret_count = OPTION_COUNT;
	return options;
}

const struct conf_option *
conf_option_find(const char *path)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].path, path) == 0)
			return &options[i];
	}
	return NULL;
}

bool
conf_group_check(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strncmp(options[i].path, path, n) == 0 &&
		    options[i].path[n] == '.')
			return true;
	}
	return false;
}

bool
conf_env_name(const struct conf_option *o, char out[CONF_PATH_BYTES])
{
	if (o->no_env)
		return false;
	(void)snprintf(out, CONF_PATH_BYTES, "MOLTIS_%s", o->path);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '.' ? '_' : (char)toupper((unsigned char)*p);
	return true;
}

size_t
conf_distance(const char *a, const char *b)
{
	size_t row[CONF_PATH_BYTES + 1];
	size_t n = strlen(b);

	if (n > CONF_PATH_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static const char *
last_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot == NULL ? path : dot + 1;
}

const char *
conf_hint(const char *path, char out[CONF_PATH_BYTES])
{
	char known[CONF_PATH_BYTES];
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		bool same =
		    !strcmp(last_name(path), last_name(options[i].path));

		(void)snprintf(known, sizeof(known), "%s", options[i].path);
		/* The option, then the groups it is in. */
		for (char *dot = known; dot != NULL;) {
			size_t d = conf_distance(path, known);

			/* The right name in the wrong group beats all. */
			if (!same || strcmp(known, options[i].path) != 0)
				d = d <= 2 + strlen(path) / 6
				    ? d + CONF_PATH_BYTES
				    : SIZE_MAX;
			if (d < best) {
				best = d;
				memcpy(out, known, sizeof(known));
			}
			dot = strrchr(known, '.');
			if (dot != NULL)
				*dot = '\0';
		}
	}
	return best == SIZE_MAX ? NULL : out;
}

static void
describe_type(struct txt *out, const struct conf_option *o)
{
	switch (o->type) {
	case CONF_TEXT:
		txt_append(out, "text");
		break;
	case CONF_INT:
		txt_format(out, "whole number %g..%g", o->min, o->max);
		break;
	case CONF_NUMBER:
		txt_format(out, "number %g..%g", o->min, o->max);
		break;
	case CONF_BOOL:
		txt_append(out, "true or false");
		break;
	case CONF_FALSE:
		txt_append(out, "false");
		break;
	case CONF_WORD:
	case CONF_CHOICE:
		for (const struct conf_word *w = o->words; w->word != NULL; w++)
			txt_format(out, "%s%s", w == o->words ? "" : "|",
			    w->word);
		break;
	case CONF_SIZE:
		txt_append(out, "memory size");
		break;
	case CONF_ORIGINS:
	case CONF_IMAGES:
	case CONF_HOLES:
		txt_append(out, "list of texts");
		break;
	}
}

void
conf_describe(struct txt *out)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		txt_format(out, "%s\t", options[i].path);
		describe_type(out, &options[i]);
		txt_format(out, "\t%s\t%s\n",
		    options[i].dflt == NULL ? "" : options[i].dflt,
		    options[i].sentence);
	}
	for (size_t i = 0;
	     i < sizeof(provider_lines) / sizeof(provider_lines[0]); i++)
		txt_format(out, "%s\n", provider_lines[i]);
}
