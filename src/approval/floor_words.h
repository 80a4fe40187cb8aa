/*
 * A tolerant reading of shell text as simple commands, for the floor.
 *
 * Quotes and escapes are gone from the words, $HOME is ~, $IFS separates.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_WORDS_H
#define MOLTIS_APPROVAL_FLOOR_WORDS_H

#include <stddef.h>

#include "approval/floor_text.h"

enum floor_mode {
	FLOOR_STRICT, /* as a shell reads it */
	FLOOR_LOOSE,  /* quotes hide nothing, here-documents are commands */
	FLOOR_CODE    /* another language: commas and brackets are blanks */
};

/* RET is ended by floor_text_done. */
void floor_words_read(const char *s, size_t n, enum floor_mode mode,
    struct floor_text *ret);

#endif
