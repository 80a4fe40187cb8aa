/*
 * The map of accounts: a file of lines "32 hex digits, blank, number", only
 * ever appended to, and its copy in memory.
 */
#include "config.h"

#include "sandboxd/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"

#define MAX_SLOTS 1000000
#define LINE_BYTES 64
#define HEX_BYTES (2 * SBX_ID_BYTES)

struct slot {
	unsigned char account[SBX_ID_BYTES];
};

struct idents {
	uid_t base;
	int fd;             /* for appending; -1 when base is 0 */
	struct slot *slots; /* by number */
	size_t count, room;
};

static void
keep(struct idents *ids, const unsigned char account[SBX_ID_BYTES])
{
	if (ids->count == ids->room) {
		ids->room = ids->room == 0 ? 64 : ids->room * 2;
		ids->slots =
		    mem_grow(ids->slots, ids->room, sizeof(ids->slots[0]));
	}
	memcpy(ids->slots[ids->count++].account, account, SBX_ID_BYTES);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Lines come in the order of their numbers; anything else is damage. */
static bool
line_parse(struct idents *ids, const char *line)
{
	unsigned char account[SBX_ID_BYTES];
	char *end;

	for (size_t i = 0; i < SBX_ID_BYTES; i++) {
		int high = hex_digit(line[2 * i]);
		int low = high < 0 ? -1 : hex_digit(line[2 * i + 1]);

		if (low < 0)
			return false;
		account[i] = (unsigned char)(high << 4 | low);
	}
	if (line[HEX_BYTES] != ' ' ||
	    strtoul(line + HEX_BYTES + 1, &end, 10) != ids->count ||
	    strcmp(end, "\n") != 0 || ids->count >= MAX_SLOTS)
		return false;
	keep(ids, account);
	return true;
}

static enum status
read_all(struct idents *ids)
{
	char line[LINE_BYTES];
	FILE *f = fdopen(dup(ids->fd), "r");
	bool good = f != NULL;

	while (good && fgets(line, sizeof(line), f) != NULL) {
		/* Cut by a crash: it was not used yet, so it is no line. */
		if (strchr(line, '\n') == NULL) {
			off_t at = ftello(f) - (off_t)strlen(line);

			good = feof(f) != 0 && ftruncate(ids->fd, at) == 0;
			break;
		}
		good = line_parse(ids, line);
	}
	if (f != NULL)
		fclose(f);
	return good ? ST_OK : ST_INVALID;
}

enum status
ident_open(const char *file, uid_t base, struct idents **ret)
{
	struct idents *ids = mem_zalloc(sizeof(*ids));
	enum status st = ST_OK;

	ids->base = base;
	ids->fd = -1;
	if (base != 0) {
		ids->fd = open(file,
		    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		st = ids->fd < 0 ? ST_INTERNAL : read_all(ids);
	}
	if (st != ST_OK) {
		ident_close(ids);
		return st;
	}
	*ret = ids;
	return ST_OK;
}

void
ident_close(struct idents *ids)
{
	if (ids == NULL)
		return;
	if (ids->fd >= 0)
		close(ids->fd);
	free(ids->slots);
	free(ids);
}

static enum status
add(struct idents *ids, const unsigned char account[SBX_ID_BYTES])
{
	char line[LINE_BYTES], hex[HEX_BYTES + 1];
	off_t size = lseek(ids->fd, 0, SEEK_END);
	int n;

	if (ids->count >= MAX_SLOTS)
		return ST_LIMIT;
	bytes_hex(account, SBX_ID_BYTES, hex);
	n = snprintf(line, sizeof(line), "%s %zu\n", hex, ids->count);
	if (size < 0)
		return ST_INTERNAL;
	if (write(ids->fd, line, (size_t)n) != n || fdatasync(ids->fd) != 0) {
		/* Half a line would make the file unreadable. */
		if (ftruncate(ids->fd, size) != 0)
			abort();
		return ST_INTERNAL;
	}
	keep(ids, account);
	return ST_OK;
}

enum status
ident_uid(struct idents *ids, const unsigned char account[SBX_ID_BYTES],
    uid_t *ret)
{
	enum status st;
	size_t i = 0;

	if (ids->base == 0) {
		*ret = geteuid();
		return ST_OK;
	}
	while (i < ids->count &&
	    memcmp(ids->slots[i].account, account, SBX_ID_BYTES) != 0)
		i++;
	if (i == ids->count) {
		st = add(ids, account);
		if (st != ST_OK)
			return st;
	}
	*ret = ids->base + (uid_t)i;
	return ST_OK;
}
