/* Approval modes: always, smart, never (S2). */
#ifndef MOLTIS_APPROVAL_MODE_H
#define MOLTIS_APPROVAL_MODE_H

#include <stdbool.h>

#include "conf/conf.h"

/* Name of the account's setting; its value is a mode's word. */
#define EXEC_MODE_SETTING "exec.approval_mode"

const char *exec_mode_word(enum conf_approval mode);
bool exec_mode_parse(const char *word, enum conf_approval *ret);
/* A asks a person more often than B. */
bool exec_mode_is_stricter(enum conf_approval a, enum conf_approval b);
/* What holds for an account: never laxer than the deployment.  ACCOUNT is the
 * stored word or NULL; an unknown one is `always`. */
enum conf_approval exec_mode_stricter(enum conf_approval deployment,
    const char *account);

#endif
