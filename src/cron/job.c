/* What a job may be: see job.h.  Every member is known by name; one that is
 * not is refused, so that nothing a caller invents can mean anything. */
#include "config.h"

#include "cron/job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"

static enum status refuse(struct cron_error *err, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static enum status
refuse(struct cron_error *err, const char *field, const char *fmt, ...)
{
	va_list ap;

	(void)mem_copy_str(err->field, sizeof(err->field), field);
	va_start(ap, fmt);
	vsnprintf(err->why, sizeof(err->why), fmt, ap);
	va_end(ap);
	return ST_INVALID;
}

/* Only these members, NULL at the end. */
static enum status
check_keys(struct json_object *o, const char *const *known, const char *what,
    struct cron_error *err)
{
	if (!json_object_is_type(o, json_type_object))
		return refuse(err, what, "'%s' must be an object", what);
	json_object_object_foreach(o, key, value)
	{
		const char *const *k = known;

		(void)value;
		while (*k != NULL && strcmp(*k, key) != 0)
			k++;
		if (*k == NULL)
			return refuse(err, what, "'%s' has no '%.*s'", what,
			    (int)utf8_cut(key, strlen(key), 40), key);
	}
	return ST_OK;
}

static enum status
check_text(struct json_object *o, const char *key, size_t max,
    struct cron_error *err)
{
	const char *s = js_text(o, key);
	size_t n = js_text_len(o, key);

	if (s == NULL)
		return refuse(err, key, "missing '%s', a text", key);
	if (n == 0 || s[strspn(s, " \t\r\n")] == '\0')
		return refuse(err, key, "'%s' must not be blank", key);
	if (n > max)
		return refuse(err, key, "'%s' is too long: at most %zu bytes",
		    key, max);
	if (utf8_has_control(s, n, "\n\t\r"))
		return refuse(err, key,
		    "'%s' must not contain control "
		    "characters",
		    key);
	return ST_OK;
}

/* An optional text, to be found again in the answer. */
static enum status
copy_text(struct json_object *from, const char *key, struct json_object *to,
    struct cron_error *err)
{
	if (js_get(from, key) == NULL)
		return ST_OK;
	if (check_text(from, key, 200, err) != ST_OK)
		return ST_INVALID;
	js_set_text(to, key, js_text(from, key));
	return ST_OK;
}

static enum status
check_timeout(struct json_object *payload, struct json_object *out,
    struct cron_error *err)
{
	struct json_object *v = js_get(payload, "timeout_secs");
	int64_t secs;

	if (v == NULL)
		v = js_get(payload, "timeoutSecs");
	if (v == NULL)
		return ST_OK;
	secs = json_object_get_int64(v);
	if (!json_object_is_type(v, json_type_int) || secs < 1 ||
	    secs > CRON_TIMEOUT_MAX_SECS)
		return refuse(err, "timeout_secs",
		    "'timeout_secs' must be a "
		    "number from 1 to 3600");
	js_set_int(out, "timeout_secs", secs);
	js_set_int(out, "timeoutSecs", secs);
	return ST_OK;
}

static enum status
agent_turn(struct json_object *payload, const struct cron_rules *rules,
    struct json_object *out, struct cron_error *err)
{
	static const char *const known[] = { "kind", "message", "model",
		"timeout_secs", "timeoutSecs", "deliver", "channel", "to",
		NULL };
	struct json_object *deliver = js_get(payload, "deliver");
	const char *bare;

	if (check_keys(payload, known, "payload", err) != ST_OK ||
	    check_text(payload, "message", CRON_TEXT_MAX_BYTES, err) != ST_OK)
		return ST_INVALID;
	js_set_text(out, "kind", "agentTurn");
	js_set_text(out, "message", js_text(payload, "message"));
	if (copy_text(payload, "model", out, err) != ST_OK ||
	    check_timeout(payload, out, err) != ST_OK)
		return ST_INVALID;
	if (js_get(out, "model") != NULL &&
	    conf_provider_find(rules->conf, js_text(out, "model"), &bare) ==
		NULL)
		return refuse(err, "model",
		    "this model is not configured: "
		    "see models.list");
	if (deliver != NULL && !json_object_is_type(deliver, json_type_boolean))
		return refuse(err, "deliver",
		    "'deliver' must be true or "
		    "false");
	if (json_object_get_boolean(deliver))
		return refuse(err, "deliver",
		    "'deliver' needs a connected "
		    "channel, and there is none");
	js_set_bool(out, "deliver", false);
	if (copy_text(payload, "channel", out, err) != ST_OK)
		return ST_INVALID;
	return copy_text(payload, "to", out, err);
}

static enum status
system_event(struct json_object *payload, struct json_object *out,
    struct cron_error *err)
{
	static const char *const known[] = { "kind", "text", NULL };

	if (check_keys(payload, known, "payload", err) != ST_OK ||
	    check_text(payload, "text", CRON_TEXT_MAX_BYTES, err) != ST_OK)
		return ST_INVALID;
	js_set_text(out, "kind", "systemEvent");
	js_set_text(out, "text", js_text(payload, "text"));
	return ST_OK;
}

/* TARGET decides which kind it must be (S98). */
static enum status
parse_payload(struct json_object *spec, const struct cron_rules *rules,
    struct json_object *job, struct cron_error *err)
{
	struct json_object *payload = js_get(spec, "payload");
	struct json_object *out;
	const char *kind = js_text(payload, "kind");
	bool is_main = strcmp(js_text(job, "target"), "main") == 0;

	if (kind == NULL ||
	    (strcmp(kind, "systemEvent") != 0 &&
		strcmp(kind, "agentTurn") != 0))
		return refuse(err, "payload",
		    "'payload' must be an object "
		    "whose 'kind' is systemEvent or "
		    "agentTurn");
	if (is_main && strcmp(kind, "systemEvent") != 0)
		return refuse(err, "payload",
		    "sessionTarget=main requires "
		    "payload kind=systemEvent");
	if (!is_main && strcmp(kind, "agentTurn") != 0)
		return refuse(err, "payload",
		    "sessionTarget=isolated/named "
		    "requires payload "
		    "kind=agentTurn");
	out = js_new();
	js_set(job, "payload", out);
	return is_main ? system_event(payload, out, err)
		       : agent_turn(payload, rules, out, err);
}

/* Part of a session's key; not the form that isolated jobs have. */
static bool
is_target_name(const char *s)
{
	size_t n = s == NULL ? 0 : strlen(s);

	if (n == 0 || n > 64 || uuid_check(s) || strcmp(s, "heartbeat") == 0)
		return false;
	for (; *s != '\0'; s++) {
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '0' && *s <= '9') && strchr("_-.", *s) == NULL)
			return false;
	}
	return true;
}

