/*
 * How data flows between the commands of one text, for the floor: from the
 * network into interpreters, from a text into a database.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_FLOW_H
#define MOLTIS_APPROVAL_FLOOR_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "approval/floor_text.h"
#include "base/txt.h"

/* Arguments of a command, count of the segment; caller frees the array. */
const char **floor_flow_argv(const struct floor_text *text, size_t segment);

/* Does the command fetch from the network, or decode? */
bool floor_flow_is_source(const char *const *argv, size_t count);
/* Does it run what it reads from its standard input? */
bool floor_flow_runs_input(const char *const *argv, size_t count);
/* Is SEGMENT a substitution inside a command that runs texts? */
bool floor_flow_feeds_shell(const struct floor_text *text, size_t segment);
/* Is there a command that does more than showing text? */
bool floor_flow_has_program(const struct floor_text *text);

/* Appends what a database may be told, lower case with single blanks; false
 * when no command of TEXT could be one. */
bool floor_flow_statements(const struct floor_text *text, struct txt *out);

#endif
