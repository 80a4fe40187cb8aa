/*
 * The cross-site decision.
 *
 * Called once a request, before the operation.  Does not compare origins:
 * conf_origin_allowed does, against the configured external URL and never
 * against the request's own Host.
 */
#include "config.h"

#include "http/origin.h"

#include <stddef.h>
#include <string.h>

enum http_site
http_site_parse(const char *header)
{
	if (header == NULL)
		return HTTP_SITE_ABSENT;
	if (strcmp(header, "same-origin") == 0 || strcmp(header, "none") == 0)
		return HTTP_SITE_OURS;
	return HTTP_SITE_FOREIGN;
}

enum http_origin_verdict
http_origin_decide(const struct http_origin_facts *facts)
{
	/* Even with a key: a page that is not ours holds it. */
	if (facts->origin == HTTP_ORIGIN_FOREIGN)
		return HTTP_ORIGIN_REFUSE_FOREIGN;
	if (!facts->changes_state)
		return HTTP_ORIGIN_PASS;
	if (facts->by_cookie) {
		if (facts->site == HTTP_SITE_FOREIGN)
			return HTTP_ORIGIN_REFUSE_FOREIGN;
		/* Says less than an Origin, and only counts against. */
		if (facts->origin == HTTP_ORIGIN_ABSENT && facts->other_referer)
			return HTTP_ORIGIN_REFUSE_FOREIGN;
		if (facts->origin == HTTP_ORIGIN_ABSENT &&
		    facts->site == HTTP_SITE_ABSENT)
			return HTTP_ORIGIN_REFUSE_UNKNOWN;
	}
	/* An empty DELETE has no media to declare, and no form sends one. */
	if ((facts->has_body || (facts->by_cookie && facts->is_post)) &&
	    !facts->is_json)
		return HTTP_ORIGIN_REFUSE_MEDIA;
	return HTTP_ORIGIN_PASS;
}
