/* Making credentials; what is stored is always the hash (S138, S160, S167). */
#ifndef MOLTIS_AUTH_CRED_H
#define MOLTIS_AUTH_CRED_H

#include "auth/auth.h"

void cred_token_new(char out[AUTH_TOKEN_TEXT]); /* 256 bits */
void cred_code_new(char out[AUTH_CODE_TEXT]);   /* 40 bits, XXXX-XXXX */

/* Hash of a setup code as a person typed it; false: cannot be one. */
bool cred_code_hash(const char *code, unsigned char hash[BYTES_SHA256]);

#endif
