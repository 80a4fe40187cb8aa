/* Scopes and their names (S135): pure, the one place that knows the words. */
#include "config.h"

#include <string.h>

#include "js/js.h"
#include "op/scope.h"

/* In the order hello-ok lists them. */
static const struct {
	enum scope scope;
	const char *name;
} scopes[] = {
	{ SCOPE_ADMIN, "operator.admin" },
	{ SCOPE_READ, "operator.read" },
	{ SCOPE_WRITE, "operator.write" },
	{ SCOPE_APPROVALS, "operator.approvals" },
	{ SCOPE_PAIRING, "operator.pairing" },
};

#define SCOPE_COUNT (sizeof(scopes) / sizeof(scopes[0]))

bool
scope_parse(const char *name, enum scope *ret)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if (strcmp(scopes[i].name, name) != 0)
			continue;
		*ret = scopes[i].scope;
		return true;
	}
	return false;
}

const char *
scope_name(enum scope s)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if (scopes[i].scope == s)
			return scopes[i].name;
	}
	return "none";
}

bool
scope_has(unsigned have, enum scope need)
{
	if (need == SCOPE_NONE)
		return false;
	if (have & SCOPE_ADMIN)
		return true;
	if (need == SCOPE_READ && (have & SCOPE_WRITE))
		return true;
	return (have & (unsigned)need) != 0;
}

struct json_object *
scope_json(unsigned have)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if (have & (unsigned)scopes[i].scope)
			js_push(list, json_object_new_string(scopes[i].name));
	}
	return list;
}

unsigned
scope_bits(struct json_object *names)
{
	size_t n = names == NULL ? 0 : json_object_array_length(names);
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(names, i);
		enum scope s;

		if (json_object_is_type(o, json_type_string) &&
		    scope_parse(json_object_get_string(o), &s))
			bits |= (unsigned)s;
	}
	return bits;
}
