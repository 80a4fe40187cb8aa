/*
 * The audit trails: who did what, read, exported and checked.
 *
 * Entries are written by the gate and by functions of the database, in the
 * transaction of what they tell about, and never here.  An account's trail is
 * for its administrators, the deployment's own for those of the deployment.
 */
#ifndef MOLTIS_AUDIT_AUDIT_H
#define MOLTIS_AUDIT_AUDIT_H

#include "op/op.h"

#define AUDIT_LIST_MAX 200

extern const struct op_field audit_list_params[];
enum status audit_list(struct op_call *call);
enum status audit_admin_list(struct op_call *call);

/* A page elsewhere that came with the cookie of CRED: noted in the account of
 * that cookie, at most once a minute.  Failures are nobody's who waits. */
void audit_origin_rejected(struct db *db, const struct op_cred *cred,
    const char *origin, const char *via, const char *peer);

/* What checking a chain came to. */
struct audit_verdict {
	int64_t entries; /* that are there and good */
	int64_t newest;  /* number of the last of them */
	char hash[65];   /* of that one, hex */
	int64_t bad;     /* number of the first bad entry, -1 = none */
	char fault[160]; /* what is wrong with it */
};

/* Reads the whole chain of ACCOUNT (NULL: the deployment's own) with the
 * owner's connection DB. */
MUST_CHECK enum status audit_verify(struct db *db, const char *account,
    struct audit_verdict *ret);

/* export.c: entries as files.  An entry is what audit_list answers. */
void audit_csv_head(struct txt *out);
void audit_csv_row(struct txt *out, struct json_object *entry);
void audit_jsonl_row(struct txt *out, struct json_object *entry);
/* One field of RFC 4180, which no spreadsheet takes for a formula (S277). */
void audit_csv_field(struct txt *out, const char *s, size_t n);

#endif
