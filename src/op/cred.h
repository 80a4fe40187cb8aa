/* Who calls: the credential as it was presented, and the person whom the
 * database knows by it. */
#ifndef MOLTIS_OP_CRED_H
#define MOLTIS_OP_CRED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum cred_kind { CRED_NONE, CRED_SESSION, CRED_KEY, CRED_CLI };

/* A credential as presented, hashed; the database decides what it is worth. */
struct op_cred {
	enum cred_kind kind;
	unsigned char hash[BYTES_SHA256]; /* SHA-256 of the token or key */
	char user[65]; /* CRED_CLI: user name, "" = the only administrator */
};

/* Who the database says the caller is. */
struct op_principal {
	char user_id[UUID_TEXT];
	char username[65];
	char account_id[UUID_TEXT];
	char credential_id[UUID_TEXT]; /* api key or login session */
	unsigned scopes;
	int64_t expires_ms; /* epoch ms, 0 = never */
	bool administrator; /* of the deployment */
	bool rotate;        /* login session: its token is a day old */
	/* What the worker's sockets present for a login session in place of its
	 * token, which is replaced every day; told to the worker alone. */
	bool has_socket_hash;
	unsigned char socket_hash[BYTES_SHA256];
};

#endif
