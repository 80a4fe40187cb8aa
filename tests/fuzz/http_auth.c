/*
 * Fuzz target: the Authorization header, and all parameters of a request.
 *
 * The input is a list of "NAME=value" lines as the edge would send them; the
 * whole input is also read as one Authorization value.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "http/bearer.h"
#include "http/media.h"
#include "http/origin.h"
#include "http/request.h"

#define MAX_LINES 600

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int condition)
{
	if (!condition)
		abort();
}

static void
check_bearer(const char *header)
{
	const char *token = NULL;

	if (http_bearer_parse(header, &token) != HTTP_BEARER_OK) {
		need(token == NULL);
		return;
	}
	need(token != NULL && token[0] != '\0');
	need(strlen(token) <= HTTP_BEARER_MAX);
	need(strpbrk(token, " \t\r\n,;\"") == NULL);
}

static void
check_request(char **params)
{
	struct http_request req;
	const char *why = NULL;

	if (http_request_read(params, &req, &why) != ST_OK) {
		need(why != NULL && why[0] != '\0');
		return;
	}
	need(req.length >= 0 && req.length <= HTTP_UPLOAD_MAX);
	need(req.path.text[0] == '/');
	need(http_method_name(req.method) != NULL);
	need(req.host == NULL || strchr(req.host, ',') == NULL);
	check_bearer(req.authorization);
	(void)http_media_is_json(req.content_type);
	(void)http_site_parse(req.fetch_site);
	need(strlen(req.peer) <= HTTP_PEER_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_mem char *text = mem_strndup((const char *)data, size);
	char *params[MAX_LINES + 1], *rest = text;
	size_t count = 0;

	check_bearer(text);
	while (rest != NULL && count < MAX_LINES)
		params[count++] = strsep(&rest, "\n");
	params[count] = NULL;
	check_request(params);
	return 0;
}
