/*
 * Approval modes as words, and which of two asks more often (S2).  Pure; an
 * unknown word is the strictest mode: fail closed.
 */
#include "config.h"

#include "approval/mode.h"

#include <string.h>

const char *
exec_mode_word(enum conf_approval mode)
{
	switch (mode) {
	case APPROVAL_SMART:
		return "smart";
	case APPROVAL_ALWAYS:
		return "always";
	case APPROVAL_NEVER:
		return "never";
	}
	return "always";
}

bool
exec_mode_parse(const char *word, enum conf_approval *ret)
{
	static const enum conf_approval modes[] = { APPROVAL_SMART,
		APPROVAL_ALWAYS, APPROVAL_NEVER };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(exec_mode_word(modes[i]), word) != 0)
			continue;
		*ret = modes[i];
		return true;
	}
	return false;
}

/* The more, the more often a person is asked. */
static int
strictness(enum conf_approval mode)
{
	switch (mode) {
	case APPROVAL_NEVER:
		return 0;
	case APPROVAL_SMART:
		return 1;
	case APPROVAL_ALWAYS:
		break;
	}
	return 2;
}

bool
exec_mode_is_stricter(enum conf_approval a, enum conf_approval b)
{
	return strictness(a) > strictness(b);
}

enum conf_approval
exec_mode_stricter(enum conf_approval deployment, const char *account)
{
	enum conf_approval mode = APPROVAL_ALWAYS;

	if (account == NULL)
		return deployment;
	if (!exec_mode_parse(account, &mode))
		return APPROVAL_ALWAYS;
	return exec_mode_is_stricter(mode, deployment) ? mode : deployment;
}
