/*
 * API keys of the signed-in person (S135-S149): list, make, end.
 *
 * A key's text is in the answer that makes it and nowhere else.  How many a
 * person may have, and that no key has more rights than its person, is
 * decided by the statement.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/reply.h"
#include "auth/auth.h"
#include "base/clock.h"
#include "js/js.h"
#include "net/net.h"

#define KEY_MAX_LIVE 50
#define KEY_MAX_NETWORKS 20
#define KEY_PREFIX_CHARS 11 /* "mk_" and eight more */

/* One row a parameter. */
/* clang-format off */
const struct op_field account_key_create_params[] = {
	{ .name = "label", .type = F_TEXT, .required = true, .min = 1,
	  .max = 64 },
	{ .name = "scopes", .type = F_SCOPES, .required = true },
	{ .name = "expires_at", .type = F_INT, .nullable = true, .min = 1,
	  .max = INT64_MAX },
	{ .name = "networks", .type = F_ARRAY, .nullable = true,
	  .max = KEY_MAX_NETWORKS },
	{ .name = NULL }
};

const struct op_field account_key_revoke_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = 36,
	  .max = 36 },
	{ .name = NULL }
};
/* clang-format on */

enum status
account_key_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_ACCOUNT_KEY_LIST, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		js_set_text(o, "id", db_text(res, i, "id"));
		js_set_text(o, "label", db_text(res, i, "label"));
		js_set_text(o, "key_prefix", db_text(res, i, "key_prefix"));
		js_set(o, "scopes",
		    scope_json((unsigned)db_int(res, i, "scopes")));
		account_set_ms(o, "created_at", res, i, "created_ms");
		account_set_ms(o, "last_used_at", res, i, "last_used_ms");
		js_set_text(o, "last_used_from",
		    db_text(res, i, "last_used_from"));
		account_set_ms(o, "expires_at", res, i, "expires_ms");
		js_set(o, "networks", db_json(res, i, "networks"));
		js_push(list, o);
	}
	call->reply = js_new();
	js_set(call->reply, "api_keys", list);
	return ST_OK;
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " ")] == '\0';
}

/* IPv4 written as IPv6: who comes from there comes as IPv4. */
static bool
is_mapped(const struct net_addr *addr)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	return addr->v6 && memcmp(addr->bytes, prefix, sizeof(prefix)) == 0;
}

/* One item of `networks`: an address or a network, as PostgreSQL writes it. */
static bool
network_add(struct txt *list, struct json_object *item)
{
	char text[NET_CIDR_TEXT];
	struct net_cidr cidr;

	if (!json_object_is_type(item, json_type_string) ||
	    !net_cidr_parse(json_object_get_string(item), &cidr) ||
	    is_mapped(&cidr.addr))
		return false;
	net_cidr_format(&cidr, text);
	txt_append(list, list->len == 0 ? "{" : ",");
	txt_append(list, text);
	return true;
}

/* `networks` as an array of PostgreSQL; empty: from everywhere. */
static enum status
networks_read(struct op_call *call, struct txt *ret)
{
	struct json_object *list = js_get(call->params, "networks");
	size_t n = list == NULL ? 0 : json_object_array_length(list);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		char why[160];

		if (network_add(ret, item))
			continue;
		snprintf(why, sizeof(why),
		    "networks[%zu] is no address or network such as "
		    "192.0.2.0/24 or 2001:db8::/48 (no bits behind the "
		    "prefix)",
		    i);
		return op_fail_field(call, "networks", why);
	}
	if (n > 0)
		txt_append_c(ret, '}');
	return ST_OK;
}

/* Why nothing was inserted: too many, or more rights than the person has. */
static enum status
refuse_insert(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = op_db(call, STMT_ACCOUNT_KEY_LIST, &res);

	if (st != ST_OK)
		return st;
	if (db_rows(res) >= KEY_MAX_LIVE)
		return op_fail(call, ST_LIMIT,
		    "at most 50 API keys: revoke one first");
	(void)op_fail_field(call, "scopes",
	    "a key cannot have a scope that you do not have yourself");
	return ST_FORBIDDEN;
}

/* The rest of the answer, and what the audit trail says of it. */
static void
tell_made(struct op_call *call, const char *id, const char *key)
{
	const char *label = js_text(call->params, "label");
	struct json_object *names =
	    scope_json(scope_bits(js_get(call->params, "scopes")));

	call->reply = js_new();
	js_set_text(call->reply, "id", id);
	js_set_text(call->reply, "key", key);
	js_set_text(call->reply, "label", label);
	js_set_text_n(call->reply, "key_prefix", key, KEY_PREFIX_CHARS);
	js_set(call->reply, "scopes", names);
	call->audit = js_new();
	js_set_text(call->audit, "key_id", id);
	js_set_text(call->audit, "label", label);
	js_set(call->audit, "scopes", json_object_get(names));
}

static enum status
insert_key(struct op_call *call, const char *key,
    const unsigned char hash[BYTES_SHA256], const char *networks)
{
	own_res PGresult *res = NULL;
	int64_t expires_ms = js_int(call->params, "expires_at", 0);
	enum status st;

	if (db_queue(call->db, STMT_ACCOUNT_KEY_LOCK) != ST_OK)
		return ST_DB;
	db_bind_text(call->db, js_text(call->params, "label"));
	db_bind_text_n(call->db, key, KEY_PREFIX_CHARS);
	db_bind_bytes(call->db, hash, BYTES_SHA256);
	db_bind_int(call->db, scope_bits(js_get(call->params, "scopes")));
	if (expires_ms == 0)
		db_bind_text(call->db, NULL);
	else
		db_bind_int(call->db, expires_ms);
	db_bind_text(call->db, networks[0] == '\0' ? NULL : networks);
	db_bind_int(call->db, KEY_MAX_LIVE);
	st = op_db(call, STMT_ACCOUNT_KEY_INSERT, &res);
	if (st == ST_OK && db_rows(res) == 0)
		st = refuse_insert(call);
	if (st == ST_OK)
		tell_made(call, db_text(res, 0, "id"), key);
	return st;
}

enum status
account_key_create(struct op_call *call)
{
	own_txt struct txt networks = { 0 };
	unsigned char hash[BYTES_SHA256];
	char key[AUTH_KEY_TEXT];
	int64_t expires_ms = js_int(call->params, "expires_at", 0);
	enum status st;

	if (is_blank(js_text(call->params, "label")))
		return op_fail_field(call, "label", "label is required");
	if (expires_ms != 0 && expires_ms <= clock_wall_ms())
		return op_fail_field(call, "expires_at",
		    "expires_at must be in the future (epoch milliseconds)");
	st = networks_read(call, &networks);
	if (st != ST_OK)
		return st;
	auth_key_new(key, hash);
	st = insert_key(call, key, hash, txt_str(&networks));
	bytes_wipe(key, sizeof(key));
	return st;
}

enum status
account_key_revoke(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *id = js_text(call->params, "id");
	enum status st;

	if (!uuid_check(id))
		return op_fail(call, ST_NOT_FOUND, "no such API key");
	db_bind_text(call->db, id);
	st = op_db(call, STMT_ACCOUNT_KEY_REVOKE, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such API key");
	call->audit = js_new();
	js_set_text(call->audit, "key_id", id);
	js_set_text(call->audit, "label", db_text(res, 0, "label"));
	return account_reply_ok(call);
}
