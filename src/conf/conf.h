/*
 * Deployment configuration: libconfig files merged in order, then MOLTIS_*
 * environment, checked against one option table (S285).
 *
 * The environment name of an option is MOLTIS_ and its path in upper case with
 * '_' for '.', e.g. MOLTIS_TOOLS_EXEC_APPROVAL_MODE; lists are separated by
 * commas; an empty variable counts as unset.  MOLTIS_EXTERNAL_URL is a second
 * name of server.external_url, and a provider of the files takes
 * MOLTIS_PROVIDERS_<NAME>_API_KEY, _BASE_URL and _MODELS.  Sockets and pid
 * files have no override: tools export variables of those names.
 *
 * Unknown keys, wrong types and values out of range are errors that name the
 * key, the file and the nearest known name.  auth.disabled = true, an
 * http:// external_url that is not loopback, or an unknown enum word refuse
 * the start.  MOLTIS_BEHIND_PROXY is forced on; a value that says otherwise
 * is ignored with a warning.
 */
#ifndef MOLTIS_CONF_CONF_H
#define MOLTIS_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/status.h"
#include "base/txt.h"
#include "conf/conf_sandbox.h"

#define CONF_MAX_ORIGINS 8
#define CONF_MAX_PROVIDERS 16
#define CONF_MAX_MODELS 32

enum conf_approval { APPROVAL_SMART, APPROVAL_ALWAYS, APPROVAL_NEVER };
enum conf_cron_agent { CRON_AGENT_ALLOW, CRON_AGENT_ASK };
enum conf_security { SECURITY_DENY, SECURITY_ALLOWLIST, SECURITY_FULL };
enum conf_provider_kind { PROVIDER_DEMO, PROVIDER_OPENAI, PROVIDER_ANTHROPIC };

struct conf_provider {
	char *name;
	enum conf_provider_kind kind;
	char *base_url;        /* without trailing slash; NULL for demo */
	struct secret api_key; /* may be unset (local model servers) */
	char *models[CONF_MAX_MODELS];
	size_t model_count;
};

struct conf {
	char *external_url;  /* origin only: scheme://host[:port] */
	char *external_host; /* host[:port], default port left out */
	bool external_https;
	char *allowed_origins[CONF_MAX_ORIGINS]; /* first is external_url */
	size_t origin_count;

	char *fcgi_socket;
	char *fcgi_pid_file;
	int fcgi_processes; /* 1..64, default 2 */
	int fcgi_threads;   /* 1..64, default 6 */
	char *worker_socket;
	char *worker_pid_file;
	int worker_threads;    /* 1..64, default 6 */
	int worker_lease_secs; /* 5..300, default 10 */

	char *db_api;    /* libpq connection strings; may be NULL in */
	char *db_worker; /* programs that do not use them */
	char *db_owner;

	char *log_level;
	bool tls_enabled; /* read by deploy; checked here */
	bool tls_auto_generate;
	char *tls_cert_path;
	char *tls_key_path;

	int password_parallel; /* hashes at one time, fcgi; default 4, 1..64 */

	enum conf_approval approval_mode;
	enum conf_security security_level; /* default allowlist */
	bool sandbox_enabled;
	char *sandbox_backend;
	char *sandbox_memory_limit;
	double sandbox_cpu_quota;
	int sandbox_pids_max;
	struct conf_sandbox sandbox;
	int cron_rate_limit_max;         /* default 10 */
	int cron_rate_limit_window_secs; /* default 60 */
	enum conf_cron_agent cron_agent_create;
	int cron_max_running;      /* default 50 */
	bool cron_sandbox_enabled; /* default true */
	char *cron_sandbox_image;  /* NULL: the image of exec */
	int limit_chat_per_min;  /* chat.send a person, default 30, 1..10000 */
	int limit_write_per_min; /* other changes, default 600, 1..100000 */
	int limit_calls_per_min; /* REST calls a person, default 600 */
	int limit_ws_calls_per_min;      /* WebSocket calls a person, 3600 */
	int limit_account_calls_per_min; /* all of an account, 6000 */
	int agent_timeout_secs;          /* default 600, 10..3600 */
	int approval_timeout_secs; /* a person has; default 120, 10..3600 */
	int agent_max_iterations;  /* default 25, 1..100 */

	char *provider_default; /* NULL: first real one, else demo */
	struct conf_provider providers[CONF_MAX_PROVIDERS];
	size_t provider_count; /* >= 1: demo is added when none is given */
};

/*
 * Reads FILES (colon-separated list, later ones override key by key) and the
 * environment.  ST_INVALID: WHY holds one line a problem, ready to print.
 * The caller frees *RET with conf_free.
 */
MUST_CHECK enum status conf_load(const char *files, struct conf **ret,
    struct txt *why);
void conf_free(struct conf *c);

/* Origin text equal to one of the allowed ones: scheme and host compared
 * without case, default ports elided (S196).  Malformed is false. */
bool conf_origin_allowed(const struct conf *c, const char *origin);
/* Host header equal to the host[:port] of one of the allowed origins (S198). */
bool conf_host_allowed(const struct conf *c, const char *host);

/* The provider that serves MODEL ("name::model", or a bare model id; NULL or
 * "" = the default model of the default provider).  NULL when unknown.
 * *RET_MODEL is the bare model id, borrowed from the configuration. */
const struct conf_provider *conf_provider_find(const struct conf *c,
    const char *model, const char **ret_model);

/* One line an option: name, type, default, sentence. For doc and the CLI. */
void conf_describe(struct txt *out);

#endif
