/*
 * What a job may be: members, kinds, targets, images, patches, and what an
 * agent may not say (S98, S103, S104, S106, S117).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "cron/job.h"
#include "js/js.h"
#include "tests/unit/unit.h"

#define NOW INT64_C(1800000000000)
#define EVERY "\"schedule\":{\"kind\":\"every\",\"every_ms\":60000}"
#define TASK "\"payload\":{\"kind\":\"agentTurn\",\"message\":\"m\"}"
#define BASE "\"name\":\"n\"," EVERY "," TASK

static struct conf *
conf_with_image(void)
{
	static struct conf conf;
	static char image[] = "debian:12";

	conf.sandbox.images[0] = image;
	conf.sandbox.image_count = 1;
	return &conf;
}

static struct json_object *
json_of(const char *text)
{
	struct json_object *o = NULL;
	struct js_error bad;

	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &o, &bad), ST_OK);
	return o;
}

static enum status
parse(const char *text, bool by_agent, struct json_object **ret,
    struct cron_error *err)
{
	own_json struct json_object *spec = json_of(text);
	struct cron_rules rules = { conf_with_image(), NOW, by_agent, true,
		true };
	int64_t next;

	memset(err, 0, sizeof(*err));
	return cron_job_parse(spec, &rules, err, ret, &next);
}

static void
stored(const char *text, const char *want)
{
	own_json struct json_object *job = NULL;
	struct cron_error err;

	if (parse(text, false, &job, &err) != ST_OK)
		fprintf(stderr, "%s: %s\n", text, err.why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(job);
	json_object_object_del(job, "schedule");
	CU_ASSERT_STRING_EQUAL(js_str(job), want);
}

static void
taken(void)
{
	stored("{" BASE "}",
	    "{\"name\":\"n\",\"enabled\":true,\"delete_after_run\":false,"
	    "\"kind\":\"every\",\"target\":\"isolated\",\"payload\":{\"kind\":"
	    "\"agentTurn\",\"message\":\"m\",\"deliver\":false}}");
	stored("{" BASE ",\"id\":\"mine\",\"system\":false,\"enabled\":false,"
	       "\"deleteAfterRun\":true,\"sandbox\":{\"enabled\":true,"
	       "\"image\":\"debian:12\"},\"sessionTarget\":{\"named\":"
	       "\"daily.report\"}}",
	    "{\"name\":\"n\",\"image\":\"debian:12\",\"enabled\":false,"
	    "\"delete_after_run\":true,\"kind\":\"every\",\"target\":\"named\","
	    "\"target_name\":\"daily.report\",\"payload\":{\"kind\":"
	    "\"agentTurn\",\"message\":\"m\",\"deliver\":false}}");
	stored("{\"name\":\"n\"," EVERY ",\"sessionTarget\":\"main\","
	       "\"payload\":{\"kind\":\"systemEvent\",\"text\":\"a\\nb\"}}",
	    "{\"name\":\"n\",\"enabled\":true,\"delete_after_run\":false,"
	    "\"kind\":\"every\",\"target\":\"main\",\"payload\":{\"kind\":"
	    "\"systemEvent\",\"text\":\"a\\nb\"}}");
	stored("{\"name\":\"n\"," EVERY ",\"payload\":{\"kind\":\"agentTurn\","
	       "\"message\":\"m\",\"timeoutSecs\":60,\"to\":\"x\"}}",
	    "{\"name\":\"n\",\"enabled\":true,\"delete_after_run\":false,"
	    "\"kind\":\"every\",\"target\":\"isolated\",\"payload\":{\"kind\":"
	    "\"agentTurn\",\"message\":\"m\",\"timeout_secs\":60,"
	    "\"timeoutSecs\":60,\"deliver\":false,\"to\":\"x\"}}");
}

static void
refused(void)
{
	static const struct {
		const char *json, *field;
		enum status st;
	} rows[] = {
		{ "{" EVERY "," TASK "}", "name", ST_INVALID },
		{ "{\"name\":7," EVERY "," TASK "}", "name", ST_INVALID },
		{ "{\"name\":\"a\\u001bb\"," EVERY "," TASK "}", "name",
		    ST_INVALID },
		{ "{\"name\":\"n\"," TASK "}", "schedule", ST_INVALID },
		{ "{\"name\":\"n\"," EVERY "}", "payload", ST_INVALID },
		{ "{\"name\":\"n\"," EVERY ",\"payload\":[]}", "payload",
		    ST_INVALID },
		{ "{\"name\":\"n\"," EVERY ",\"payload\":{\"kind\":\"exec\"}}",
		    "payload", ST_INVALID },
		{ "{\"name\":\"n\"," EVERY
		  ",\"payload\":{\"kind\":\"agentTurn\"}}",
		    "message", ST_INVALID },
		{ "{\"name\":\"n\"," EVERY
		  ",\"payload\":{\"kind\":\"agentTurn\",\"message\":\"m\","
		  "\"tools\":[]}}",
		    "payload", ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":\"main\"}", "payload",
		    ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":\"other\"}", "sessionTarget",
		    ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":{\"named\":\"a b\"}}",
		    "sessionTarget", ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":{\"named\":\"heartbeat\"}}",
		    "sessionTarget", ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":{\"named\":"
		  "\"0f8fad5b-d9cb-469f-a165-70867728950e\"}}",
		    "sessionTarget", ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":{\"named\":\"a\",\"x\":1}}",
		    "sessionTarget", ST_INVALID },
		{ "{" BASE ",\"sessionTarget\":7}", "sessionTarget",
		    ST_INVALID },
		{ "{" BASE ",\"system\":true}", "system", ST_INVALID },
		{ "{" BASE ",\"system\":1}", "system", ST_INVALID },
		{ "{" BASE ",\"id\":\"__heartbeat__\"}", "id", ST_INVALID },
		{ "{" BASE ",\"enabled\":\"no\"}", "enabled", ST_INVALID },
		{ "{" BASE ",\"deleteAfterRun\":1}", "deleteAfterRun",
		    ST_INVALID },
		{ "{" BASE ",\"sandbox\":{\"enabled\":false}}", "sandbox",
		    ST_FORBIDDEN },
		{ "{" BASE ",\"sandbox\":{\"enabled\":0}}", "sandbox",
		    ST_INVALID },
		{ "{" BASE ",\"sandbox\":{\"image\":\"debian:13\"}}", "sandbox",
		    ST_INVALID },
		{ "{" BASE ",\"sandbox\":{\"memory\":1}}", "sandbox",
		    ST_INVALID },
		{ "{" BASE ",\"sandbox\":[]}", "sandbox", ST_INVALID },
		{ "{" BASE ",\"account_id\":\"x\"}", "job", ST_INVALID },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *job = NULL;
		struct cron_error err;

		CU_ASSERT_EQUAL(parse(rows[i].json, false, &job, &err),
		    rows[i].st);
		if (strcmp(err.field, rows[i].field) != 0)
			fprintf(stderr, "%s: %s: %s\n", rows[i].json, err.field,
			    err.why);
		CU_ASSERT_STRING_EQUAL(err.field, rows[i].field);
		CU_ASSERT_TRUE(strlen(err.why) > 10);
		CU_ASSERT_PTR_NULL(job);
	}
}

static void
lengths(void)
{
	own_txt struct txt good = { 0 }, bad = { 0 };
	struct json_object *job = NULL;
	struct cron_error err;

	for (int i = 0; i < 2; i++) {
		struct txt *t = i == 0 ? &good : &bad;

		txt_append(t, "{\"name\":\"");
		for (int n = 0; n < CRON_NAME_MAX + i; n++)
			txt_append(t, "\xc3\xa9");
		txt_append(t, "\"," EVERY "," TASK "}");
	}
	CU_ASSERT_EQUAL(parse(txt_str(&good), false, &job, &err), ST_OK);
	js_put(&job);
	CU_ASSERT_EQUAL(parse(txt_str(&bad), false, &job, &err), ST_INVALID);
	txt_reset(&bad);
	txt_format(&bad,
	    "{\"name\":\"n\"," EVERY ",\"payload\":{\"kind\":"
	    "\"agentTurn\",\"message\":\"%0*d\"}}",
	    CRON_TEXT_MAX_BYTES + 1, 1);
	CU_ASSERT_EQUAL(parse(txt_str(&bad), false, &job, &err), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.field, "message");
}

static void
agents(void)
{
	struct json_object *job = NULL;
	struct cron_error err;

	CU_ASSERT_EQUAL(parse("{" BASE ",\"sessionTarget\":{\"named\":\"a\"}}",
			    true, &job, &err),
	    ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.field, "sessionTarget");
	CU_ASSERT_EQUAL(parse("{" BASE ",\"sessionTarget\":\"isolated\"}", true,
			    &job, &err),
	    ST_OK);
	js_put(&job);
}

static void
asked(void)
{
	static const struct {
		const char *json;
		bool by_agent, enabled;
	} rows[] = {
		{ "{" BASE "}", true, false },
		{ "{" BASE ",\"enabled\":true}", true, false },
		{ "{" BASE "}", false, true },
		{ "{\"name\":\"n\",\"schedule\":{\"kind\":\"at\",\"at_ms\":"
		  "1800000060000}," TASK "}",
		    true, true },
	};

	conf_with_image()->cron_agent_create = CRON_AGENT_ASK;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *job = NULL;
		struct cron_error err;

		CU_ASSERT_EQUAL(
		    parse(rows[i].json, rows[i].by_agent, &job, &err), ST_OK);
		CU_ASSERT_EQUAL(js_bool(job, "enabled", false),
		    rows[i].enabled);
	}
	conf_with_image()->cron_agent_create = CRON_AGENT_ALLOW;
}

static void
patches(void)
{
	own_json struct json_object *entry =
	    json_of("{\"id\":\"x\",\"name\":\"n\"," EVERY "," TASK
		    ",\"sessionTarget\":\"isolated\",\"enabled\":true,"
		    "\"deleteAfterRun\":false,\"sandbox\":{\"enabled\":true},"
		    "\"state\":{},\"version\":3}");
	own_json struct json_object *patch =
	    json_of("{\"name\":\"other\",\"sandbox\":null}");
	own_json struct json_object *odd = json_of("{\"version\":9}");
	own_json struct json_object *spec = cron_job_patched(entry, patch);
	own_json struct json_object *bad = cron_job_patched(entry, odd);
	own_json struct json_object *job = NULL;
	struct cron_rules rules = { conf_with_image(), NOW, false, false,
		true };
	struct json_object *none = NULL;
	struct cron_error err;
	int64_t next;

	CU_ASSERT_EQUAL_FATAL(cron_job_parse(spec, &rules, &err, &job, &next),
	    ST_OK);
	CU_ASSERT_STRING_EQUAL(js_text(job, "name"), "other");
	CU_ASSERT_EQUAL(next, NOW + 60000);
	CU_ASSERT_EQUAL(cron_job_parse(bad, &rules, &err, &none, &next),
	    ST_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.why, "version"));
}

static void
over(void)
{
	own_json struct json_object *spec = json_of(
	    "{\"name\":\"n\",\"schedule\":{\"kind\":\"at\",\"at_ms\":5}," TASK
	    ",\"enabled\":false}");
	struct cron_rules rules = { conf_with_image(), NOW, false, true, true };
	struct json_object *job = NULL;
	struct cron_error err;
	int64_t next = 7;

	CU_ASSERT_EQUAL(cron_job_parse(spec, &rules, &err, &job, &next), ST_OK);
	CU_ASSERT_EQUAL(next, 0);
	js_put(&job);
	js_set_bool(spec, "enabled", true);
	CU_ASSERT_EQUAL(cron_job_parse(spec, &rules, &err, &job, &next),
	    ST_INVALID);
}

static const struct unit_test tests[] = {
	{ "a job is stored in one form", taken },
	{ "what a job may not be is refused by its field", refused },
	{ "names and messages have an end", lengths },
	{ "an agent names no session", agents },
	{ "where a person is asked, an agent's plans are off", asked },
	{ "a patch changes what it names, and nothing else", patches },
	{ "a time that is over is for jobs that are off", over },
	{ NULL, NULL },
};

void
suite_cron_job(void)
{
	unit_add("src/cron/job.c", tests);
}
