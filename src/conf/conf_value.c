/*
 * Values into the configuration struct: the type, the range and the words of
 * the option's row decide.  Knows neither files nor environment.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "conf/conf_table.h"
#include "net/net.h"

#define SIZE_MIN_BYTES (64LL << 20)
#define SIZE_MAX_BYTES (1024LL << 30)

static void *
slot_of(struct conf *c, const struct conf_option *o)
{
	return (char *)c + o->offset;
}

static bool
bool_parse(const char *text, bool *ret)
{
	static const char *const yes[] = { "true", "1", "yes", "on" };
	static const char *const no[] = { "false", "0", "no", "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(text, yes[i]) == 0 ||
		    strcasecmp(text, no[i]) == 0) {
			*ret = strcasecmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

/* Cuts TEXT at the commas, in place. */
static void
list_parse(char *text, struct conf_value *v)
{
	char *save = NULL;

	v->kind = CONF_KIND_LIST;
	for (char *item = strtok_r(text, ", ", &save); item != NULL;
	     item = strtok_r(NULL, ", ", &save)) {
		if (v->count == CONF_MAX_ITEMS) {
			v->kind = CONF_KIND_OTHER;
			return;
		}
		v->items[v->count++] = item;
	}
}

bool
conf_value_parse(const struct conf_option *o, const char *text,
    char scratch[CONF_MAX_TEXT], struct conf_value *ret_value)
{
	struct conf_value v = { .kind = CONF_KIND_TEXT, .text = text };
	char *end = NULL;

	errno = 0;
	switch (o->type) {
	case CONF_TEXT:
	case CONF_WORD:
	case CONF_CHOICE:
	case CONF_SIZE:
		break;
	case CONF_INT:
		v.kind = CONF_KIND_INT;
		v.whole = strtoll(text, &end, 10);
		break;
	case CONF_NUMBER:
		v.kind = CONF_KIND_NUMBER;
		v.number = strtod(text, &end);
		break;
	case CONF_BOOL:
	case CONF_FALSE:
		v.kind = CONF_KIND_BOOL;
		if (!bool_parse(text, &v.flag))
			return false;
		break;
	case CONF_ORIGINS:
	case CONF_IMAGES:
	case CONF_HOLES:
		if (!mem_copy_str(scratch, CONF_MAX_TEXT, text))
			return false;
		list_parse(scratch, &v);
		break;
	}
	if (end != NULL && (end == text || *end != '\0' || errno != 0))
		return false;
	*ret_value = v;
	return true;
}

