/*
 * The short circuit of refusals (S166): who was told to wait by the database
 * is told so again without it, so that an address that hammers costs nothing
 * but an answer.
 *
 * A fixed table: a line has eight places, and when all are taken the one that
 * ends first is given away.  What is forgotten is asked of the database again.
 * A minute is the longest that is remembered, so that an end which the
 * operator brings forward is seen.
 */
#include "config.h"

#include <pthread.h>
#include <string.h>

#include "auth/auth.h"
#include "base/bytes.h"
#include "base/clock.h"

#define LINES 256 /* a power of two */
#define PLACES 8
#define MARK_BYTES 16
#define LONGEST_MS 60000

struct place {
	unsigned char mark[MARK_BYTES];
	int64_t until_ms; /* monotonic; 0 = free */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct place table[LINES][PLACES];

/* The line of a subject; its mark in MARK.  Names are chosen by strangers, so
 * they are hashed. */
static struct place *
line_of(const char *class_name, const char *subject,
    unsigned char mark[MARK_BYTES])
{
	unsigned char hash[BYTES_SHA256];
	char text[256];
	size_t n = strnlen(class_name, 64), m = strnlen(subject, 128);

	memcpy(text, class_name, n);
	text[n] = '\0';
	memcpy(text + n + 1, subject, m);
	bytes_sha256(text, n + 1 + m, hash);
	memcpy(mark, hash, MARK_BYTES);
	return table[hash[MARK_BYTES] & (LINES - 1)];
}

int
auth_shut_secs(const char *class_name, const char *subject)
{
	unsigned char mark[MARK_BYTES];
	struct place *line = line_of(class_name, subject, mark);
	int64_t now = clock_mono_ms(), left = 0;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < PLACES; i++) {
		if (memcmp(line[i].mark, mark, MARK_BYTES) == 0)
			left = line[i].until_ms - now;
	}
	pthread_mutex_unlock(&lock);
	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

void
auth_shut_note(const char *class_name, const char *subject, int secs)
{
	unsigned char mark[MARK_BYTES];
	struct place *line = line_of(class_name, subject, mark);
	struct place *into = line;
	int64_t ms = secs > LONGEST_MS / 1000 ? LONGEST_MS : secs * 1000LL;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < PLACES; i++) {
		if (memcmp(line[i].mark, mark, MARK_BYTES) == 0) {
			into = &line[i];
			break;
		}
		if (line[i].until_ms < into->until_ms)
			into = &line[i];
	}
	memcpy(into->mark, mark, MARK_BYTES);
	into->until_ms = clock_mono_ms() + ms;
	pthread_mutex_unlock(&lock);
}
