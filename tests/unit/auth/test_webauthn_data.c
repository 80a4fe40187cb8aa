/*
 * Attestation objects and authenticator data: one thing wrong at a time, in
 * both ceremonies (A18).
 */
#include "config.h"

#include <string.h>

#include "tests/unit/auth/soft_key.h"
#include "tests/unit/unit.h"

#define EDIT(part, how, find, put, at) .edits = { { part, how, find, put, at } }
#define OBJECT(find, put) \
	{ \
		EDIT(SOFT_OBJECT, SOFT_REPLACE, find, put, 0) \
	}
#define STATEMENT(put) \
	{ \
		EDIT(SOFT_STATEMENT, SOFT_REPLACE, "a0", put, 0) \
	}
#define UP_UV (WEBAUTHN_UP | WEBAUTHN_UV)
#define FMT "63666d74646e6f6e65"
#define AUTHDATA "686175746844617461"

/* clang-format off */
static const struct soft_mutation mutations[] = {
	{ "a byte behind the object", false, WEBAUTHN_CBOR_TRAILING,
	  { EDIT(SOFT_OBJECT, SOFT_APPEND, NULL, "00", 0) } },
	{ "a second object behind the first", false, WEBAUTHN_CBOR_TRAILING,
	  { EDIT(SOFT_OBJECT, SOFT_APPEND, NULL, "a0", 0) } },
	{ "an object that is cut", false, WEBAUTHN_CBOR,
	  { EDIT(SOFT_OBJECT, SOFT_CUT, NULL, NULL, 1) } },
	{ "an object cut in a length", false, WEBAUTHN_CBOR,
	  { EDIT(SOFT_OBJECT, SOFT_KEEP, NULL, NULL, 29) } },
	{ "no object", false, WEBAUTHN_CBOR,
	  { EDIT(SOFT_OBJECT, SOFT_KEEP, NULL, NULL, 0) } },
	{ "an indefinite map", false, WEBAUTHN_CBOR,
	  { .edits = { { SOFT_OBJECT, SOFT_OVER, NULL, "bf", 0 },
		  { SOFT_OBJECT, SOFT_APPEND, NULL, "ff", 0 } } } },
	{ "indefinite text", false, WEBAUTHN_CBOR,
	  OBJECT("646e6f6e65", "7f646e6f6e65ff") },
	{ "an indefinite statement", false, WEBAUTHN_CBOR,
	  STATEMENT("bfff") },
	{ "a number longer than it needs to be", false, WEBAUTHN_CBOR,
	  { .edits = { { SOFT_OBJECT, SOFT_REPLACE, "a3", "b803", 0 } } } },
	{ "a tag", false, WEBAUTHN_CBOR,
	  { EDIT(SOFT_OBJECT, SOFT_FRONT, NULL, "d9d9f7", 0) } },
	{ "a float", false, WEBAUTHN_CBOR, STATEMENT("a16161f93c00") },
	{ "undefined", false, WEBAUTHN_CBOR, STATEMENT("a16161f7") },
	{ "a break out of nothing", false, WEBAUTHN_CBOR,
	  STATEMENT("a16161ff") },
	{ "a length that is reserved", false, WEBAUTHN_CBOR,
	  STATEMENT("a161615c00") },
	{ "text that is not UTF-8", false, WEBAUTHN_CBOR,
	  OBJECT("646e6f6e65", "646e6fff65") },
	{ "values nine deep", false, WEBAUTHN_CBOR_DEEP,
	  STATEMENT("a1616181818181818100") },
	{ "more bytes than memory has", false, WEBAUTHN_CBOR,
	  STATEMENT("a161615bffffffffffffffff") },
	{ "more items than there are", false, WEBAUTHN_CBOR,
	  STATEMENT("a161619bffffffffffffffff") },
	{ "more pairs than we read", false, WEBAUTHN_CBOR_LARGE,
	  STATEMENT("b821") },
	{ "a key given twice", false, WEBAUTHN_CBOR,
	  OBJECT(FMT, FMT FMT) },
	{ "a key given twice in the statement", false, WEBAUTHN_CBOR,
	  STATEMENT("a2616100616101") },
	{ "a fourth member", false, WEBAUTHN_OBJECT,
	  { .edits = { { SOFT_OBJECT, SOFT_OVER, NULL, "a4", 0 },
		  { SOFT_OBJECT, SOFT_APPEND, NULL, "6265704101", 0 } } } },
	{ "another name", false, WEBAUTHN_OBJECT,
	  OBJECT(AUTHDATA, "686175746844617462") },
	{ "a missing member", false, WEBAUTHN_OBJECT,
	  { .edits = { { SOFT_OBJECT, SOFT_OVER, NULL, "a2", 0 },
		  { SOFT_OBJECT, SOFT_REPLACE, FMT, "", 0 } } } },
	{ "a format in bytes", false, WEBAUTHN_OBJECT,
	  OBJECT("646e6f6e65", "446e6f6e65") },
	{ "a list for a statement", false, WEBAUTHN_OBJECT, STATEMENT("80") },
	{ "a list for an object", false, WEBAUTHN_OBJECT,
	  { .edits = { { SOFT_OBJECT, SOFT_KEEP, NULL, NULL, 1 },
		  { SOFT_OBJECT, SOFT_OVER, NULL, "80", 0 } } } },
	{ "no attestation, and a statement", false, WEBAUTHN_STATEMENT,
	  STATEMENT("a1616100") },

	{ "made for another host", false, WEBAUTHN_RP_ID,
	  { EDIT(SOFT_DATA, SOFT_FLIP, NULL, NULL, 0) } },
	{ "made for another host, at the last byte", false, WEBAUTHN_RP_ID,
	  { EDIT(SOFT_DATA, SOFT_FLIP, NULL, NULL, 31) } },
	{ "signed for another host", true, WEBAUTHN_RP_ID,
	  { EDIT(SOFT_DATA, SOFT_FLIP, NULL, NULL, 7) } },
	{ "nobody there", false, WEBAUTHN_PRESENCE,
	  { .flags = WEBAUTHN_UV | WEBAUTHN_AT } },
	{ "nobody there to sign", true, WEBAUTHN_PRESENCE,
	  { .flags = WEBAUTHN_UV | WEBAUTHN_BE } },
	{ "somebody, but who", false, WEBAUTHN_VERIFIED,
	  { .flags = WEBAUTHN_UP | WEBAUTHN_AT } },
	{ "signed by somebody, but whom", true, WEBAUTHN_VERIFIED,
	  { .flags = WEBAUTHN_UP | WEBAUTHN_BE } },
	{ "backed up what cannot be", false, WEBAUTHN_BACKUP,
	  { .flags = UP_UV | WEBAUTHN_AT | WEBAUTHN_BS } },
	{ "backed up what cannot be, signed", true, WEBAUTHN_BACKUP,
	  { .flags = UP_UV | WEBAUTHN_BS } },
	{ "no longer what could be backed up", true, WEBAUTHN_BACKUP,
	  { .flags = UP_UV } },
	{ "no credential", false, WEBAUTHN_ATTESTED, { .flags = UP_UV } },
	{ "a credential that is not announced", false, WEBAUTHN_DATA,
	  { .flags = UP_UV | WEBAUTHN_AT,
	    EDIT(SOFT_DATA, SOFT_OVER, NULL, "05", 32) } },
	{ "a credential in an assertion", true, WEBAUTHN_ATTESTED,
	  { .flags = SOFT_FLAGS | WEBAUTHN_AT } },
	{ "a credential announced and not there", true, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_OVER, NULL, "5d", 32) } },
	{ "extensions announced and not there", false, WEBAUTHN_EXTENSIONS,
	  { .flags = UP_UV | WEBAUTHN_AT | WEBAUTHN_ED } },
	{ "extensions announced and not signed", true, WEBAUTHN_EXTENSIONS,
	  { .flags = SOFT_FLAGS | WEBAUTHN_ED } },
	{ "extensions that are no map", false, WEBAUTHN_EXTENSIONS,
	  { .flags = UP_UV | WEBAUTHN_AT | WEBAUTHN_ED,
	    .extensions = "80" } },
	{ "extensions that are cut", true, WEBAUTHN_EXTENSIONS,
	  { .flags = SOFT_FLAGS | WEBAUTHN_ED, .extensions = "a161" } },
	{ "extensions, and something behind them", true, WEBAUTHN_DATA,
	  { .flags = SOFT_FLAGS | WEBAUTHN_ED, .extensions = "a000" } },
	{ "extensions that are not announced", true, WEBAUTHN_DATA,
	  { .extensions = "a0" } },
	{ "a byte behind the data", false, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_APPEND, NULL, "00", 0) } },
	{ "data cut in the hash", true, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 31) } },
	{ "data cut in the counter", true, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 36) } },
	{ "no data", true, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 0) } },
	{ "data cut in the model's name", false, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 50) } },
	{ "data cut in the length of the id", false, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 54) } },
	{ "data cut in the id", false, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 70) } },
	{ "data cut before the key", false, WEBAUTHN_CBOR,
	  { EDIT(SOFT_DATA, SOFT_KEEP, NULL, NULL, 87) } },
	{ "data cut in the key", false, WEBAUTHN_CBOR,
	  { EDIT(SOFT_DATA, SOFT_CUT, NULL, NULL, 1) } },
	{ "an id of 15 bytes", false, WEBAUTHN_ID, { .id_bytes = 15 } },
	{ "an id of 1024 bytes", false, WEBAUTHN_ID, { .id_bytes = 1024 } },
	{ "an id longer than the data", false, WEBAUTHN_DATA,
	  { EDIT(SOFT_DATA, SOFT_OVER, NULL, "03ff", 53) } },
	{ "another id than the browser says", false, WEBAUTHN_ID,
	  { EDIT(SOFT_DATA, SOFT_FLIP, NULL, NULL, 60) } },
	{ .sentence = NULL },
};
/* clang-format on */

