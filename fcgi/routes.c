/*
 * The REST routes.
 *
 * One table, read top to bottom; the first pattern that fits wins.  Used by
 * exchange.c for every request and by main.c for the check at the start.
 */
#include "config.h"

#include "fcgi/routes.h"

#include <string.h>

#include "op/op.h"

static const struct http_query_field page_query[] = {
	{ "limit", HTTP_QUERY_INT },
	{ NULL, HTTP_QUERY_TEXT },
};

static const struct http_query_field audit_query[] = {
	{ "limit", HTTP_QUERY_INT },
	{ "since", HTTP_QUERY_INT },
	{ "until", HTTP_QUERY_INT },
	{ NULL, HTTP_QUERY_TEXT },
};

/* clang-format off */
const struct route routes_table[] = {
	{ HTTP_GET, "/health", .handle = route_health,
	  .open = "tells only whether the deployment answers",
	  .ignores_cookie = true, .any_host = true },

	{ HTTP_GET, "/api/auth/status", .handle = route_auth_status,
	  .open = "the page asks it to choose between setup, login and chat" },
	{ HTTP_POST, "/api/auth/setup", .handle = route_auth_setup,
	  .open = "there is nobody yet; the setup code is the right",
	  .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/login", .handle = route_auth_login,
	  .open = "makes the session", .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/logout", .handle = route_auth_logout,
	  .open = "ends whatever session there is" },
	{ HTTP_POST, "/api/auth/password/change",
	  .handle = route_auth_password,
	  .open = "checks the session and the current password itself" },
	{ HTTP_POST, "/api/auth/invite/lookup", .handle = route_invite_lookup,
	  .open = "the invitation's token is the right" },
	{ HTTP_POST, "/api/auth/invite/accept", .handle = route_invite_accept,
	  .open = "the invitation's token is the right" },

	{ HTTP_POST, "/api/auth/reauth", .handle = route_auth_reauth,
	  .open = "checks the session and the password itself" },

	{ HTTP_POST, "/api/auth/passkey/auth/begin",
	  .handle = route_passkey_login_begin,
	  .open = "begins a login", .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/passkey/auth/finish",
	  .handle = route_passkey_login_finish,
	  .open = "makes the session", .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/passkey/register/begin",
	  .handle = route_passkey_register_begin,
	  .open = "checks the session and its fresh proof itself" },
	{ HTTP_POST, "/api/auth/passkey/register/finish",
	  .handle = route_passkey_register_finish,
	  .open = "checks that the session is the one that began" },
	{ HTTP_POST, "/api/auth/reauth/passkey/begin",
	  .handle = route_passkey_reauth_begin,
	  .open = "checks the session itself" },
	{ HTTP_POST, "/api/auth/reauth/passkey/finish",
	  .handle = route_passkey_reauth_finish,
	  .open = "checks that the session is the one that began" },
	{ HTTP_POST, "/api/auth/setup/passkey/register/begin",
	  .handle = route_passkey_setup_begin,
	  .open = "there is nobody yet; the setup code is the right",
	  .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/setup/passkey/register/finish",
	  .handle = route_passkey_setup_finish,
	  .open = "there is nobody yet; the setup code is the right",
	  .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/invite/passkey/begin",
	  .handle = route_passkey_invite_begin,
	  .open = "the invitation is the right", .ignores_cookie = true },
	{ HTTP_POST, "/api/auth/invite/passkey/finish",
	  .handle = route_passkey_invite_finish,
	  .open = "the invitation is the right", .ignores_cookie = true },
	{ HTTP_GET, "/api/auth/passkeys", .op = "auth.passkeys.list" },
	{ HTTP_PATCH, "/api/auth/passkeys/{id}",
	  .op = "auth.passkeys.rename", .says_ok = true },
	{ HTTP_DELETE, "/api/auth/passkeys/{id}",
	  .op = "auth.passkeys.remove", .says_ok = true },

	{ HTTP_GET, "/api/auth/whoami", .op = "auth.whoami" },
	{ HTTP_GET, "/api/auth/sessions", .op = "auth.sessions.list" },
	{ HTTP_DELETE, "/api/auth/sessions/{id}",
	  .op = "auth.sessions.revoke", .says_ok = true },
	{ HTTP_POST, "/api/auth/sessions/revoke-others",
	  .op = "auth.sessions.revoke_others" },
	{ HTTP_GET, "/api/auth/api-keys", .op = "auth.keys.list" },
	{ HTTP_POST, "/api/auth/api-keys", .op = "auth.keys.create" },
	{ HTTP_DELETE, "/api/auth/api-keys/{id}", .op = "auth.keys.revoke",
	  .says_ok = true },

	{ HTTP_GET, "/api/accounts", .op = "accounts.list" },
	{ HTTP_POST, "/api/accounts/switch", .op = "accounts.switch" },
	{ HTTP_POST, "/api/accounts/leave", .op = "accounts.leave" },
	{ HTTP_PATCH, "/api/account", .op = "accounts.rename" },
	{ HTTP_GET, "/api/members", .op = "members.list" },
	{ HTTP_PATCH, "/api/members/{user_id}", .op = "members.update" },
	{ HTTP_DELETE, "/api/members/{user_id}", .op = "members.remove" },
	{ HTTP_GET, "/api/invites", .op = "invites.list" },
	{ HTTP_POST, "/api/invites", .op = "invites.create" },
	{ HTTP_DELETE, "/api/invites/{id}", .op = "invites.revoke" },
	{ HTTP_GET, "/api/admin/users", .op = "admin.users.list",
	  .query = page_query },
	{ HTTP_PATCH, "/api/admin/users/{id}", .op = "admin.users.update" },
	{ HTTP_GET, "/api/admin/accounts", .op = "admin.accounts.list",
	  .query = page_query },
	{ HTTP_PATCH, "/api/admin/accounts/{id}",
	  .op = "admin.accounts.update" },
	{ HTTP_GET, "/api/admin/invites", .op = "admin.invites.list" },
	{ HTTP_POST, "/api/admin/invites", .op = "admin.invites.create" },
	{ HTTP_DELETE, "/api/admin/invites/{id}",
	  .op = "admin.invites.revoke" },

	{ HTTP_GET, "/api/sessions", .op = "sessions.list",
	  .query = page_query },
	{ HTTP_POST, "/api/sessions", .op = "sessions.create" },
	{ HTTP_PATCH, "/api/sessions/{key}", .op = "sessions.patch" },
	{ HTTP_DELETE, "/api/sessions/{key}", .op = "sessions.delete",
	  .says_ok = true },
	{ HTTP_GET, "/api/sessions/{sessionKey}/history",
	  .op = "chat.history", .query = page_query, .set_true = "paged" },
	{ HTTP_POST, "/api/sessions/{sessionKey}/messages",
	  .op = "chat.send" },
	{ HTTP_POST, "/api/sessions/{sessionKey}/abort", .op = "chat.abort" },

	{ HTTP_GET, "/api/sessions/{sessionKey}/workspace",
	  .op = ROUTE_ANY_OP, .handle = route_workspace_list },
	{ HTTP_GET, "/api/sessions/{sessionKey}/workspace/file",
	  .op = ROUTE_ANY_OP, .handle = route_workspace_get },
	{ HTTP_PUT, "/api/sessions/{sessionKey}/workspace/file",
	  .op = ROUTE_ANY_OP, .handle = route_workspace_put,
	  .takes_bytes = true },
	{ HTTP_DELETE, "/api/sessions/{sessionKey}/workspace/file",
	  .op = ROUTE_ANY_OP, .handle = route_workspace_remove },

	{ HTTP_GET, "/api/approvals", .op = "exec.approval.request" },
	{ HTTP_GET, "/api/approvals/history", .op = "exec.approval.history" },
	{ HTTP_POST, "/api/approvals/{requestId}/resolve",
	  .op = "exec.approval.resolve" },

	{ HTTP_GET, "/api/cron/jobs", .op = "cron.list" },
	{ HTTP_POST, "/api/cron/jobs", .op = "cron.add" },
	{ HTTP_PATCH, "/api/cron/jobs/{id}", .op = "cron.update" },
	{ HTTP_DELETE, "/api/cron/jobs/{id}", .op = "cron.remove" },
	{ HTTP_POST, "/api/cron/jobs/{id}/run", .op = "cron.run" },
	{ HTTP_GET, "/api/cron/jobs/{id}/runs", .op = "cron.runs",
	  .query = page_query },
	{ HTTP_GET, "/api/cron/status", .op = "cron.status" },
	{ HTTP_GET, "/api/audit", .op = "audit.list", .query = audit_query },
	{ HTTP_GET, "/api/audit/export", .op = "audit.list",
	  .handle = route_audit_export, .is_file = true },
	{ HTTP_GET, "/api/admin/audit", .op = "admin.audit.list",
	  .query = audit_query },

	{ HTTP_GET, "/api/status", .op = "status" },
	{ HTTP_GET, "/api/models", .op = "models.list" },
	{ HTTP_GET, "/api/bootstrap", .op = "bootstrap" },

	{ HTTP_POST, "/api/rpc", .op = ROUTE_ANY_OP,
	  .handle = route_rpc_frame },
	{ HTTP_POST, "/api/rpc/{method}", .op = ROUTE_ANY_OP,
	  .handle = route_rpc_method },
	{ .pattern = NULL },
};
/* clang-format on */