static enum status
parse_target(struct json_object *spec, const struct cron_rules *rules,
    struct json_object *job, struct cron_error *err)
{
	struct json_object *target = js_get(spec, "sessionTarget");
	const char *word = "isolated", *name;

	if (json_object_is_type(target, json_type_string))
		word = json_object_get_string(target);
	else if (target != NULL)
		word = "named";
	if (strcmp(word, "main") == 0 || strcmp(word, "isolated") == 0) {
		js_set_text(job, "target", word);
		return ST_OK;
	}
	name = js_text(target, "named");
	if (rules->by_agent || name == NULL ||
	    json_object_object_length(target) != 1)
		return refuse(err, "sessionTarget",
		    "'sessionTarget' must be main%s",
		    rules->by_agent ? " or isolated"
				    : ", isolated or {\"named\": NAME}");
	if (!is_target_name(name))
		return refuse(err, "sessionTarget",
		    "the name of a session has 1 to 64 letters, digits, '_', "
		    "'-' or '.', and is neither an id nor heartbeat");
	js_set_text(job, "target", "named");
	js_set_text(job, "target_name", name);
	return ST_OK;
}

static bool
is_image(const struct conf *conf, const char *image)
{
	for (size_t i = 0; i < conf->sandbox.image_count; i++) {
		if (strcmp(conf->sandbox.images[i], image) == 0)
			return true;
	}
	return false;
}

static enum status
parse_sandbox(struct json_object *spec, const struct cron_rules *rules,
    struct json_object *job, struct cron_error *err)
{
	static const char *const known[] = { "enabled", "image", NULL };
	struct json_object *sandbox = js_get(spec, "sandbox");
	struct json_object *enabled = js_get(sandbox, "enabled");
	const char *image = js_text(sandbox, "image");

	if (sandbox == NULL)
		return ST_OK;
	if (check_keys(sandbox, known, "sandbox", err) != ST_OK)
		return ST_INVALID;
	if (enabled != NULL && !json_object_is_type(enabled, json_type_boolean))
		return refuse(err, "sandbox", "'sandbox.enabled' must be true");
	if (enabled != NULL && !json_object_get_boolean(enabled)) {
		(void)refuse(err, "sandbox",
		    "not permitted: a job always runs "
		    "in a sandbox");
		return ST_FORBIDDEN;
	}
	if (js_get(sandbox, "image") == NULL)
		return ST_OK;
	if (image == NULL || !is_image(rules->conf, image))
		return refuse(err, "sandbox",
		    "'sandbox.image' is not one of "
		    "the images of this server");
	js_set_text(job, "image", image);
	return ST_OK;
}

