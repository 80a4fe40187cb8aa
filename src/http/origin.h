/*
 * May this request do what it asks, coming from where it comes from?
 *
 * The whole cross-site decision for REST as one pure function over facts
 * (S196-S200).  CORS headers are never sent, so this is about requests that
 * change something and about keys used from foreign pages.
 */
#ifndef MOLTIS_HTTP_ORIGIN_H
#define MOLTIS_HTTP_ORIGIN_H

#include <stdbool.h>

enum http_origin {
	HTTP_ORIGIN_ABSENT,
	HTTP_ORIGIN_OURS,
	HTTP_ORIGIN_FOREIGN /* also "null", malformed, several */
};

/* Sec-Fetch-Site, which a page cannot forge. */
enum http_site {
	HTTP_SITE_ABSENT,
	HTTP_SITE_OURS,   /* "same-origin" or "none" (typed by the person) */
	HTTP_SITE_FOREIGN /* everything else */
};

struct http_origin_facts {
	enum http_origin origin;
	enum http_site site;
	bool changes_state; /* any method but GET, HEAD, OPTIONS */
	bool other_referer; /* Referer names a page that is not ours */
	bool is_post;       /* the one of them that an HTML form can send */
	bool by_cookie;     /* the cookie is what authenticates */
	bool has_body;
	bool is_json; /* Content-Type is application/json */
};

enum http_origin_verdict {
	HTTP_ORIGIN_PASS,
	HTTP_ORIGIN_REFUSE_FOREIGN, /* 403: a foreign page asks */
	HTTP_ORIGIN_REFUSE_UNKNOWN, /* 403: a cookie, and no proof of origin */
	HTTP_ORIGIN_REFUSE_MEDIA    /* 415: a form could have sent it */
};

enum http_origin_verdict http_origin_decide(
    const struct http_origin_facts *facts);

/* HEADER is Sec-Fetch-Site or NULL. */
enum http_site http_site_parse(const char *header);

#endif
