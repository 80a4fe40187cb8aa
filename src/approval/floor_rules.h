/*
 * The dangerous forms of single commands: one row a command and form.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_RULES_H
#define MOLTIS_APPROVAL_FLOOR_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "approval/floor.h"

/* Is there a rule about the command called NAME? */
bool floor_rules_knows(const char *name);
/* ARGV[0] is the bare name of the command; NULL when it is harmless. */
const struct floor_rule *floor_rules_command(const char *const *argv,
    size_t count);
/* Statements that destroy, anywhere in TEXT (lower case, single blanks). */
const struct floor_rule *floor_rules_sql(const char *text);
/* A command that is a function calling itself twice; TEXT without blanks. */
const struct floor_rule *floor_rules_fork_bomb(const char *text);

#endif