static enum status
parse_flags(struct json_object *spec, struct json_object *job,
    struct cron_error *err)
{
	static const struct {
		const char *key, *stored;
		bool dflt;
	} flags[] = { { "enabled", "enabled", true },
		{ "deleteAfterRun", "delete_after_run", false } };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct json_object *v = js_get(spec, flags[i].key);

		if (v != NULL && !json_object_is_type(v, json_type_boolean))
			return refuse(err, flags[i].key,
			    "'%s' must be true or false", flags[i].key);
		js_set_bool(job, flags[i].stored,
		    js_bool(spec, flags[i].key, flags[i].dflt));
	}
	return ST_OK;
}

/* What only the server decides. */
static enum status
check_server_only(struct json_object *spec, struct cron_error *err)
{
	struct json_object *v = js_get(spec, "system");
	const char *id = js_text(spec, "id");

	if (v != NULL &&
	    (!json_object_is_type(v, json_type_boolean) ||
		json_object_get_boolean(v)))
		return refuse(err, "system",
		    "'system' is for the server's own "
		    "jobs");
	if (id != NULL && strncmp(id, "__", 2) == 0)
		return refuse(err, "id",
		    "ids that begin with __ are the "
		    "server's own");
	return ST_OK;
}

static enum status
parse_schedule(struct json_object *spec, const struct cron_rules *rules,
    struct json_object *job, struct cron_error *err, int64_t *ret_next_ms)
{
	struct cron_schedule s;
	struct json_object *o = js_get(spec, "schedule");
	int64_t next;

	*ret_next_ms = 0;
	if (rules->reschedule && js_bool(job, "enabled", true)) {
		if (cron_schedule_parse(o, rules->now_ms, &s, err) != ST_OK)
			return ST_INVALID;
	} else if (cron_schedule_load(o, rules->now_ms, &s, err) != ST_OK) {
		return ST_INVALID;
	}
	/* An agent's plans wait for a person, where that is asked for. */
	if (rules->by_agent && rules->says_more && s.kind != CRON_AT &&
	    rules->conf->cron_agent_create == CRON_AGENT_ASK)
		js_set_bool(job, "enabled", false);
	js_set_text(job, "kind", cron_kind_word(s.kind));
	js_set(job, "schedule", cron_schedule_json(&s));
	if (cron_schedule_next(&s, rules->now_ms, &next))
		*ret_next_ms = next;
	return ST_OK;
}

static enum status
parse_all(struct json_object *spec, const struct cron_rules *rules,
    struct json_object *job, struct cron_error *err, int64_t *ret_next_ms)
{
	static const char *const known[] = { "id", "name", "schedule",
		"payload", "sessionTarget", "deleteAfterRun", "enabled",
		"system", "sandbox", NULL };
	enum status st;

	if (check_keys(spec, known, "job", err) != ST_OK ||
	    check_server_only(spec, err) != ST_OK ||
	    check_text(spec, "name", CRON_NAME_MAX * 4, err) != ST_OK)
		return ST_INVALID;
	if (utf8_count(js_text(spec, "name"), js_text_len(spec, "name")) >
	    CRON_NAME_MAX)
		return refuse(err, "name",
		    "'name' is too long: at most %d "
		    "characters",
		    CRON_NAME_MAX);
	js_set_text(job, "name", js_text(spec, "name"));
	st = parse_sandbox(spec, rules, job, err);
	if (st != ST_OK)
		return st;
	if (parse_flags(spec, job, err) != ST_OK ||
	    parse_schedule(spec, rules, job, err, ret_next_ms) != ST_OK ||
	    parse_target(spec, rules, job, err) != ST_OK)
		return ST_INVALID;
	return parse_payload(spec, rules, job, err);
}

enum status
cron_job_parse(struct json_object *spec, const struct cron_rules *rules,
    struct cron_error *err, struct json_object **ret, int64_t *ret_next_ms)
{
	struct json_object *job = js_new();
	enum status st = parse_all(spec, rules, job, err, ret_next_ms);

	if (st != ST_OK) {
		js_put(&job);
		return st;
	}
	*ret = job;
	return ST_OK;
}

struct json_object *
cron_job_patched(struct json_object *entry, struct json_object *patch)
{
	static const char *const members[] = { "name", "schedule", "payload",
		"sessionTarget", "deleteAfterRun", "enabled", "sandbox" };
	struct json_object *o = js_new();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		js_set(o, members[i],
		    json_object_get(js_get(entry, members[i])));
	/* Whatever else the patch has is refused by name later. */
	json_object_object_foreach(patch, key, value)
	{
		js_set(o, key, json_object_get(value));
	}
	return o;
}
