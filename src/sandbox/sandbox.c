/*
 * The rules of a request, checked where it is made and again where it is
 * carried out: the daemon does not trust the worker's word for them.
 */
#include "config.h"

#include "sandbox/sandbox.h"

#include <ctype.h>
#include <string.h>

#include "conf/conf_sandbox.h"

#define MAX_MEMORY_BYTES (1ull << 40)

static bool
has_nul(struct sbx_text t)
{
	return t.n > 0 && memchr(t.p, '\0', t.n) != NULL;
}

static bool
is_word(const char *name, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(name, word, n) == 0;
}

/* Names that choose programs or libraries, or that only we may set. */
static bool
is_refused(const char *name, size_t n)
{
	static const char *const words[] = { "PATH", "HOME", "SHELL", "IFS",
		"BASH_ENV", "ENV", "PWD", "HTTP_PROXY", "HTTPS_PROXY",
		"http_proxy", "https_proxy", "GLIBC_TUNABLES", "GCONV_PATH" };
	static const char *const starts[] = { "LD_", "DYLD_", "BASH_FUNC_" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(name, n, words[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t k = strlen(starts[i]);

		if (n >= k && memcmp(name, starts[i], k) == 0)
			return true;
	}
	return false;
}

bool
sbx_env_name_check(const char *name, size_t n)
{
	if (n == 0 || n > SBX_MAX_ENV_NAME || isdigit((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c > 0x7f || (!isalnum(c) && c != '_'))
			return false;
	}
	return !is_refused(name, n);
}

bool
sbx_cwd_check(const char *path, size_t n)
{
	size_t start = 0;

	if (n > SBX_MAX_PATH || (n > 0 && path[0] == '/'))
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && path[i] == '\0')
			return false;
		if (i < n && path[i] != '/')
			continue;
		if (is_word(path + start, i - start, ".."))
			return false;
		start = i + 1;
	}
	return true;
}

static enum status
check_env(const struct sbx_run *run)
{
	size_t sum = 0;

	if (run->env_count > SBX_MAX_ENV)
		return ST_LIMIT;
	for (size_t i = 0; i < run->env_count; i++) {
		const struct sbx_env *e = &run->env[i];

		if (!sbx_env_name_check(e->name.p, e->name.n) ||
		    has_nul(e->value))
			return ST_INVALID;
		sum += e->name.n + e->value.n + 2;
		if (e->value.n > SBX_MAX_ENV_VALUE || sum > SBX_MAX_ENV_BYTES)
			return ST_TOO_LARGE;
	}
	return ST_OK;
}

static enum status
fail(enum status st, const char *field, const char **ret_field)
{
	*ret_field = field;
	return st;
}

enum status
sbx_run_check(const struct sbx_run *run, const char **ret_field)
{
	enum status st;

	if (run->command.n == 0 || has_nul(run->command))
		return fail(ST_INVALID, "command", ret_field);
	if (run->command.n > SBX_MAX_COMMAND)
		return fail(ST_TOO_LARGE, "command", ret_field);
	if (!sbx_cwd_check(run->cwd.p, run->cwd.n))
		return fail(ST_INVALID, "cwd", ret_field);
	st = check_env(run);
	if (st != ST_OK)
		return fail(st, "env", ret_field);
	if (run->timeout_secs > SBX_MAX_TIMEOUT_SECS)
		return fail(ST_INVALID, "timeout_secs", ret_field);
	if (run->image.n > 0 && !conf_image_check(run->image.p, run->image.n))
		return fail(ST_INVALID, "image", ret_field);
	if (run->limits.memory_bytes > MAX_MEMORY_BYTES)
		return fail(ST_INVALID, "limits", ret_field);
	return ST_OK;
}
