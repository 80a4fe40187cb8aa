/* Scopes and their names (S135). */
#ifndef MOLTIS_OP_SCOPE_H
#define MOLTIS_OP_SCOPE_H

#include <json-c/json.h>
#include <stdbool.h>

/* Bits as stored in the database; names "operator.read" and so on (S135). */
enum scope {
	SCOPE_NONE = 0, /* a row that forgot its scope: callable by nobody */
	SCOPE_READ = 1,
	SCOPE_WRITE = 2,
	SCOPE_ADMIN = 4, /* includes all others */
	SCOPE_APPROVALS = 8,
	SCOPE_PAIRING = 16
};
#define SCOPE_ALL 31u

bool scope_parse(const char *name, enum scope *ret); /* "operator.read" */
const char *scope_name(enum scope s);                /* one bit */
/* Admin has everything; write includes read (S135). */
bool scope_has(unsigned have, enum scope need);
/* Array of names, in the order admin read write approvals pairing. */
struct json_object *scope_json(unsigned scopes);
/* The bits of an array of names; unknown ones are none. */
unsigned scope_bits(struct json_object *names);

#endif