bool
conf_image_check(const char *s, size_t n)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      "._-/:@";

	if (n == 0 || n > 255 || !isalnum((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\0' || strchr(allowed, s[i]) == NULL)
			return false;
	}
	return true;
}

bool
conf_text_check(const char *s)
{
	size_t n = strnlen(s, CONF_MAX_TEXT);

	return n < CONF_MAX_TEXT && utf8_check(s, n) &&
	    !utf8_has_control(s, n, "");
}

static bool
put_text(char **slot, const char *text, char note[CONF_NOTE_BYTES])
{
	if (!conf_text_check(text)) {
		(void)snprintf(note, CONF_NOTE_BYTES,
		    "must be plain text "
		    "without control characters, shorter than %d bytes",
		    CONF_MAX_TEXT);
		return false;
	}
	free(*slot);
	*slot = text[0] == '\0' ? NULL : mem_strdup(text);
	return true;
}

static bool
in_range(const struct conf_option *o, double x, char note[CONF_NOTE_BYTES])
{
	if (x >= o->min && x <= o->max)
		return true;
	(void)snprintf(note, CONF_NOTE_BYTES, "must be from %g to %g", o->min,
	    o->max);
	return false;
}

/* Case and surrounding blanks do not count; NULL when the word is unknown. */
static const struct conf_word *
word_find(const struct conf_option *o, const char *text,
    char note[CONF_NOTE_BYTES])
{
	const char *start = text + strspn(text, " \t\r\n");
	size_t n = strlen(start);
	int at;

	while (n > 0 && isspace((unsigned char)start[n - 1]))
		n--;
	for (const struct conf_word *w = o->words; w->word != NULL; w++) {
		if (strlen(w->word) == n && strncasecmp(w->word, start, n) == 0)
			return w;
	}
	at = snprintf(note, CONF_NOTE_BYTES, "must be one of");
	for (const struct conf_word *w = o->words;
	     w->word != NULL && at < CONF_NOTE_BYTES; w++)
		at += snprintf(note + at, (size_t)(CONF_NOTE_BYTES - at),
		    " \"%s\"", w->word);
	return NULL;
}

static const char *
word_name(const struct conf_option *o, int value)
{
	const struct conf_word *w = o->words;

	while (w->value != value)
		w++;
	return w->word;
}

/* 0 when it is none, or out of range. */
static uint64_t
size_parse(const char *text)
{
	long long n = 0, unit = 0;
	const char *p = text;

	for (; isdigit((unsigned char)*p) && n < SIZE_MAX_BYTES; p++)
		n = n * 10 + (*p - '0');
	switch (toupper((unsigned char)*p)) {
	case 'K':
		unit = 1LL << 10;
		break;
	case 'M':
		unit = 1LL << 20;
		break;
	case 'G':
		unit = 1LL << 30;
		break;
	default:
		break;
	}
	if (p > text && unit > 0 &&
	    (strcasecmp(p + 1, "") == 0 || strcasecmp(p + 1, "i") == 0) &&
	    n <= SIZE_MAX_BYTES / unit && n * unit >= SIZE_MIN_BYTES)
		return (uint64_t)(n * unit);
	return 0;
}

uint64_t
conf_size_bytes(const char *text)
{
	return text == NULL ? 0 : size_parse(text);
}

static bool
size_check(const char *text, char note[CONF_NOTE_BYTES])
{
	if (size_parse(text) > 0)
		return true;
	(void)snprintf(note, CONF_NOTE_BYTES,
	    "must be a size such as "
	    "\"512M\", from 64M to 1024G");
	return false;
}

/* Replaces the COUNT texts of SLOTS; at most MAX. */
static bool
put_list(char **slots, size_t *count, size_t max, const struct conf_value *v,
    char note[CONF_NOTE_BYTES])
{
	if (v->count > max) {
		(void)snprintf(note, CONF_NOTE_BYTES,
		    "may have %zu entries at most", max);
		return false;
	}
	for (size_t i = 0; i < v->count; i++) {
		if (!conf_text_check(v->items[i])) {
			(void)snprintf(note, CONF_NOTE_BYTES,
			    "entry %zu is not plain text", i + 1);
			return false;
		}
	}
	for (size_t i = 0; i < *count; i++)
		free(slots[i]);
	*count = v->count;
	for (size_t i = 0; i < v->count; i++)
		slots[i] = mem_strdup(v->items[i]);
	return true;
}

/* Names go to programs as arguments: the grammar keeps options out (S46). */
static bool
put_images(struct conf *c, const struct conf_value *v,
    char note[CONF_NOTE_BYTES])
{
	for (size_t i = 0; i < v->count; i++) {
		if (!conf_image_check(v->items[i], strlen(v->items[i]))) {
			(void)snprintf(note, CONF_NOTE_BYTES,
			    "entry %zu is not the name of an image", i + 1);
			return false;
		}
	}
	return put_list(c->sandbox.images, &c->sandbox.image_count,
	    CONF_MAX_IMAGES, v, note);
}

/* A wide network may have a metadata service in it, which stays shut all the
 * same; one that is nothing else was written down by mistake (S207). */
static bool
put_holes(struct conf *c, const struct conf_value *v,
    char note[CONF_NOTE_BYTES])
{
	for (size_t i = 0; i < v->count; i++) {
		struct net_hole hole;

		if (!net_hole_parse(v->items[i], &hole)) {
			(void)snprintf(note, CONF_NOTE_BYTES,
			    "entry %zu is not ADDRESS[/BITS][:PORT]; IPv6 with "
			    "a port is [ADDRESS/BITS]:PORT",
			    i + 1);
			return false;
		}
		if (net_is_metadata_cidr(&hole.cidr)) {
			(void)snprintf(note, CONF_NOTE_BYTES,
			    "entry %zu is a metadata service, which stays shut "
			    "for tools: remove it",
			    i + 1);
			return false;
		}
	}
	return put_list(c->sandbox.holes, &c->sandbox.hole_count,
	    CONF_MAX_HOLES, v, note);
}

static bool
wants(const struct conf_value *v, enum conf_kind kind, const char *what,
    char note[CONF_NOTE_BYTES])
{
	if (v->kind == kind)
		return true;
	(void)snprintf(note, CONF_NOTE_BYTES, "must be %s", what);
	return false;
}

static bool
put_int(struct conf *c, const struct conf_option *o, const struct conf_value *v,
    char note[CONF_NOTE_BYTES])
{
	int *slot = slot_of(c, o);

	if (!wants(v, CONF_KIND_INT, "a whole number", note) ||
	    !in_range(o, (double)v->whole, note))
		return false;
	*slot = (int)v->whole;
	return true;
}

static bool
put_number(struct conf *c, const struct conf_option *o,
    const struct conf_value *v, char note[CONF_NOTE_BYTES])
{
	double x = v->kind == CONF_KIND_INT ? (double)v->whole : v->number;
	double *slot = slot_of(c, o);

	if (v->kind != CONF_KIND_INT &&
	    !wants(v, CONF_KIND_NUMBER, "a number", note))
		return false;
	if (!in_range(o, x, note))
		return false;
	*slot = x;
	return true;
}

static bool
put_bool(struct conf *c, const struct conf_option *o,
    const struct conf_value *v, char note[CONF_NOTE_BYTES])
{
	if (!wants(v, CONF_KIND_BOOL, "true or false", note))
		return false;
	if (o->type == CONF_FALSE && v->flag) {
		(void)snprintf(note, CONF_NOTE_BYTES,
		    "must stay false: a "
		    "hosted deployment always asks who is calling");
		return false;
	}
	if (o->type == CONF_BOOL)
		*(bool *)slot_of(c, o) = v->flag;
	return true;
}

static bool
put_word(struct conf *c, const struct conf_option *o,
    const struct conf_value *v, char note[CONF_NOTE_BYTES])
{
	const struct conf_word *w;

	if (!wants(v, CONF_KIND_TEXT, "a text", note))
		return false;
	w = word_find(o, v->text, note);
	if (w == NULL)
		return false;
	if (o->type == CONF_CHOICE)
		return put_text(slot_of(c, o), word_name(o, w->value), note);
	/* gcc and clang give these enums the size of int. */
	memcpy(slot_of(c, o), &w->value, sizeof(w->value));
	return true;
}

_Static_assert(sizeof(enum conf_approval) == sizeof(int) &&
	sizeof(enum conf_security) == sizeof(int) &&
	sizeof(enum conf_network) == sizeof(int),
    "words are stored as int");

bool
conf_put(struct conf *c, const struct conf_option *o,
    const struct conf_value *v, char note[CONF_NOTE_BYTES])
{
	switch (o->type) {
	case CONF_TEXT:
		return wants(v, CONF_KIND_TEXT, "a text in quotes", note) &&
		    put_text(slot_of(c, o), v->text, note);
	case CONF_INT:
		return put_int(c, o, v, note);
	case CONF_NUMBER:
		return put_number(c, o, v, note);
	case CONF_BOOL:
	case CONF_FALSE:
		return put_bool(c, o, v, note);
	case CONF_WORD:
	case CONF_CHOICE:
		return put_word(c, o, v, note);
	case CONF_SIZE:
		return wants(v, CONF_KIND_TEXT, "a text in quotes", note) &&
		    size_check(v->text, note) &&
		    put_text(slot_of(c, o), v->text, note);
	case CONF_ORIGINS:
		return wants(v, CONF_KIND_LIST,
			   "a list of texts, as in [ \"https://a.example\" ]",
			   note) &&
		    put_list(c->allowed_origins, &c->origin_count,
			/* one place is kept for external_url */
			CONF_MAX_ORIGINS - 1, v, note);
	case CONF_IMAGES:
		return wants(v, CONF_KIND_LIST,
			   "a list of texts, as in [ \"localhost/tools:1\" ]",
			   note) &&
		    put_images(c, v, note);
	case CONF_HOLES:
		return wants(v, CONF_KIND_LIST,
			   "a list of texts, as in [ \"10.1.2.0/24\" ]",
			   note) &&
		    put_holes(c, v, note);
	}
	return false;
}
