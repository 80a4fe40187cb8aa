/*
 * Handlers that tell what can be chosen: the models of the configuration, and
 * all that a page needs at its start in one answer.
 */
#include "config.h"

#include "base/txt.h"
#include "chat/chat.h"
#include "js/js.h"

enum status
chat_model_check(struct op_call *call, const char *model)
{
	const char *bare;

	if (model == NULL ||
	    conf_provider_find(call->conf, model, &bare) != NULL)
		return ST_OK;
	return op_fail_field(call, "model",
	    "this model is not configured: see models.list");
}

static const char *
kind_word(enum conf_provider_kind kind)
{
	switch (kind) {
	case PROVIDER_OPENAI:
		return "openai";
	case PROVIDER_ANTHROPIC:
		return "anthropic";
	case PROVIDER_DEMO:
		break;
	}
	return "demo";
}

static struct json_object *
model_json(const struct conf_provider *p, const char *model, bool is_default)
{
	own_txt struct txt id = { 0 };
	struct json_object *o = js_new();

	txt_format(&id, "%s::%s", p->name, model);
	js_set_text(o, "id", txt_str(&id));
	js_set_text(o, "provider", p->name);
	js_set_text(o, "kind", kind_word(p->kind));
	js_set_text(o, "displayName", model);
	js_set_bool(o, "supportsTools", p->kind != PROVIDER_DEMO);
	js_set_bool(o, "isDefault", is_default);
	js_set_bool(o, "unsupported", false);
	return o;
}

static struct json_object *
models_json(const struct conf *conf)
{
	struct json_object *list = json_object_new_array();
	const char *model = NULL;
	const struct conf_provider *dflt =
	    conf_provider_find(conf, NULL, &model);

	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct conf_provider *p = &conf->providers[i];

		for (size_t k = 0; k < p->model_count; k++)
			js_push(list,
			    model_json(p, p->models[k],
				p == dflt && p->models[k] == model));
	}
	return list;
}

enum status
chat_models(struct op_call *call)
{
	call->reply = models_json(call->conf);
	return ST_OK;
}

enum status
chat_bootstrap(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *sessions;
	enum status st;

	db_bind_int(call->db, CHAT_SESSIONS_MAX);
	db_bind_text(call->db, NULL);
	db_bind_text(call->db, NULL);
	st = op_db(call, STMT_CHAT_SESSION_LIST, &res);
	if (st != ST_OK)
		return st;
	sessions = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++)
		js_push(sessions, db_json(res, i, "entry"));
	call->reply = js_new();
	js_set(call->reply, "sessions", sessions);
	js_set(call->reply, "models", models_json(call->conf));
	js_set_bool(call->reply, "onboarded", true);
	return ST_OK;
}
