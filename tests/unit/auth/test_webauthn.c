/*
 * The two ceremonies whole: what is right is accepted, self attestation holds,
 * and what an assertion says of its owner is compared.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/auth/soft_key.h"
#include "tests/unit/unit.h"

#define EDIT(part, how, find, put, at) .edits = { { part, how, find, put, at } }

static const enum webauthn_alg algs[] = { WEBAUTHN_ES256, WEBAUTHN_EDDSA,
	WEBAUTHN_RS256 };
#define ALGS (sizeof(algs) / sizeof(algs[0]))

static struct soft s;

/* clang-format off */
static const struct soft_mutation mutations[] = {
	{ "packed, signed by another", false, WEBAUTHN_ATTESTATION,
	  { .format = "packed",
	    EDIT(SOFT_SIGNATURE, SOFT_FLIP, NULL, NULL, 20) } },
	{ "packed, with another algorithm than the key", false,
	  WEBAUTHN_STATEMENT, { .format = "packed",
	    EDIT(SOFT_STATEMENT, SOFT_REPLACE, "63616c6726", "63616c6727",
		0) } },
	{ "packed without a signature", false, WEBAUTHN_STATEMENT,
	  { .format = "packed",
	    .edits = { { SOFT_STATEMENT, SOFT_KEEP, NULL, NULL, 6 },
		  { SOFT_STATEMENT, SOFT_OVER, NULL, "a1", 0 } } } },
	{ "packed without an algorithm", false, WEBAUTHN_STATEMENT,
	  { .format = "packed",
	    .edits = { { SOFT_STATEMENT, SOFT_REPLACE, "63616c6726", "", 0 },
		  { SOFT_STATEMENT, SOFT_OVER, NULL, "a1", 0 } } } },
	{ "packed, over another challenge", false, WEBAUTHN_ATTESTATION,
	  { .format = "packed",
	    EDIT(SOFT_LATE_CLIENT, SOFT_APPEND, NULL, " ", 0) } },
	{ .sentence = NULL },
};
/* clang-format on */

static void
refused(void)
{
	soft_refuse_all(mutations);
}

static void
registering(void)
{
	static const char *const formats[] = { "none", "packed", "tpm",
		"android-key", "something-new" };
	struct webauthn_credential made;

	for (size_t i = 0; i < ALGS; i++) {
		for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]);
		     k++) {
			const struct soft_recipe recipe = { .alg = algs[i],
				.format = formats[k] };

			soft_create(&recipe, &s);
			CU_ASSERT_EQUAL(soft_check_create(&s, &made),
			    WEBAUTHN_OK);
			CU_ASSERT_EQUAL(made.alg, algs[i]);
			CU_ASSERT_EQUAL(made.key.n, s.part[SOFT_KEY].n);
			CU_ASSERT_EQUAL(memcmp(made.key.at, s.part[SOFT_KEY].at,
					    made.key.n),
			    0);
		}
	}
	soft_done();
}

/* A chain of certificates is not followed: nobody was asked for one. */
static void
chain(void)
{
	const struct soft_recipe recipe = { .format = "packed",
		.edits = { { SOFT_STATEMENT, SOFT_OVER, NULL, "a3", 0 },
		    { SOFT_STATEMENT, SOFT_APPEND, NULL, "63783563814101",
			0 } } };
	struct webauthn_credential made;

	soft_create(&recipe, &s);
	CU_ASSERT_EQUAL(soft_check_create(&s, &made), WEBAUTHN_OK);
	soft_done();
}

