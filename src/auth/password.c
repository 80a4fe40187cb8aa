/*
 * Argon2id through libargon2, and what a new password must be.
 *
 * Hashing blocks for tens of milliseconds and takes 19 MiB: callers run in
 * threads.  The rules are pure.
 */
#include "config.h"

#include "auth/password.h"

#include <argon2.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/auth.h"
#include "base/bytes.h"
#include "base/utf8.h"

#define ARGON_MEMORY_KIB 19456
#define ARGON_TIME 2
#define ARGON_LANES 1
#define ARGON_SALT_BYTES 16
#define ARGON_TAG_BYTES 32
#define ARGON_PREFIX "$argon2id$v=19$m=19456,t=2,p=1$"

/* Of the usual lists, what is long enough to pass the length rule. */
/* clang-format off */
static const char *const common[] = {
	"123456789012", "1234567890123", "12345678901234", "123123123123",
	"111111111111", "000000000000", "password1234", "password12345",
	"passwordpassword", "qwertyuiop12", "qwertyuiop123",
	"qwertyuiopasdf", "qwertyqwerty", "abcdefghijkl", "abcd12345678",
	"abc123abc123", "iloveyou1234", "iloveyouiloveyou", "administrator",
	"administrator1", "changeme1234", "changemechangeme", "letmein12345",
	"letmeinletmein", "welcome12345", "welcomewelcome", "correcthorse",
	"correcthorsebatterystaple", "trustno1trustno1", "superman1234",
	"dragondragon", "football1234", "baseball1234", "monkeymonkey",
	"sunshine1234", "princess1234", "1qaz2wsx3edc", "1q2w3e4r5t6y",
	"zaq12wsxcde3", "asdfghjkl123", "asdfasdfasdf", "zxcvbnmasdfg",
};
/* clang-format on */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t slots;
static int slot_count = PASSWORD_PARALLEL;
static int inside_max = 1024; /* the command line has one thread */
static atomic_int inside;
static char dummy[PASSWORD_HASH_TEXT];

static void
hash_into(const char *bytes, size_t n, char out[PASSWORD_HASH_TEXT])
{
	unsigned char salt[ARGON_SALT_BYTES];

	bytes_random(salt, sizeof(salt));
	if (argon2id_hash_encoded(ARGON_TIME, ARGON_MEMORY_KIB, ARGON_LANES,
		bytes, n, salt, sizeof(salt), ARGON_TAG_BYTES, out,
		PASSWORD_HASH_TEXT) != ARGON2_OK)
		abort(); /* out of memory: the supervisor starts us again */
}

static void
start(void)
{
	unsigned char noise[16];

	/* Or the allocator learns from the first 19 MiB to keep as much for
	 * every thread. */
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
	if (sem_init(&slots, 0, (unsigned)slot_count) != 0)
		abort();
	bytes_random(noise, sizeof(noise));
	hash_into((const char *)noise, sizeof(noise), dummy);
}

static void
slot_wait(void)
{
	(void)pthread_once(&once, start);
	while (sem_wait(&slots) != 0)
		; /* a signal interrupted it */
}

void
password_limit(int parallel, int threads)
{
	slot_count = parallel < 1 ? 1 : parallel;
	inside_max = threads < 2 ? 1 : threads / 2;
}

enum status
password_enter(struct op_error *err)
{
	if (atomic_fetch_add(&inside, 1) < inside_max)
		return ST_OK;
	password_leave();
	memset(err, 0, sizeof(*err));
	snprintf(err->message, sizeof(err->message), "%s",
	    "too many people are signing in at this moment, try again");
	err->retry_after_secs = 1;
	return ST_UNAVAILABLE;
}

void
password_leave(void)
{
	atomic_fetch_sub(&inside, 1);
}

void
password_hash(const struct secret *password, char out[PASSWORD_HASH_TEXT])
{
	slot_wait();
	hash_into(secret_reveal(password), password->len, out);
	(void)sem_post(&slots);
}

bool
password_verify(const struct secret *password, const char *hash)
{
	const char *bytes = secret_reveal(password);
	bool good;

	slot_wait();
	good = argon2id_verify(hash == NULL ? dummy : hash,
		   bytes == NULL ? "" : bytes, password->len) == ARGON2_OK;
	(void)sem_post(&slots);
	return good && hash != NULL;
}

bool
password_is_outdated(const char *hash)
{
	return strncmp(hash, ARGON_PREFIX, strlen(ARGON_PREFIX)) != 0;
}

static enum status
refuse(struct op_error *err, const char *field, const char *why)
{
	snprintf(err->field, sizeof(err->field), "%s", field);
	snprintf(err->message, sizeof(err->message), "%s", why);
	return ST_INVALID;
}

static bool
is_common(const char *s)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcasecmp(common[i], s) == 0)
			return true;
	}
	return false;
}

/* One character over and over, however many bytes it has. */
static bool
is_monotonous(const char *s, size_t n)
{
	size_t step = utf8_step(s, n);

	for (size_t i = step; i < n; i += step) {
		if (n - i < step || memcmp(s, s + i, step) != 0)
			return false;
	}
	return true;
}

enum status
password_check(const struct secret *password, const char *username,
    const char *field, struct op_error *err)
{
	const char *s = secret_reveal(password);

	if (s == NULL || password->len == 0)
		return refuse(err, field, "a password is required");
	if (password->len > AUTH_PASSWORD_MAX)
		return refuse(err, field,
		    "the password is too long: at most 1024 bytes");
	if (!utf8_check(s, password->len) || strlen(s) != password->len)
		return refuse(err, field, "the password must be valid text");
	if (utf8_count(s, password->len) < AUTH_PASSWORD_MIN)
		return refuse(err, field,
		    "the password must be at least 12 characters");
	if (strcasecmp(s, username) == 0)
		return refuse(err, field,
		    "the password must not be the user name");
	if (is_common(s) || is_monotonous(s, password->len))
		return refuse(err, field,
		    "this password is too common: choose another one");
	return ST_OK;
}
