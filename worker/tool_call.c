/* What the kinds of tool calls share: see tool_call.h. */
#include "config.h"

#include "worker/tool_call.h"

#include "base/bytes.h"
#include "js/js.h"
#include "worker/sandbox_watch.h"

struct json_object *
tool_call_sandbox(const struct tool_call *call)
{
	const struct turn_env *env = call->env;
	const struct conf_sandbox *conf = &env->conf->sandbox;
	const char *image = call->words->image;
	struct json_object *o = js_new();

	js_set_text(o, "backend", sandbox_watch_backend(env->sandbox_watch));
	if (image == NULL && conf->image_count > 0)
		image = conf->images[0];
	js_set_text(o, "image", image == NULL ? "" : image);
	js_set_text(o, "network",
	    sandbox_watch_has_network(env->sandbox_watch) ? "public" : "none");
	return o;
}

static unsigned char
digit(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

bool
tool_call_uuid(const char *text, unsigned char out[SBX_ID_BYTES])
{
	size_t n = 0;

	if (text == NULL || !uuid_check(text))
		return false;
	while (n < SBX_ID_BYTES) {
		text += *text == '-';
		out[n++] =
		    (unsigned char)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return true;
}