/* Copies N bytes; false when they do not fit. */
static bool
copy_part(char *out, size_t size, const char *s, size_t n)
{
	if (n == 0 || n >= size)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

static bool
match_pattern(const char *pattern, const char *path, struct route_match *match)
{
	match->arg_count = 0;
	while (*pattern != '\0' && *path != '\0') {
		size_t name_len = strcspn(pattern, "}");
		size_t value_len = strcspn(path, "/");
		struct route_arg *arg;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		if (match->arg_count == ROUTE_MAX_ARGS)
			return false;
		arg = &match->args[match->arg_count];
		if (!copy_part(arg->name, sizeof(arg->name), pattern + 1,
			name_len - 1) ||
		    !copy_part(arg->value, sizeof(arg->value), path, value_len))
			return false;
		match->arg_count++;
		pattern += name_len + 1;
		path += value_len;
	}
	return *pattern == '\0' && *path == '\0';
}

static unsigned
methods_of(const struct route *route)
{
	unsigned bits = 1u << route->method;

	return route->method == HTTP_GET ? bits | 1u << HTTP_HEAD : bits;
}

void
routes_match(const struct route *table, const char *path,
    enum http_method method, struct route_match *ret_match)
{
	struct route_match found = { .route = NULL };
	const struct route *route;

	memset(ret_match, 0, sizeof(*ret_match));
	for (route = table; route->pattern != NULL; route++) {
		if (!match_pattern(route->pattern, path, &found))
			continue;
		ret_match->methods |= methods_of(route);
		ret_match->is_open |= route->open != NULL;
		if (ret_match->route != NULL ||
		    (methods_of(route) & 1u << method) == 0)
			continue;
		ret_match->route = route;
		ret_match->arg_count = found.arg_count;
		memcpy(ret_match->args, found.args, sizeof(found.args));
	}
}

/* What is wrong with ROUTE, or NULL. */
static const char *
fault_of(const struct route *route)
{
	bool any = route->op != NULL && strcmp(route->op, ROUTE_ANY_OP) == 0;

	if (route->op == NULL && route->open == NULL)
		return "names no operation and no reason to need none";
	if (route->op != NULL && route->open != NULL)
		return "is an operation and open at once";
	if (route->open != NULL && route->open[0] == '\0')
		return "gives an empty reason";
	if ((route->open != NULL || any) && route->handle == NULL)
		return "has no handler";
	if (route->op != NULL && !any &&
	    (route->handle != NULL) != route->is_file)
		return "has a handler beside its operation, or is a file without one";
	if (route->op != NULL && !any && op_find(route->op) == NULL)
		return "names an operation that does not exist";
	if (route->method == HTTP_OPTIONS || route->method == HTTP_HEAD ||
	    route->method == HTTP_OTHER)
		return "has a method that routes do not serve";
	return NULL;
}

bool
routes_check(const struct route *table, struct txt *why)
{
	const struct route *route;
	bool ok = true;

	for (route = table; route->pattern != NULL; route++) {
		const char *fault = fault_of(route);

		if (fault == NULL)
			continue;
		txt_format(why, "route %s %s %s\n",
		    http_method_name(route->method), route->pattern, fault);
		ok = false;
	}
	return ok;
}
