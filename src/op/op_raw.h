/*
 * Bytes beside the JSON of a call, for the transport that has a place for
 * them: an operation that moves files puts them here instead of base64.
 */
#ifndef MOLTIS_OP_OP_RAW_H
#define MOLTIS_OP_OP_RAW_H

#include <stddef.h>

struct op_raw {
	const void *in; /* borrowed; NULL: none were given */
	size_t in_bytes;
	void *out; /* for free(); filled by the handler */
	size_t out_bytes;
};

#endif