static void
refused(void)
{
	soft_refuse_all(mutations);
}

static void
accepted(void)
{
	static const struct soft_recipe good[] = {
		{ .id_bytes = 16 },
		{ .id_bytes = 1023 },
		{ .flags = UP_UV | WEBAUTHN_AT },
		{ .flags = UP_UV | WEBAUTHN_AT | WEBAUTHN_BE },
		/* Reserved bits say nothing yet. */
		{ .flags = UP_UV | WEBAUTHN_AT | 0x22 },
		{ .flags = UP_UV | WEBAUTHN_AT | WEBAUTHN_ED,
		    .extensions = "a16b6372656450726f7465637402" },
		/* As deep as it may be. */
		{ .format = "apple",
		    EDIT(SOFT_STATEMENT, SOFT_REPLACE, "a0",
			"a16161818181818100", 0) },
	};
	static struct soft s;
	struct webauthn_credential made;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		soft_create(&good[i], &s);
		CU_ASSERT_EQUAL(soft_check_create(&s, &made), WEBAUTHN_OK);
		CU_ASSERT_EQUAL(made.id.n, s.id_len);
		CU_ASSERT_EQUAL(memcmp(made.id.at, s.id, s.id_len), 0);
		CU_ASSERT_EQUAL(made.sign_count, 7);
		CU_ASSERT_EQUAL(made.backup_eligible,
		    good[i].flags == 0 || (good[i].flags & WEBAUTHN_BE) != 0);
		CU_ASSERT_EQUAL(made.backed_up, good[i].flags == 0);
	}
	soft_done();
}

