/*
 * explain request: the tier decision of a request that is described on the
 * command line.  explain command: may this command run without a person?
 * Both are made by the same pure functions as everywhere.
 *
 * Reads no configuration and no database.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "approval/analysis.h"
#include "auth/local.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "conf/conf_table.h"
#include "js/js.h"

static void
verdict_words(enum auth_verdict verdict, int *ret_tier, const char **ret_word)
{
	switch (verdict) {
	case AUTH_REQUIRED:
		*ret_tier = 1;
		*ret_word = "auth_required";
		break;
	case AUTH_FULL_ACCESS:
		*ret_tier = 2;
		*ret_word = "full_access";
		break;
	case AUTH_ONBOARDING_ONLY:
		*ret_tier = 3;
		*ret_word = "onboarding_only";
		break;
	}
}

static bool
has_proxy_header(const struct cli_args *args)
{
	for (size_t i = 0; i < args->header_count; i++) {
		const char *text = args->headers[i];
		own_txt struct txt name = { 0 };

		txt_append_n(&name, text, strcspn(text, ": "));
		if (auth_header_is_forwarding(txt_str(&name)))
			return true;
	}
	return false;
}

static struct json_object *
failed_checks(const struct auth_request_facts *facts)
{
	struct json_object *list = json_object_new_array();

	if (facts->behind_proxy)
		js_push(list, json_object_new_string("behind_proxy"));
	if (facts->has_proxy_header)
		js_push(list, json_object_new_string("proxy_header"));
	if (!facts->host_loopback)
		js_push(list, json_object_new_string("host"));
	if (!facts->peer_loopback)
		js_push(list, json_object_new_string("peer"));
	return list;
}

enum cli_exit
cmd_explain_request(const struct cli_args *args)
{
	own_json struct json_object *o = js_new();
	struct auth_request_facts facts = {
		.behind_proxy = args->behind_proxy,
		.has_proxy_header = has_proxy_header(args),
		.host_loopback = auth_host_is_loopback(args->host),
		.peer_loopback = auth_peer_is_loopback(args->peer),
	};
	const char *word = "auth_required";
	int tier = 1;

	verdict_words(auth_decide(&facts, args->configured), &tier, &word);
	js_set_bool(o, "local", is_local_connection(&facts));
	js_set_int(o, "tier", tier);
	js_set_text(o, "verdict", word);
	js_set(o, "failed_checks", failed_checks(&facts));
	printf("%s\n", js_str(o));
	return CLI_OK;
}

/* The words of tools.exec.approval_mode, with their aliases. */
static enum cli_exit
mode_parse(const char *text, enum conf_approval *ret)
{
	const struct conf_option *o =
	    conf_option_find("tools.exec.approval_mode");

	for (const struct conf_word *w = o->words; w->word != NULL; w++) {
		if (strcasecmp(w->word, text) == 0) {
			*ret = (enum conf_approval)w->value;
			return CLI_OK;
		}
	}
	say_error("--mode must be always, smart or never, not \"%s\"", text);
	return CLI_USAGE;
}

enum cli_exit
cmd_explain_command(const struct cli_args *args)
{
	own_json struct json_object *o = js_new();
	own_txt struct txt line = { 0 };
	struct analysis_policy policy = { .mode = APPROVAL_SMART,
		.level = SECURITY_ALLOWLIST };
	struct analysis got;

	if (args->mode != NULL &&
	    mode_parse(args->mode, &policy.mode) != CLI_OK)
		return CLI_USAGE;
	/* The name of this command is two words. */
	if (args->word_count < 3) {
		say_error("which line?  As in: moltis explain command -- "
			  "'ls | wc -l'");
		return CLI_USAGE;
	}
	for (int i = 2; i < args->word_count; i++) {
		if (i > 2)
			txt_append_c(&line, ' ');
		txt_append(&line, args->words[i]);
	}
	analysis_judge(&policy, txt_str(&line), line.len, &got);
	js_set_text(o, "verdict", verdict_word(got.verdict));
	js_set_bool(o, "floor", got.floor);
	js_set_text(o, "reason", got.reason);
	js_set_text(o, "rule", got.rule);
	js_set_bool(o, "understood", got.understood);
	js_set_int(o, "segments", got.segments);
	printf("%s\n", js_str(o));
	return CLI_OK;
}
