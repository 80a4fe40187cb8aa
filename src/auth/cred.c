/* Credentials as presented: their form, their hash, new ones. */
#include "config.h"

#include <string.h>

#include "auth/cred.h"
#include "base/bytes.h"

#define TOKEN_CHARS 43 /* base64url of 32 bytes */

/* 32 symbols without I, O, 0 and 1, which people mix up. */
static const char code_alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

static bool
is_b64url(const char *s)
{
	return strspn(s,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789-_") == TOKEN_CHARS &&
	    s[TOKEN_CHARS] == '\0';
}

bool
auth_cred_from_key(const char *key, struct op_cred *ret)
{
	if (key == NULL || strncmp(key, "mk_", 3) != 0 || !is_b64url(key + 3))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = CRED_KEY;
	bytes_sha256(key, strlen(key), ret->hash);
	return true;
}

bool
auth_cred_from_token(const char *token, struct op_cred *ret)
{
	if (token == NULL || !is_b64url(token))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = CRED_SESSION;
	bytes_sha256(token, strlen(token), ret->hash);
	return true;
}

void
cred_token_new(char out[AUTH_TOKEN_TEXT])
{
	unsigned char raw[32];

	bytes_random(raw, sizeof(raw));
	bytes_b64url(raw, sizeof(raw), out);
	bytes_wipe(raw, sizeof(raw));
}

void
auth_key_new(char key[AUTH_KEY_TEXT], unsigned char hash[BYTES_SHA256])
{
	memcpy(key, "mk_", 3);
	cred_token_new(key + 3);
	bytes_sha256(key, AUTH_KEY_TEXT - 1, hash);
}

void
auth_invite_new(char token[AUTH_INVITE_TEXT], unsigned char hash[BYTES_SHA256])
{
	memcpy(token, "inv_", 4);
	cred_token_new(token + 4);
	bytes_sha256(token, AUTH_INVITE_TEXT - 1, hash);
}

void
auth_invite_hash(const char *token, unsigned char hash[BYTES_SHA256])
{
	if (token != NULL && strncmp(token, "inv_", 4) == 0 &&
	    is_b64url(token + 4))
		bytes_sha256(token, strlen(token), hash);
	else
		memset(hash, 0, BYTES_SHA256);
}

void
cred_code_new(char out[AUTH_CODE_TEXT])
{
	unsigned char raw[8];
	size_t at = 0;

	bytes_random(raw, sizeof(raw));
	for (size_t i = 0; i < sizeof(raw); i++) {
		if (i == 4)
			out[at++] = '-';
		out[at++] = code_alphabet[raw[i] % 32];
	}
	out[at] = '\0';
}

bool
cred_code_hash(const char *code, unsigned char hash[BYTES_SHA256])
{
	char plain[8];
	size_t n = 0;

	/* People type codes: case, blanks and the dash do not matter. */
	for (; *code != '\0'; code++) {
		char c = *code;

		if (c == '-' || c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n >= sizeof(plain) || strchr(code_alphabet, c) == NULL)
			return false;
		plain[n++] = c;
	}
	if (n != sizeof(plain))
		return false;
	bytes_sha256(plain, n, hash);
	return true;
}
