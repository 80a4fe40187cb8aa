/* Rules of session keys and cursors: pure. */
#include "config.h"

#include "chat/chat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool
chat_key_check(const char *key)
{
	size_t n = strlen(key);

	return n > 0 && n <= CHAT_KEY_MAX &&
	    strspn(key,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789:._-") == n;
}

bool
chat_key_is_creatable(const char *key)
{
	if (strcmp(key, "main") == 0)
		return true;
	return strncmp(key, "session:", 8) == 0 && uuid_check(key + 8);
}

bool
chat_cursor_parse(const char *cursor, int64_t *ret_ms, const char **ret_key)
{
	char *end;
	long long ms;

	errno = 0;
	ms = strtoll(cursor, &end, 10);
	if (errno != 0 || end == cursor || *end != '.' || ms < 0 ||
	    !chat_key_check(end + 1))
		return false;
	*ret_ms = ms;
	*ret_key = end + 1;
	return true;
}
