/*
 * Known answers for hashes and text forms, and the shape of what is random.
 */
#include "config.h"

#include <string.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"

static void
sha256_known(void)
{
	unsigned char out[BYTES_SHA256];
	char hex[2 * BYTES_SHA256 + 1];

	bytes_sha256("abc", 3, out);
	bytes_hex(out, sizeof(out), hex);
	CU_ASSERT_STRING_EQUAL(hex,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	bytes_sha256("", 0, out);
	bytes_hex(out, sizeof(out), hex);
	CU_ASSERT_STRING_EQUAL(hex,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
}

/* RFC 4648 section 10. */
static void
base64_known(void)
{
	static const char *const rows[][3] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "+//+", "-__-" },
	};
	char out[BYTES_B64URL_ROOM(6)];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i][0]);

		CU_ASSERT_EQUAL(bytes_b64(rows[i][0], n, out),
		    strlen(rows[i][1]));
		CU_ASSERT_STRING_EQUAL(out, rows[i][1]);
		CU_ASSERT_EQUAL(bytes_b64url(rows[i][0], n, out),
		    strlen(rows[i][2]));
		CU_ASSERT_STRING_EQUAL(out, rows[i][2]);
	}
}

static void
base64_back(void)
{
	unsigned char in[64], out[BYTES_UNB64_ROOM(88)];
	char text[BYTES_B64URL_ROOM(64)];
	size_t n;

	bytes_random(in, sizeof(in));
	for (size_t len = 0; len <= sizeof(in); len++) {
		size_t chars = bytes_b64(in, len, text);

		CU_ASSERT_TRUE(bytes_unb64(text, chars, out, &n));
		CU_ASSERT_EQUAL(n, len);
		CU_ASSERT_EQUAL(memcmp(in, out, len), 0);
	}
}

static void
base64_strict(void)
{
	static const char *const bad[] = { "=", "Z", "Zg",
		"Zg=", "Zg===", "====", "Zm9vZ", "Zm-v", "Zm9v\n",
		"Z===", "Zh==", "Zm9=", "Zg==Zg==", " Zg==", "Zm9v=" };
	unsigned char out[16];
	size_t n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(bytes_unb64(bad[i], strlen(bad[i]), out, &n));
}

static void
base64_key_length(void)
{
	unsigned char key[32] = { 0 };
	char out[BYTES_B64URL_ROOM(32)];

	CU_ASSERT_EQUAL(bytes_b64url(key, sizeof(key), out), 43);
}

static void
hex_known(void)
{
	char out[9];

	bytes_hex("\x00\x7f\x80\xff", 4, out);
	CU_ASSERT_STRING_EQUAL(out, "007f80ff");
	bytes_hex("", 0, out);
	CU_ASSERT_STRING_EQUAL(out, "");
}

static void
random_fills_all(void)
{
	unsigned char a[600], b[600];
	unsigned char any[600] = { 0 };

	memset(a, 0, sizeof(a));
	for (int round = 0; round < 16; round++) {
		bytes_random(a, sizeof(a));
		for (size_t i = 0; i < sizeof(a); i++)
			any[i] |= a[i];
	}
	/* Sixteen zeros in one place: 2^-128. */
	for (size_t i = 0; i < sizeof(any); i++)
		CU_ASSERT_NOT_EQUAL_FATAL(any[i], 0);
	bytes_random(b, sizeof(b));
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
}

static void
equal_sees_each_byte(void)
{
	unsigned char a[32], b[32];

	bytes_random(a, sizeof(a));
	memcpy(b, a, sizeof(b));
	CU_ASSERT_TRUE(bytes_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 0x40;
		CU_ASSERT_FALSE(bytes_equal(a, b, sizeof(a)));
		b[i] ^= 0x40;
	}
}

static void
wipe_clears(void)
{
	char text[] = "secret";

	bytes_wipe(text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		CU_ASSERT_EQUAL(text[i], 0);
}

static void
uuid_shape(void)
{
	char a[UUID_TEXT], b[UUID_TEXT];

	for (int i = 0; i < 64; i++) {
		uuid_new(a);
		CU_ASSERT_EQUAL(strlen(a), 36);
		CU_ASSERT_TRUE(uuid_check(a));
		CU_ASSERT_EQUAL(a[14], '4');
		CU_ASSERT_PTR_NOT_NULL(strchr("89ab", a[19]));
	}
	uuid_new(b);
	CU_ASSERT_STRING_NOT_EQUAL(a, b);
}

static void
uuid_refused(void)
{
	static const char *const bad[] = {
		"",
		"-",
		"12345678-1234-1234-1234-12345678901",
		"12345678-1234-1234-1234-1234567890123",
		"12345678-1234-1234-1234-12345678901g",
		"12345678_1234-1234-1234-123456789012",
		"1234567812341234123412345678901234567",
		"{2345678-1234-1234-1234-12345678901}",
		" 2345678-1234-1234-1234-123456789012",
		"12345678-1234-1234-1234-123456789012\n",
	};

	CU_ASSERT_TRUE(uuid_check("abcdef01-2345-6789-ABCD-EF0123456789"));
	CU_ASSERT_FALSE(uuid_check(NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(uuid_check(bad[i]));
}

static void
b64url_parsed(void)
{
	static const char *const bad[] = { "A", "AAAAA", "AA==", "AA=", "A+AA",
		"A/AA", "AB", "AAB", "AA A", "AAA\n", "\xc3\xa9" };
	unsigned char in[66], out[66];
	char text[BYTES_B64URL_ROOM(66)];
	size_t n = 0;

	bytes_random(in, sizeof(in));
	for (size_t len = 0; len <= sizeof(in); len++) {
		size_t chars = bytes_b64url(in, len, text);

		CU_ASSERT_TRUE(bytes_b64url_parse(text, chars, out, len, &n));
		CU_ASSERT_EQUAL(n, len);
		CU_ASSERT_EQUAL(memcmp(in, out, len), 0);
		if (len > 0)
			CU_ASSERT_FALSE(
			    bytes_b64url_parse(text, chars, out, len - 1, &n));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(bytes_b64url_parse(bad[i], strlen(bad[i]), out,
		    sizeof(out), &n));
}

void
suite_base_bytes(void)
{
	static const struct unit_test tests[] = {
		{ "SHA-256 gives the known answers", sha256_known },
		{ "base64 gives the known answers", base64_known },
		{ "base64 comes back as it was", base64_back },
		{ "what is not exactly base64 is refused", base64_strict },
		{ "base64url is read strictly and within its room",
		    b64url_parsed },
		{ "32 bytes become 43 characters", base64_key_length },
		{ "hex is lower case and complete", hex_known },
		{ "random bytes reach each place", random_fills_all },
		{ "a change in any byte is seen", equal_sees_each_byte },
		{ "wiping clears all bytes", wipe_clears },
		{ "a new UUID has version 4 and differs", uuid_shape },
		{ "malformed UUIDs are refused", uuid_refused },
		{ NULL, NULL },
	};

	unit_add("src/base/bytes.c", tests);
}
