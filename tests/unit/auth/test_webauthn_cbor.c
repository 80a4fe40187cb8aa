/*
 * The strict reader of CBOR: RFC 8949's examples, what is refused and why.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "auth/webauthn_cbor.h"
#include "tests/unit/unit.h"

static const struct {
	const char *hex;
	enum wcbor_fault fault;
	size_t used; /* with WCBOR_OK */
} rows[] = {
	/* RFC 8949 appendix A. */
	{ "00", WCBOR_OK, 1 },
	{ "17", WCBOR_OK, 1 },
	{ "1818", WCBOR_OK, 2 },
	{ "1903e8", WCBOR_OK, 3 },
	{ "1a000f4240", WCBOR_OK, 5 },
	{ "1bffffffffffffffff", WCBOR_OK, 9 },
	{ "3903e7", WCBOR_OK, 3 },
	{ "f4", WCBOR_OK, 1 },
	{ "f5", WCBOR_OK, 1 },
	{ "f6", WCBOR_OK, 1 },
	{ "40", WCBOR_OK, 1 },
	{ "4401020304", WCBOR_OK, 5 },
	{ "62c3bc", WCBOR_OK, 3 },
	{ "80", WCBOR_OK, 1 },
	{ "8301820203820405", WCBOR_OK, 8 },
	{ "a201020304", WCBOR_OK, 5 },
	{ "a26161016162820203", WCBOR_OK, 9 },
	{ "0000", WCBOR_OK, 1 }, /* one value, and more behind it */

	{ "", WCBOR_MALFORMED, 0 },
	{ "18", WCBOR_MALFORMED, 0 },
	{ "1817", WCBOR_MALFORMED, 0 },
	{ "1900ff", WCBOR_MALFORMED, 0 },
	{ "1a0000ffff", WCBOR_MALFORMED, 0 },
	{ "1b00000000ffffffff", WCBOR_MALFORMED, 0 },
	{ "1c", WCBOR_MALFORMED, 0 },
	{ "1f", WCBOR_MALFORMED, 0 },
	{ "5f42010243030405ff", WCBOR_MALFORMED, 0 },
	{ "7f61616161ff", WCBOR_MALFORMED, 0 },
	{ "9fff", WCBOR_MALFORMED, 0 },
	{ "bfff", WCBOR_MALFORMED, 0 },
	{ "ff", WCBOR_MALFORMED, 0 },
	{ "c11a514b67b0", WCBOR_MALFORMED, 0 },
	{ "f7", WCBOR_MALFORMED, 0 },
	{ "f0", WCBOR_MALFORMED, 0 },
	{ "f818", WCBOR_MALFORMED, 0 },
	{ "f90000", WCBOR_MALFORMED, 0 },
	{ "fa47c35000", WCBOR_MALFORMED, 0 },
	{ "fb3ff199999999999a", WCBOR_MALFORMED, 0 },
	{ "41", WCBOR_MALFORMED, 0 },
	{ "61ff", WCBOR_MALFORMED, 0 },
	{ "62c328", WCBOR_MALFORMED, 0 },
	{ "63eda080", WCBOR_MALFORMED, 0 },
	{ "81", WCBOR_MALFORMED, 0 },
	{ "a101", WCBOR_MALFORMED, 0 },
	{ "a201000100", WCBOR_MALFORMED, 0 },
	{ "a2616100616101", WCBOR_MALFORMED, 0 },
	{ "5bffffffffffffffff", WCBOR_MALFORMED, 0 },
	{ "9bffffffffffffffff", WCBOR_MALFORMED, 0 },
	{ "bbffffffffffffffff", WCBOR_TOO_LARGE, 0 },
	{ "b821", WCBOR_TOO_LARGE, 0 },
	{ "8181818181818100", WCBOR_OK, 8 },
	{ "818181818181818100", WCBOR_TOO_DEEP, 0 },
	{ "a100a100a100a100a100a100a100a10000", WCBOR_TOO_DEEP, 0 },
	{ "a1a1a1a1a1a1a1a100", WCBOR_TOO_DEEP, 0 },
};

static size_t
from_hex(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v = 0;

		CU_ASSERT_EQUAL_FATAL(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (unsigned char)v;
	}
	return n;
}

static void
checked(void)
{
	unsigned char bytes[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = from_hex(rows[i].hex, bytes), used = 0;
		enum wcbor_fault fault = wcbor_check(bytes, n, &used);

		CU_ASSERT_EQUAL(fault, rows[i].fault);
		CU_ASSERT_EQUAL(used, rows[i].used);
		if (fault != rows[i].fault)
			printf("\n    %s: %d", rows[i].hex, (int)fault);
	}
}

/* Every beginning of a good value that is not whole is refused. */
static void
prefixes(void)
{
	static const char hex[] =
	    "a363666d74646e6f6e656761747453746d74a1616183010203686175746844617461"
	    "4401020304";
	unsigned char bytes[64];
	size_t n = from_hex(hex, bytes), used = 0;

	CU_ASSERT_EQUAL(wcbor_check(bytes, n, &used), WCBOR_OK);
	CU_ASSERT_EQUAL(used, n);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(wcbor_check(bytes, i, &used), WCBOR_MALFORMED);
}

static void
reading(void)
{
	unsigned char bytes[64];
	size_t n = from_hex("a301250361616302f5", bytes);
	struct wcbor c = { bytes, bytes + n };
	struct wcbor_item item;
	int64_t number = 0;

	CU_ASSERT_TRUE(wcbor_next(&c, &item));
	CU_ASSERT_EQUAL(item.type, WCBOR_MAP);
	CU_ASSERT_EQUAL(item.number, 3);
	CU_ASSERT_FALSE(wcbor_int(&item, &number));
	CU_ASSERT_TRUE(wcbor_skip(&c));
	CU_ASSERT_TRUE(wcbor_next(&c, &item));
	CU_ASSERT_TRUE(wcbor_int(&item, &number));
	CU_ASSERT_EQUAL(number, -6);
	CU_ASSERT_TRUE(wcbor_next(&c, &item));
	CU_ASSERT_TRUE(wcbor_next(&c, &item));
	CU_ASSERT_TRUE(wcbor_is_text(&item, "a"));
	CU_ASSERT_FALSE(wcbor_is_text(&item, "ab"));
	CU_ASSERT_FALSE(wcbor_is_text(&item, ""));
	/* Text of three bytes that are not there. */
	CU_ASSERT_FALSE(wcbor_next(&c, &item));
	CU_ASSERT_FALSE(wcbor_skip(&c));
	n = from_hex("3bffffffffffffffff", bytes);
	c = (struct wcbor){ bytes, bytes + n };
	CU_ASSERT_TRUE(wcbor_next(&c, &item));
	CU_ASSERT_FALSE(wcbor_int(&item, &number));
	CU_ASSERT_FALSE(wcbor_next(&c, &item));
}

void
suite_auth_webauthn_cbor(void)
{
	static const struct unit_test tests[] = {
		{ "CBOR is read in one form only", checked },
		{ "what is cut anywhere is refused", prefixes },
		{ "items are read one by one", reading },
		{ NULL, NULL },
	};

	unit_add("src/auth/webauthn_cbor.c", tests);
}
