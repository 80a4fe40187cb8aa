/*
 * The error a person sees when a model call failed (protocol.md section 2).
 *
 * Says what happened in our words and adds the provider's own message where it
 * helps.  That message is foreign text: printable, short, without the key, and
 * left out where providers repeat parts of the key in it.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "provider/kind.h"

#define MAX_MESSAGE_BYTES 400
#define MIN_KEY_BYTES 6 /* shorter ones are placeholders and common words */

enum fault {
	FAULT_AUTH,    /* key refused */
	FAULT_QUOTA,   /* paid for no more */
	FAULT_RATE,    /* too many requests now */
	FAULT_MODEL,   /* no such model */
	FAULT_ADDRESS, /* something else answers at base_url */
	FAULT_LONG,    /* the conversation does not fit the model */
	FAULT_REQUEST, /* refused for what we sent */
	FAULT_SERVER,  /* the provider is broken or overloaded */
	FAULT_LOST,    /* no connection */
	FAULT_STREAM   /* the answer broke off or made no sense */
};

struct fault_text {
	const char *type;
	const char *icon;
	const char *title;
	const char *detail;
	bool hide_message; /* the provider's own words may show the key */
};

struct mined {
	const char *word;    /* code or type, borrowed, "" if none */
	const char *message; /* borrowed, "" if none */
	bool has_body;       /* an answer came, and it was no stream */
};

static struct mined mine(struct json_object *body);
static enum fault fault_of(long http, const struct mined *m);
static struct json_object *fault_object(const struct conf_provider *p,
    long http, const struct mined *m);
static void hide_key(const struct conf_provider *p, char *text);
static bool has(const char *text, const char *word);

static const struct fault_text fault_texts[] = {
	[FAULT_AUTH] = { "auth_error", "\xf0\x9f\x94\x91",
	    "The model provider refused our key",
	    "Check api_key of this provider in the configuration.", true },
	[FAULT_QUOTA] = { "usage_limit_reached", "\xf0\x9f\x93\x88",
	    "The provider's usage limit is reached",
	    "Raise the limit or the credit at the provider, or choose "
	    "another model.",
	    false },
	[FAULT_RATE] = { "rate_limit_exceeded", "\xe2\x8f\xb3",
	    "Too many requests to the model provider",
	    "Wait a moment and send the message again.", false },
	[FAULT_MODEL] = { "unsupported_model", "\xf0\x9f\xa7\xa9",
	    "The provider does not know this model",
	    "Choose another model, or correct models of this provider in the "
	    "configuration.",
	    false },
	[FAULT_ADDRESS] = { "api_error", "\xf0\x9f\xa7\xad",
	    "The provider's address does not answer as expected",
	    "Check base_url of this provider in the configuration.", false },
	[FAULT_LONG] = { "api_error", "\xf0\x9f\x93\x8f",
	    "The conversation is too long for this model",
	    "Start a new session, or choose a model that takes more.", false },
	[FAULT_REQUEST] = { "api_error", "\xe2\x9a\xa0\xef\xb8\x8f",
	    "The provider did not accept the request", "It gave no reason.",
	    false },
	[FAULT_SERVER] = { "server_error", "\xf0\x9f\x8c\xa9\xef\xb8\x8f",
	    "The model provider has a problem",
	    "Try again in a moment, or choose another model.", false },
	[FAULT_LOST] = { "server_error", "\xf0\x9f\x94\x8c",
	    "No connection to the model provider",
	    "Check the network and base_url of this provider.", false },
	[FAULT_STREAM] = { "server_error", "\xe2\x9c\x82\xef\xb8\x8f",
	    "The answer broke off", "Send the message again.", false },
};

struct json_object *
provider_error(const struct conf_provider *p, long http, const char *body,
    size_t n)
{
	own_json struct json_object *value = NULL;
	struct js_error err;
	struct mined m = { .word = "", .message = "" };

	/* An HTML page of some proxy is no message for a person. */
	if (body != NULL && js_parse(body, n, &value, &err) == ST_OK)
		m = mine(value);
	m.has_body = n > 0;
	return fault_object(p, http, &m);
}

struct json_object *
provider_reply_error(const struct conf_provider *p,
    const struct provider_reply *r)
{
	struct mined m = { .word = r->error_type, .message = r->error };

	return fault_object(p, r->error_http, &m);
}

