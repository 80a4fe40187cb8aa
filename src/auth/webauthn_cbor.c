/*
 * Strict reader of CBOR, two passes: wcbor_check() walks the whole value once
 * and refuses what is not in the form; what reads afterwards cannot be
 * surprised, and is bounded all the same.
 */
#include "config.h"

#include "auth/webauthn_cbor.h"

#include <string.h>

#include "base/utf8.h"

enum { MAJOR_TAG = 6, MAJOR_SIMPLE = 7 };

/* The number of a head: RFC 8949 section 3, shortest form only. */
static bool
head_number(struct wcbor *c, unsigned info, uint64_t *ret)
{
	size_t n = info < 24 ? 0 : (size_t)1 << (info - 24);
	uint64_t v = info;

	if (info > 27 || (size_t)(c->end - c->at) < n)
		return false;
	if (n > 0)
		v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | c->at[i];
	if ((n == 1 && v < 24) || (n == 2 && v <= UINT8_MAX) ||
	    (n == 4 && v <= UINT16_MAX) || (n == 8 && v <= UINT32_MAX))
		return false;
	c->at += n;
	*ret = v;
	return true;
}

static bool
is_string(enum wcbor_type type)
{
	return type == WCBOR_BYTES || type == WCBOR_TEXT;
}

bool
wcbor_next(struct wcbor *c, struct wcbor_item *ret)
{
	struct wcbor at = *c;
	struct wcbor_item item = { 0 };
	unsigned major, info;

	if (at.at == at.end)
		return false;
	major = *at.at >> 5;
	info = *at.at & 31u;
	at.at++;
	if (major == MAJOR_TAG || !head_number(&at, info, &item.number))
		return false;
	/* Simple values are false, true and null; the rest are floats. */
	if (major == MAJOR_SIMPLE && (info < 20 || info > 22))
		return false;
	item.type =
	    major == MAJOR_SIMPLE ? WCBOR_SIMPLE : (enum wcbor_type)major;
	if (is_string(item.type)) {
		if (item.number > (uint64_t)(at.end - at.at))
			return false;
		item.at = at.at;
		at.at += item.number;
	}
	if (item.type == WCBOR_TEXT &&
	    !utf8_check((const char *)item.at, (size_t)item.number))
		return false;
	*c = at;
	*ret = item;
	return true;
}

static enum wcbor_fault check_value(struct wcbor *c, int depth);

/* The numbers are the shortest, so equal keys are equal bytes. */
static bool
is_known(const struct wcbor *keys, size_t count, const struct wcbor *key)
{
	size_t n = (size_t)(key->end - key->at);

	for (size_t i = 0; i < count; i++) {
		if ((size_t)(keys[i].end - keys[i].at) == n &&
		    memcmp(keys[i].at, key->at, n) == 0)
			return true;
	}
	return false;
}

static enum wcbor_fault
check_map(struct wcbor *c, uint64_t pairs, int depth)
{
	struct wcbor keys[WCBOR_MAX_PAIRS];

	if (pairs > WCBOR_MAX_PAIRS)
		return WCBOR_TOO_LARGE;
	for (size_t i = 0; i < pairs; i++) {
		enum wcbor_fault fault;

		keys[i].at = c->at;
		fault = check_value(c, depth);
		keys[i].end = c->at;
		if (fault == WCBOR_OK && is_known(keys, i, &keys[i]))
			return WCBOR_MALFORMED;
		if (fault == WCBOR_OK)
			fault = check_value(c, depth);
		if (fault != WCBOR_OK)
			return fault;
	}
	return WCBOR_OK;
}

/* DEPTH is that of the value: 1 for the outermost. */
static enum wcbor_fault
check_value(struct wcbor *c, int depth)
{
	enum wcbor_fault fault = WCBOR_OK;
	struct wcbor_item item;

	if (depth > WCBOR_MAX_DEPTH)
		return WCBOR_TOO_DEEP;
	if (!wcbor_next(c, &item))
		return WCBOR_MALFORMED;
	if (item.type == WCBOR_MAP)
		return check_map(c, item.number, depth + 1);
	if (item.type != WCBOR_ARRAY)
		return WCBOR_OK;
	for (uint64_t i = 0; i < item.number && fault == WCBOR_OK; i++)
		fault = check_value(c, depth + 1);
	return fault;
}

enum wcbor_fault
wcbor_check(const unsigned char *bytes, size_t n, size_t *ret_used)
{
	struct wcbor c = { bytes, bytes + n };
	enum wcbor_fault fault;

	if (n > WCBOR_MAX_BYTES)
		return WCBOR_TOO_LARGE;
	fault = check_value(&c, 1);
	if (fault == WCBOR_OK)
		*ret_used = (size_t)(c.at - bytes);
	return fault;
}

bool
wcbor_skip(struct wcbor *c)
{
	size_t used;

	if (wcbor_check(c->at, (size_t)(c->end - c->at), &used) != WCBOR_OK)
		return false;
	c->at += used;
	return true;
}

bool
wcbor_is_text(const struct wcbor_item *item, const char *text)
{
	return item->type == WCBOR_TEXT && item->number == strlen(text) &&
	    memcmp(item->at, text, strlen(text)) == 0;
}

bool
wcbor_int(const struct wcbor_item *item, int64_t *ret)
{
	if (item->number > INT64_MAX)
		return false;
	if (item->type == WCBOR_UINT)
		*ret = (int64_t)item->number;
	else if (item->type == WCBOR_NINT)
		*ret = -1 - (int64_t)item->number;
	else
		return false;
	return true;
}
