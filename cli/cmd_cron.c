/*
 * explain cron: the next times of an expression, by the code that makes jobs
 * run.
 *
 * Reads no configuration and no database.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "cron/schedule.h"
#include "cron/when.h"
#include "js/js.h"

#define DEFAULT_COUNT 5
#define MAX_COUNT 1000

static bool
count_parse(const char *text, int *ret)
{
	size_t n = strlen(text);

	if (n == 0 || n > 4 || strspn(text, "0123456789") != n)
		return false;
	*ret = 0;
	for (; *text != '\0'; text++)
		*ret = *ret * 10 + (*text - '0');
	return *ret >= 1 && *ret <= MAX_COUNT;
}

/* The words of the expression, which a shell may have taken apart. */
static void
join(const struct cli_args *args, struct txt *out)
{
	for (int i = 2; i < args->word_count; i++) {
		if (i > 2)
			txt_append_c(out, ' ');
		txt_append(out, args->words[i]);
	}
}

static enum cli_exit
print_times(const struct cron_schedule *s, int64_t from_ms, int count)
{
	own_json struct json_object *o = js_new();
	own_zone struct cron_zone *zone = cron_zone_open(s->tz);
	struct json_object *list = json_object_new_array();

	js_set(o, "next", list);
	for (int i = 0; i < count; i++) {
		char text[CRON_WHEN_BYTES];
		int64_t secs;

		if (!cron_schedule_next(s, from_ms, &from_ms))
			break;
		secs = from_ms / 1000;
		cron_when_format(secs, cron_zone_offset(zone, secs, NULL),
		    text);
		js_push(list, json_object_new_string(text));
	}
	if (json_object_array_length(list) == 0) {
		say_error("no future run");
		return CLI_FAILED;
	}
	printf("%s\n", js_str(o));
	return CLI_OK;
}

enum cli_exit
cmd_explain_cron(const struct cli_args *args)
{
	own_txt struct txt expr = { 0 };
	struct cron_schedule schedule;
	struct cron_error err;
	int64_t from_ms = clock_wall_ms();
	int count = DEFAULT_COUNT;

	if (args->word_count < 3) {
		say_error("which expression?  As in: moltis explain cron "
			  "'0 9 * * 1-5'");
		return CLI_USAGE;
	}
	if (args->from != NULL && !cron_when_parse(args->from, &from_ms)) {
		say_error("--from must look like 2027-03-28T00:00:00Z, not "
			  "\"%s\"",
		    args->from);
		return CLI_USAGE;
	}
	if (args->count != NULL && !count_parse(args->count, &count)) {
		say_error("--count must be a number from 1 to %d", MAX_COUNT);
		return CLI_USAGE;
	}
	join(args, &expr);
	if (cron_schedule_of_expr(txt_str(&expr), args->tz, &schedule, &err) !=
	    ST_OK) {
		say_error("invalid job spec: %s", err.why);
		return CLI_FAILED;
	}
	return print_times(&schedule, from_ms, count);
}