static void
too_large(void)
{
	static unsigned char bytes[WEBAUTHN_OBJECT_MAX + 1];
	struct webauthn_object object;
	struct webauthn_data data;

	/* A string of bytes that fills it all. */
	bytes[0] = 0x59;
	bytes[1] = 0xff;
	bytes[2] = 0xfd;
	CU_ASSERT_EQUAL(
	    webauthn_object_parse(
		(struct webauthn_bytes){ bytes, WEBAUTHN_OBJECT_MAX }, &object),
	    WEBAUTHN_OBJECT);
	CU_ASSERT_EQUAL(webauthn_object_parse((struct webauthn_bytes){ bytes,
						  WEBAUTHN_OBJECT_MAX + 1 },
			    &object),
	    WEBAUTHN_CBOR_LARGE);
	CU_ASSERT_EQUAL(webauthn_data_parse((struct webauthn_bytes){ bytes,
						WEBAUTHN_OBJECT_MAX + 1 },
			    &data),
	    WEBAUTHN_DATA);
}

void
suite_auth_webauthn_data(void)
{
	static const struct unit_test tests[] = {
		{ "data wrong in one thing is refused for it", refused },
		{ "what authenticators make is accepted", accepted },
		{ "nothing over 64 KiB is read", too_large },
		{ NULL, NULL },
	};

	unit_add("src/auth/webauthn_data.c", tests);
}
