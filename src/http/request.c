/*
 * Parameters to request.
 *
 * The edge guarantees the names in PARAM_*; a client header arrives as
 * HTTP_NAME.  Duplicates are refused here because the first and the last one
 * would win in different programs (A81).  Reads no body and checks no Host.
 */
#include "config.h"

#include "http/request.h"

#include <string.h>

#include "base/bytes.h"

enum param {
	PARAM_METHOD,
	PARAM_URI,
	PARAM_TYPE,
	PARAM_LENGTH,
	PARAM_PEER,
	PARAM_HTTPS,
	PARAM_HOST,
	PARAM_ORIGIN,
	PARAM_AUTHORIZATION,
	PARAM_COOKIE,
	PARAM_SITE,
	PARAM_AGENT,
	PARAM_REQUEST_ID,
	PARAM_REFERER,
	PARAM_COUNT
};

static const char *const param_names[PARAM_COUNT] = {
	[PARAM_METHOD] = "REQUEST_METHOD",
	[PARAM_URI] = "REQUEST_URI",
	[PARAM_TYPE] = "CONTENT_TYPE",
	[PARAM_LENGTH] = "CONTENT_LENGTH",
	[PARAM_PEER] = "REMOTE_ADDR",
	[PARAM_HTTPS] = "HTTPS",
	[PARAM_HOST] = "HTTP_HOST",
	[PARAM_ORIGIN] = "HTTP_ORIGIN",
	[PARAM_AUTHORIZATION] = "HTTP_AUTHORIZATION",
	[PARAM_COOKIE] = "HTTP_COOKIE",
	[PARAM_SITE] = "HTTP_SEC_FETCH_SITE",
	[PARAM_AGENT] = "HTTP_USER_AGENT",
	[PARAM_REQUEST_ID] = "HTTP_X_REQUEST_ID",
	[PARAM_REFERER] = "HTTP_REFERER",
};

static const char *const method_names[] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
	[HTTP_OTHER] = "OTHER",
};

enum http_method
http_method_parse(const char *name)
{
	int m;

	for (m = HTTP_GET; m < HTTP_OTHER; m++)
		if (strcmp(name, method_names[m]) == 0)
			return (enum http_method)m;
	return HTTP_OTHER;
}

const char *
http_method_name(enum http_method method)
{
	return method_names[method];
}

bool
http_method_changes(enum http_method method)
{
	return method != HTTP_GET && method != HTTP_HEAD &&
	    method != HTTP_OPTIONS;
}

static int
param_of(const char *text, size_t name_len)
{
	int p;

	for (p = 0; p < PARAM_COUNT; p++)
		if (strlen(param_names[p]) == name_len &&
		    memcmp(param_names[p], text, name_len) == 0)
			return p;
	return PARAM_COUNT;
}

/* Fills VALUES; false: too many, too big, or one we use is there twice. */
static bool
collect(char *const *params, const char *values[PARAM_COUNT],
    const char **ret_why)
{
	size_t count = 0, bytes = 0;

	for (; *params != NULL; params++) {
		const char *equals = strchr(*params, '=');
		int p;

		bytes += strlen(*params);
		if (++count > HTTP_PARAMS_MAX ||
		    bytes > HTTP_PARAMS_MAX_BYTES) {
			*ret_why = "the request headers are too large";
			return false;
		}
		if (equals == NULL)
			continue;
		p = param_of(*params, (size_t)(equals - *params));
		if (p == PARAM_COUNT)
			continue;
		if (values[p] != NULL) {
			*ret_why = "a request header is given twice";
			return false;
		}
		values[p] = equals + 1;
	}
	return true;
}

/* Digits only.  More digits than any honest length are simply too large. */
static enum status
read_length(const char *text, struct http_request *req, const char **ret_why)
{
	size_t digits;

	if (text == NULL || text[0] == '\0')
		return ST_OK;
	digits = strspn(text, "0123456789");
	if (text[digits] != '\0') {
		*ret_why = "Content-Length must be a number";
		return ST_INVALID;
	}
	for (; *text != '\0'; text++) {
		req->length = req->length * 10 + (*text - '0');
		if (req->length > HTTP_UPLOAD_MAX) {
			*ret_why = "the body must not exceed 2 MiB, or 25 MiB "
				   "where a file is uploaded";
			return ST_TOO_LARGE;
		}
	}
	req->has_length = true;
	return ST_OK;
}

/* A list in a header that has one value: two headers, joined on the way. */
static bool
is_list(const char *value)
{
	return value != NULL && strchr(value, ',') != NULL;
}

/* An address as the edge writes it, "unix:" included.  It goes to the database
 * and to the log, so anything else is dropped. */
static const char *
clean_peer(const char *value)
{
	size_t n;

	if (value == NULL)
		return "";
	n = strspn(value, "0123456789abcdefABCDEF:.%unix");
	return value[n] == '\0' && n <= HTTP_PEER_MAX ? value : "";
}

static const char *
non_empty(const char *value)
{
	return value != NULL && value[0] != '\0' ? value : NULL;
}

enum status
http_request_read(char *const *params, struct http_request *ret_request,
    const char **ret_why)
{
	const char *values[PARAM_COUNT] = { NULL };
	struct http_request req = { .method = HTTP_OTHER };
	const char *id;
	enum status st;

	if (!collect(params, values, ret_why))
		return ST_INVALID;
	*ret_why = "the request has no method";
	if (values[PARAM_METHOD] == NULL)
		return ST_INVALID;
	*ret_why = "the request path is malformed";
	if (http_path_parse(values[PARAM_URI], &req.path) != ST_OK)
		return ST_INVALID;
	*ret_why = "a request header is given twice";
	if (is_list(values[PARAM_HOST]) || is_list(values[PARAM_ORIGIN]) ||
	    is_list(values[PARAM_AUTHORIZATION]))
		return ST_INVALID;
	st = read_length(values[PARAM_LENGTH], &req, ret_why);
	if (st != ST_OK)
		return st;
	id = values[PARAM_REQUEST_ID];
	req.request_id = id != NULL && uuid_check(id) ? id : NULL;
	req.method = http_method_parse(values[PARAM_METHOD]);
	req.host = values[PARAM_HOST];
	req.origin = values[PARAM_ORIGIN];
	req.authorization = values[PARAM_AUTHORIZATION];
	req.cookie = values[PARAM_COOKIE];
	req.content_type = non_empty(values[PARAM_TYPE]);
	req.fetch_site = values[PARAM_SITE];
	req.referer = non_empty(values[PARAM_REFERER]);
	req.user_agent = values[PARAM_AGENT];
	req.peer = clean_peer(values[PARAM_PEER]);
	req.https = values[PARAM_HTTPS] != NULL &&
	    strcmp(values[PARAM_HTTPS], "on") == 0;
	*ret_request = req;
	return ST_OK;
}
