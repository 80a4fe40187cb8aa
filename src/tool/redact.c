/*
 * Redaction: a table of forms by their first six bytes, and a scan that
 * judges every place of the stream once.
 */
#include "config.h"

#include "tool/redact.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

#define KEY_BYTES REDACT_MIN_BYTES
#define SLOTS 4096
#define MIN_FRAGMENT 8 /* of base64 that is not the whole value */
/* A stream of line breaks must not fill memory: past this many bytes for one
 * place it is judged by what is there. */
#define MAX_GAP(longest) (4 * (longest) + 4096)

struct form {
	char *bytes;
	size_t n;
	struct form *next; /* same slot */
};

struct redact {
	struct form *slots[SLOTS];
	size_t longest;
};

static size_t
slot_of(const char *p)
{
	uint64_t key = 0;

	memcpy(&key, p, KEY_BYTES);
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 52);
}

struct redact *
redact_new(void)
{
	return mem_zalloc(sizeof(struct redact));
}

void
redact_free(struct redact *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		struct form *next;

		for (struct form *f = set->slots[i]; f != NULL; f = next) {
			next = f->next;
			bytes_wipe(f->bytes, f->n);
			free(f->bytes);
			free(f);
		}
	}
	free(set);
}

static bool
is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* Adds one form, without its line breaks. */
static void
form_add(struct redact *set, const char *p, size_t n)
{
	char *flat = mem_zalloc(n + 1);
	struct form *f, **slot;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_break(p[i]))
			flat[len++] = p[i];
	}
	slot = len < KEY_BYTES ? NULL : &set->slots[slot_of(flat)];
	for (f = slot == NULL ? NULL : *slot; f != NULL; f = f->next) {
		if (f->n == len && memcmp(f->bytes, flat, len) == 0)
			break;
	}
	if (slot == NULL || f != NULL) {
		bytes_wipe(flat, n);
		free(flat);
		return;
	}
	f = mem_zalloc(sizeof(*f));
	f->bytes = flat;
	f->n = len;
	f->next = *slot;
	*slot = f;
	if (len > set->longest)
		set->longest = len;
}

/* Both alphabets of a piece of base64. */
static void
base64_add(struct redact *set, const char *p, size_t n)
{
	char *url = mem_strndup(p, n);

	form_add(set, p, n);
	for (size_t i = 0; i < n; i++)
		url[i] = url[i] == '+' ? '-' : url[i] == '/' ? '_' : url[i];
	form_add(set, url, n);
	bytes_wipe(url, n);
	free(url);
}

/*
 * BEFORE bytes of something else precede the value in what is encoded; the
 * characters they reach into say nothing certain.  The same at the end, unless
 * the value ends the text: then the last ones are certain, with padding.
 */
static void
base64_forms(struct redact *set, const char *value, size_t n, size_t before)
{
	size_t room = BYTES_B64URL_ROOM(n + before), all, whole;
	size_t skip = before == 0 ? 0 : before + 1;
	char *in = mem_zalloc(n + before), *out = mem_zalloc(room);

	memcpy(in + before, value, n);
	all = bytes_b64(in, n + before, out);
	whole = (n + before) * 8 / 6;
	base64_add(set, out + skip, all - skip);
	while (all > 0 && out[all - 1] == '=')
		all--;
	base64_add(set, out + skip, all - skip);
	if (whole >= skip + MIN_FRAGMENT)
		base64_add(set, out + skip, whole - skip);
	bytes_wipe(in, n + before);
	bytes_wipe(out, room);
	free(in);
	free(out);
}

static void
upper(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)toupper((unsigned char)*s);
}

static void
hex_forms(struct redact *set, const char *value, size_t n)
{
	char *hex = mem_zalloc(2 * n + 1);

	bytes_hex(value, n, hex);
	form_add(set, hex, 2 * n);
	upper(hex);
	form_add(set, hex, 2 * n);
	bytes_wipe(hex, 2 * n);
	free(hex);
}

static void
percent_form(struct redact *set, const char *value, size_t n, bool every,
    const char *digits)
{
	char *out = mem_zalloc(3 * n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];

		if (!every && c < 0x80 &&
		    (isalnum(c) || strchr("-._~", c) != NULL) && c != '\0') {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '%';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 15];
	}
	form_add(set, out, len);
	bytes_wipe(out, len);
	free(out);
}

/* Inside a JSON string; some writers escape the slash as well. */
static void
json_form(struct redact *set, const char *value, size_t n, bool slashes)
{
	struct txt quoted = { 0 }, out = { 0 };
	size_t last;

	txt_append_quoted(&quoted, value, n);
	last = quoted.len - 1;
	for (size_t i = 1; i < last; i++) {
		if (slashes && quoted.data[i] == '/')
			txt_append_c(&out, '\\');
		txt_append_c(&out, quoted.data[i]);
	}
	form_add(set, txt_str(&out), out.len);
	bytes_wipe(quoted.data, quoted.len);
	if (out.len > 0)
		bytes_wipe(out.data, out.len);
	txt_done(&quoted);
	txt_done(&out);
}

static void
reversed_form(struct redact *set, const char *value, size_t n)
{
	char *out = mem_zalloc(n);

	for (size_t i = 0; i < n; i++)
		out[i] = value[n - 1 - i];
	form_add(set, out, n);
	bytes_wipe(out, n);
	free(out);
}