static void
signing(void)
{
	struct webauthn_proof proof;

	for (size_t i = 0; i < ALGS; i++) {
		const struct soft_recipe recipe = { .alg = algs[i] };
		const struct soft_recipe single = { .alg = algs[i],
			.flags = WEBAUTHN_UP | WEBAUTHN_UV };

		soft_get(&recipe, &s);
		CU_ASSERT_EQUAL(soft_check_get(&s, true, &proof), WEBAUTHN_OK);
		CU_ASSERT_EQUAL(proof.sign_count, 7);
		CU_ASSERT_TRUE(proof.backed_up);
		CU_ASSERT_EQUAL(soft_check_get(&s, false, &proof),
		    WEBAUTHN_BACKUP);
		soft_get(&single, &s);
		CU_ASSERT_EQUAL(soft_check_get(&s, false, &proof), WEBAUTHN_OK);
		CU_ASSERT_FALSE(proof.backed_up);
		CU_ASSERT_EQUAL(soft_check_get(&s, true, &proof),
		    WEBAUTHN_BACKUP);
	}
	soft_done();
}

static void
owners(void)
{
	const struct soft_recipe recipe = { .alg = WEBAUTHN_ES256 };
	unsigned char other[WEBAUTHN_HANDLE];
	struct webauthn_assertion given;
	struct webauthn_expect expect;
	struct webauthn_proof proof;

	soft_get(&recipe, &s);
	expect = soft_expect(&s);
	given = (struct webauthn_assertion){
		.client_data = soft_bytes(&s, SOFT_CLIENT),
		.auth_data = soft_bytes(&s, SOFT_DATA),
		.signature = soft_bytes(&s, SOFT_SIGNATURE),
		.key = soft_bytes(&s, SOFT_KEY),
		.owner = { s.handle, sizeof(s.handle) },
		.backup_eligible = true,
	};
	CU_ASSERT_EQUAL(webauthn_get_check(&expect, &given, &proof),
	    WEBAUTHN_OK);
	given.handle = given.owner;
	CU_ASSERT_EQUAL(webauthn_get_check(&expect, &given, &proof),
	    WEBAUTHN_OK);
	memcpy(other, s.handle, sizeof(other));
	other[31] ^= 1;
	given.handle = (struct webauthn_bytes){ other, sizeof(other) };
	CU_ASSERT_EQUAL(webauthn_get_check(&expect, &given, &proof),
	    WEBAUTHN_OWNER);
	given.handle = (struct webauthn_bytes){ s.handle, 31 };
	CU_ASSERT_EQUAL(webauthn_get_check(&expect, &given, &proof),
	    WEBAUTHN_OWNER);
	soft_done();
}

/* What was signed for one challenge is worth nothing for the next. */
static void
challenges(void)
{
	const struct soft_recipe recipe = { .alg = WEBAUTHN_EDDSA };
	struct webauthn_credential made;
	struct webauthn_proof proof;

	soft_get(&recipe, &s);
	s.challenge[0] ^= 1;
	CU_ASSERT_EQUAL(soft_check_get(&s, true, &proof),
	    WEBAUTHN_CLIENT_CHALLENGE);
	soft_create(&recipe, &s);
	s.challenge[WEBAUTHN_CHALLENGE - 1] ^= 0x80;
	CU_ASSERT_EQUAL(soft_check_create(&s, &made),
	    WEBAUTHN_CLIENT_CHALLENGE);
	soft_done();
}

static void
words(void)
{
	for (int i = WEBAUTHN_OK; i <= WEBAUTHN_OWNER; i++) {
		const char *word = webauthn_fault_word((enum webauthn_fault)i);

		CU_ASSERT_PTR_NOT_NULL_FATAL(word);
		for (int k = WEBAUTHN_OK; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(word,
			    webauthn_fault_word((enum webauthn_fault)k));
	}
}

void
suite_auth_webauthn(void)
{
	static const struct unit_test tests[] = {
		{ "keys of three kinds are registered in any format",
		    registering },
		{ "a self attestation that does not hold is refused", refused },
		{ "certificates are not followed", chain },
		{ "a right signature proves, with its flags as stored",
		    signing },
		{ "a user handle, if there is one, is the owner's", owners },
		{ "a signature is for its challenge", challenges },
		{ "every fault has a word of its own", words },
		{ NULL, NULL },
	};

	unit_add("src/auth/webauthn.c", tests);
}
