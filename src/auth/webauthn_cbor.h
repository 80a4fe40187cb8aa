/*
 * The part of CBOR (RFC 8949) that authenticators speak, read strictly.
 *
 * CTAP2's canonical form: definite lengths, shortest numbers, no tags, no
 * floats; text is UTF-8, no key comes twice in a map.  The order of keys is
 * not asked for: it says nothing, and real ones get it wrong.  Reads from
 * memory that the caller keeps; copies nothing.
 */
#ifndef MOLTIS_AUTH_WEBAUTHN_CBOR_H
#define MOLTIS_AUTH_WEBAUTHN_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WCBOR_MAX_DEPTH 8
#define WCBOR_MAX_BYTES 65536
#define WCBOR_MAX_PAIRS 32 /* of one map */

enum wcbor_type {
	WCBOR_UINT,  /* number */
	WCBOR_NINT,  /* -1 - number */
	WCBOR_BYTES, /* number bytes at .at */
	WCBOR_TEXT,
	WCBOR_ARRAY, /* number items follow */
	WCBOR_MAP,   /* number pairs follow */
	WCBOR_SIMPLE /* number: 20 false, 21 true, 22 null */
};

struct wcbor_item {
	enum wcbor_type type;
	uint64_t number;
	const unsigned char *at; /* WCBOR_BYTES and WCBOR_TEXT */
};

enum wcbor_fault {
	WCBOR_OK,
	WCBOR_MALFORMED, /* cut, not in the form, a key given twice */
	WCBOR_TOO_DEEP,
	WCBOR_TOO_LARGE /* bytes, or pairs of a map */
};

struct wcbor {
	const unsigned char *at, *end;
};

/* Is the value at the start of N BYTES well-formed to its end?  *RET_USED is
 * its length. */
enum wcbor_fault wcbor_check(const unsigned char *bytes, size_t n,
    size_t *ret_used);

/* The next item; of arrays and maps the head alone.  false: no more, or no
 * good; the reader stays where it was. */
bool wcbor_next(struct wcbor *c, struct wcbor_item *ret);
/* Passes one whole value, however deep, of bytes that were checked. */
bool wcbor_skip(struct wcbor *c);

bool wcbor_is_text(const struct wcbor_item *item, const char *text);
/* A number that fits; false for all else. */
bool wcbor_int(const struct wcbor_item *item, int64_t *ret);

#endif