void
redact_add(struct redact *set, const char *value, size_t n)
{
	static const char lower_digits[] = "0123456789abcdef";
	static const char upper_digits[] = "0123456789ABCDEF";

	if (n < REDACT_MIN_BYTES)
		return;
	form_add(set, value, n);
	reversed_form(set, value, n);
	for (size_t before = 0; before < 3; before++)
		base64_forms(set, value, n, before);
	hex_forms(set, value, n);
	for (int every = 0; every < 2; every++) {
		percent_form(set, value, n, every, lower_digits);
		percent_form(set, value, n, every, upper_digits);
	}
	json_form(set, value, n, false);
	json_form(set, value, n, true);
}

/* Length of the longest form that P starts with; 0: none. */
static size_t
match(const struct redact *set, const char *p, size_t n)
{
	size_t best = 0;

	if (n < KEY_BYTES)
		return 0;
	for (struct form *f = set->slots[slot_of(p)]; f != NULL; f = f->next) {
		if (f->n <= n && f->n > best && memcmp(f->bytes, p, f->n) == 0)
			best = f->n;
	}
	return best;
}

/* All N bytes are the beginning of a form. */
static bool
is_beginning(const struct redact *set, const char *p, size_t n)
{
	size_t from = 0, to = SLOTS;

	if (n >= KEY_BYTES) {
		from = slot_of(p);
		to = from + 1;
	}
	for (size_t i = from; i < to; i++) {
		for (struct form *f = set->slots[i]; f != NULL; f = f->next) {
			if (f->n > n && memcmp(f->bytes, p, n) == 0)
				return true;
		}
	}
	return false;
}

void
redact_stream_init(struct redact_stream *s, const struct redact *set)
{
	memset(s, 0, sizeof(*s));
	s->set = set != NULL && set->longest > 0 ? set : NULL;
}

void
redact_stream_done(struct redact_stream *s)
{
	if (s->raw.data != NULL)
		bytes_wipe(s->raw.data, s->raw.room);
	if (s->flat.data != NULL)
		bytes_wipe(s->flat.data, s->flat.room);
	txt_done(&s->raw);
	txt_done(&s->flat);
	free(s->where);
	memset(s, 0, sizeof(*s));
}

static void
take_in(struct redact_stream *s, const char *bytes, size_t n)
{
	if (s->flat.len + n > s->where_room) {
		s->where_room = 2 * (s->flat.len + n);
		s->where = mem_grow(s->where, s->where_room, sizeof(*s->where));
	}
	for (size_t i = 0; i < n; i++) {
		if (is_break(bytes[i]))
			continue;
		s->where[s->flat.len] = s->raw.len + i;
		txt_append_c(&s->flat, bytes[i]);
	}
	txt_append_n(&s->raw, bytes, n);
}

/* Forgets what is dealt with, once that is most of what is there. */
static void
shrink(struct redact_stream *s)
{
	size_t left = s->flat.len - s->at, gone = s->done;

	if (gone < s->raw.len - gone)
		return;
	for (size_t i = 0; i < left; i++)
		s->where[i] = s->where[s->at + i] - gone;
	txt_drop_front(&s->flat, s->at);
	txt_drop_front(&s->raw, gone);
	s->at = s->done = 0;
}

/* Everything of RAW before the place that is judged next is certain. */
static void
give_out(struct redact_stream *s, size_t to, struct txt *out)
{
	if (to <= s->done)
		return;
	txt_append_n(out, s->raw.data + s->done, to - s->done);
	s->done = to;
}

static size_t
place(const struct redact_stream *s)
{
	return s->at < s->flat.len ? s->where[s->at] : s->raw.len;
}

static void
judge(struct redact_stream *s, struct txt *out)
{
	size_t n = match(s->set, s->flat.data + s->at, s->flat.len - s->at);

	if (n == 0) {
		s->at++;
		return;
	}
	give_out(s, s->where[s->at], out);
	txt_append(out, REDACT_MARK);
	s->done = s->where[s->at + n - 1] + 1;
	s->at += n;
}

/* What comes next decides what stands here. */
static bool
must_wait(const struct redact_stream *s)
{
	size_t left = s->flat.len - s->at;

	return left < s->set->longest &&
	    s->raw.len - s->where[s->at] <= MAX_GAP(s->set->longest) &&
	    is_beginning(s->set, s->flat.data + s->at, left);
}

void
redact_feed(struct redact_stream *s, const char *bytes, size_t n,
    struct txt *out)
{
	if (s->set == NULL) {
		txt_append_n(out, bytes, n);
		return;
	}
	take_in(s, bytes, n);
	while (s->at < s->flat.len && !must_wait(s))
		judge(s, out);
	give_out(s, place(s), out);
	shrink(s);
}

void
redact_end(struct redact_stream *s, bool cut, struct txt *out)
{
	if (s->set == NULL)
		return;
	while (s->at < s->flat.len) {
		if (cut &&
		    is_beginning(s->set, s->flat.data + s->at,
			s->flat.len - s->at)) {
			give_out(s, s->where[s->at], out);
			s->done = s->raw.len;
			return;
		}
		judge(s, out);
	}
	give_out(s, s->raw.len, out);
}
