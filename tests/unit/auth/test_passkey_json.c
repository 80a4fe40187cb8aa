/*
 * Options for the browser, credentials from it, names.
 */
#include "config.h"

#include <string.h>

#include "auth/passkey_json.h"
#include "js/js.h"
#include "tests/unit/unit.h"

#define ID "AAAAAAAAAAAAAAAAAAAAAA" /* 16 bytes */
#define MADE \
	"{\"id\":\"" ID "\",\"rawId\":\"" ID "\",\"type\":\"public-key\"," \
	"\"response\":{\"clientDataJSON\":\"e30\"," \
	"\"attestationObject\":\"oA\"}}"
#define SIGNED \
	"{\"id\":\"" ID "\",\"rawId\":\"" ID "\",\"type\":\"public-key\"," \
	"\"response\":{\"clientDataJSON\":\"e30\"," \
	"\"authenticatorData\":\"AQI\",\"signature\":\"Aw\"," \
	"\"userHandle\":%s}}"

static const unsigned char challenge[WEBAUTHN_CHALLENGE] = { 0xff };

static void
options(void)
{
	static const struct passkey_rp rp = { .id = "example.test" };
	own_json struct json_object *ids = json_tokener_parse("[\"aa\"]");
	own_json struct json_object *made = NULL, *got = NULL;
	struct passkey_asked asked = { .challenge_id = "c",
		.challenge = challenge,
		.rp = &rp,
		.ids = ids,
		.handle = "hh",
		.username = "ada" };

	made = passkey_json_create(&asked);
	CU_ASSERT_STRING_EQUAL(js_str(made),
	    "{\"challenge_id\":\"c\",\"options\":{\"publicKey\":{"
	    "\"challenge\":\"_wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	    "\"timeout\":60000,"
	    "\"rp\":{\"id\":\"example.test\",\"name\":\"moltis\"},"
	    "\"user\":{\"id\":\"hh\",\"name\":\"ada\",\"displayName\":"
	    "\"ada\"},"
	    "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7},"
	    "{\"type\":\"public-key\",\"alg\":-8},"
	    "{\"type\":\"public-key\",\"alg\":-257}],"
	    "\"excludeCredentials\":[{\"type\":\"public-key\",\"id\":\"aa\"}],"
	    "\"authenticatorSelection\":{\"residentKey\":\"preferred\","
	    "\"requireResidentKey\":false,\"userVerification\":\"required\"},"
	    "\"attestation\":\"none\"}}}");
	asked.ids = NULL;
	got = passkey_json_get(&asked);
	CU_ASSERT_STRING_EQUAL(js_str(got),
	    "{\"challenge_id\":\"c\",\"options\":{\"publicKey\":{"
	    "\"challenge\":\"_wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	    "\"timeout\":60000,\"rpId\":\"example.test\","
	    "\"userVerification\":\"required\",\"allowCredentials\":[]}}}");
}

/* Reads TEXT with the first FIND in it replaced by PUT. */
static bool
reads(const char *text, const char *find, const char *put, bool create)
{
	own_txt struct txt changed = { 0 };
	own_json struct json_object *o = NULL;
	const char *at = strstr(text, find);
	struct passkey_given given;
	struct js_error err;
	bool good;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	txt_append_n(&changed, text, (size_t)(at - text));
	txt_append(&changed, put);
	txt_append(&changed, at + strlen(find));
	CU_ASSERT_EQUAL_FATAL(
	    js_parse(txt_str(&changed), changed.len, &o, &err), ST_OK);
	good = passkey_json_read(o, create, &given);
	passkey_given_done(&given);
	return good;
}

static void
credentials(void)
{
	static const char *const bad[][2] = { { "\"id\"", "\"ix\"" },
		{ "\"rawId\"", "\"rawIx\"" }, { "\"id\":\"A", "\"id\":\"B" },
		{ "public-key", "password" }, { "\"public-key\"", "1" },
		{ "\"type\"", "\"typf\"" }, { "\"response\"", "\"responsf\"" },
		{ "\"response\":{", "\"response\":\"x\",\"other\":{" },
		{ "\"clientDataJSON\"", "\"clientDataXSON\"" },
		{ "e30", "e30=" }, { "e30", "e3 0" }, { "\"e30\"", "30" } };
	struct passkey_given given;

	CU_ASSERT_TRUE(reads(MADE, "{", "{", true));
	CU_ASSERT_TRUE(reads(SIGNED, "%s", "null", false));
	CU_ASSERT_TRUE(reads(SIGNED, "%s", "\"BAUG\"", false));
	CU_ASSERT_FALSE(reads(SIGNED, "%s", "7", false));
	CU_ASSERT_FALSE(reads(MADE, "{", "{", false));
	CU_ASSERT_FALSE(reads(MADE, "attestationObject", "a", true));
	CU_ASSERT_FALSE(reads(MADE, "\"oA\"", "\"oB\"", true));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(reads(MADE, bad[i][0], bad[i][1], true));
	CU_ASSERT_FALSE(passkey_json_read(NULL, true, &given));
	passkey_given_done(&given);
}

static void
ids(void)
{
	static const char text[] =
	    "{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\","
	    "\"response\":{\"clientDataJSON\":\"e30\","
	    "\"attestationObject\":\"oA\"}}";

	CU_ASSERT_FALSE(reads(text, "{", "{", true));
}

static void
names(void)
{
	char name[PASSKEY_NAME_MAX * 4 + 1], longer[70];

	CU_ASSERT_TRUE(passkey_json_name(NULL, name));
	CU_ASSERT_STRING_EQUAL(name, "Passkey");
	CU_ASSERT_TRUE(passkey_json_name("   ", name));
	CU_ASSERT_STRING_EQUAL(name, "Passkey");
	CU_ASSERT_TRUE(passkey_json_name("Ada's phone", name));
	CU_ASSERT_STRING_EQUAL(name, "Ada's phone");
	CU_ASSERT_FALSE(passkey_json_name("a\nb", name));
	memset(longer, 'x', 65);
	longer[65] = '\0';
	CU_ASSERT_FALSE(passkey_json_name(longer, name));
	longer[64] = '\0';
	CU_ASSERT_TRUE(passkey_json_name(longer, name));
}

void
suite_auth_passkey_json(void)
{
	static const struct unit_test tests[] = {
		{ "options are what browsers take", options },
		{ "a credential is read whole or not at all", credentials },
		{ "an id has at least 16 bytes", ids },
		{ "a name has 64 characters, none of control", names },
		{ NULL, NULL },
	};

	unit_add("src/auth/passkey_json.c", tests);
}
