/*
 * Session keys and page cursors: which ones are taken.
 */
#include "config.h"

#include <string.h>

#include "chat/chat.h"
#include "tests/unit/unit.h"

#define UUID "0f8fad5b-d9cb-469f-a165-70867728950e"

static void
creatable(void)
{
	static const char *const good[] = { "main", "session:" UUID };
	static const char *const bad[] = { "", "Main", "main ", " main",
		"mainx", "session:", "session:x", "session:" UUID "0",
		"session:" UUID ":", "Session:" UUID, "session: " UUID,
		"channel:telegram:1", "cron:" UUID,
		"session:0f8fad5bd9cb469fa16570867728950e",
		"session:0f8fad5b-d9cb-469f-a165-70867728950g" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(chat_key_is_creatable(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(chat_key_is_creatable(bad[i]));
}

static void
characters(void)
{
	static const char *const bad[] = { "", "a b", "a/b", "a\\b", "a'b",
		"a\"b", "a%b", "a\nb", "\xc3\xa9", "a;b", "a*b" };
	char text[CHAT_KEY_MAX + 2];

	CU_ASSERT_TRUE(chat_key_check("main"));
	CU_ASSERT_TRUE(chat_key_check("channel:telegram:-100_1.x"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(chat_key_check(bad[i]));
	memset(text, 'k', sizeof(text));
	text[CHAT_KEY_MAX + 1] = '\0';
	CU_ASSERT_FALSE(chat_key_check(text));
	text[CHAT_KEY_MAX] = '\0';
	CU_ASSERT_TRUE(chat_key_check(text));
}

static void
cursors(void)
{
	static const char *const bad[] = { "", ".", "1", "1.", ".main",
		"x.main", "-1.main", "1 .main", "1.a b", "1.a/b", "1,main",
		"99999999999999999999.main", "0x10.main", "1e3.main" };
	int64_t ms = -7;
	const char *key = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(chat_cursor_parse(bad[i], &ms, &key));
		CU_ASSERT_EQUAL(ms, -7);
		CU_ASSERT_PTR_NULL(key);
	}
	CU_ASSERT_TRUE(
	    chat_cursor_parse("1764000000000.session:" UUID, &ms, &key));
	CU_ASSERT_EQUAL(ms, 1764000000000);
	CU_ASSERT_STRING_EQUAL(key, "session:" UUID);
	CU_ASSERT_TRUE(chat_cursor_parse("0.a.b", &ms, &key));
	CU_ASSERT_EQUAL(ms, 0);
	CU_ASSERT_STRING_EQUAL(key, "a.b");
}

void
suite_chat_chat(void)
{
	static const struct unit_test tests[] = {
		{ "a client may make main and session:UUID only", creatable },
		{ "a key has plain characters, 200 at most", characters },
		{ "a cursor is a time and a key", cursors },
		{ NULL, NULL },
	};

	unit_add("src/chat/chat.c", tests);
}