void
provider_copy_printable(char *dst, size_t size, const char *s)
{
	size_t n = 0;

	for (size_t at = 0, step, len = strlen(s); at < len; at += step) {
		bool plain;

		step = utf8_step(s + at, len - at);
		plain = step > 0 && !utf8_has_control(s + at, step, "");
		step = step == 0 ? 1 : step;
		if (n + (plain ? step : 1) >= size)
			break;
		if (plain)
			memcpy(dst + n, s + at, step);
		else
			dst[n] = ' ';
		n += plain ? step : 1;
	}
	dst[n] = '\0';
}

/* Shapes seen: {"error":{...}}, {"error":"text"}, [{"error":{...}}],
 * {"message":"text"}, {"detail":"text"}. */
static struct mined
mine(struct json_object *body)
{
	struct mined m = { .word = "", .message = "" };
	struct json_object *error;
	const char *word, *message;

	if (json_object_is_type(body, json_type_array))
		body = json_object_array_get_idx(body, 0);
	error = js_get(body, "error");
	if (!json_object_is_type(error, json_type_object))
		error = body;
	word = js_text(error, "code");
	if (word == NULL)
		word = js_text(error, "type");
	if (word != NULL)
		m.word = word;
	message = js_text(error, "message");
	if (message == NULL)
		message = js_text(body, "error");
	if (message == NULL)
		message = js_text(body, "detail");
	if (message != NULL)
		m.message = message;
	return m;
}

static enum fault
fault_of(long http, const struct mined *m)
{
	if (http == 402 || has(m->word, "insufficient_quota") ||
	    has(m->word, "billing") || has(m->message, "credit balance"))
		return FAULT_QUOTA;
	if (has(m->word, "context_length") ||
	    has(m->message, "prompt is too long") || http == 413)
		return FAULT_LONG;
	if (http == 401 || http == 403)
		return FAULT_AUTH;
	if (has(m->word, "model_not_found") ||
	    (http == 404 && has(m->message, "model")))
		return FAULT_MODEL;
	if (http == 404 || http == 405 || (http >= 300 && http < 400))
		return FAULT_ADDRESS;
	if (http == 429)
		return FAULT_RATE;
	if (http == 0)
		return FAULT_LOST;
	if (http < 300)
		return m->has_body ? FAULT_ADDRESS : FAULT_STREAM;
	return provider_may_retry(http) ? FAULT_SERVER : FAULT_REQUEST;
}

static struct json_object *
fault_object(const struct conf_provider *p, long http, const struct mined *m)
{
	const struct fault_text *t = &fault_texts[fault_of(http, m)];
	struct json_object *o = js_new();
	char message[MAX_MESSAGE_BYTES];
	own_txt struct txt detail = { 0 };

	txt_init(&detail, 0);
	txt_append(&detail, t->detail);
	provider_copy_printable(message, sizeof(message), m->message);
	hide_key(p, message);
	if (message[0] != '\0' && !t->hide_message)
		txt_format(&detail, " It said: %s", message);
	if (http > 0 && http != 200)
		txt_format(&detail, " (HTTP %ld)", http);
	js_set_text(o, "type", t->type);
	js_set_text(o, "icon", t->icon);
	js_set_text(o, "title", t->title);
	js_set_text_n(o, "detail", txt_str(&detail), detail.len);
	js_set_text(o, "provider", p->name);
	return o;
}

/*
 * Overwrites the provider's key, also one that was cut at the end of TEXT, and
 * what looks like a key: a word that begins "sk-".
 */
static void
hide_key(const struct conf_provider *p, char *text)
{
	const char *key = secret_reveal(&p->api_key);
	size_t key_len = p->api_key.len, text_len = strlen(text);
	char *at;

	if (key != NULL && key_len >= MIN_KEY_BYTES) {
		while ((at = strstr(text, key)) != NULL)
			memset(at, '*', key_len);
		for (size_t n = MIN_KEY_BYTES; n < key_len && n <= text_len;
		     n++) {
			if (memcmp(text + text_len - n, key, n) == 0)
				memset(text + text_len - n, '*', n);
		}
	}
	for (at = text; (at = strstr(at, "sk-")) != NULL;) {
		if (at > text && isalnum((unsigned char)at[-1])) {
			at += 3;
			continue;
		}
		while (*at != '\0' && *at != ' ')
			*at++ = '*';
	}
}

static bool
has(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}
