/*
 * Authorization header parser.
 *
 * Strict on purpose: one space, nothing before or after, only the characters
 * of token68.  Does not know what a key looks like.
 */
#include "config.h"

#include "http/bearer.h"

#include <string.h>
#include <strings.h>

#define SCHEME "Bearer "
#define TOKEN68 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789-._~+/"

enum http_bearer
http_bearer_parse(const char *header, const char **ret_token)
{
	const char *token;
	size_t n;

	if (header == NULL)
		return HTTP_BEARER_ABSENT;
	if (strncasecmp(header, SCHEME, sizeof(SCHEME) - 1) != 0)
		return HTTP_BEARER_BAD;
	token = header + sizeof(SCHEME) - 1;
	n = strspn(token, TOKEN68);
	if (n == 0)
		return HTTP_BEARER_BAD;
	n += strspn(token + n, "=");
	if (n > HTTP_BEARER_MAX || token[n] != '\0')
		return HTTP_BEARER_BAD;
	*ret_token = token;
	return HTTP_BEARER_OK;
}
