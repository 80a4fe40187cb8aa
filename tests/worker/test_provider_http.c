/*
 * Drives worker/provider_http.c against the fake provider.
 *
 *   test_provider_http PATH-OF-provider.mjs
 *
 * Starts the fake with node, runs every test on one libev loop and prints
 * "N passed, N failed".  A test is a conversation with the fake's script
 * language; what a caller sees is collected in struct run.
 */
#include "config.h"

#include <assert.h>
#include <curl/curl.h>
#include <ev.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "provider/provider.h"
#include "worker/provider_http.h"

#define MAX_RUNS 200
#define KEY "sk-test-0123456789"

struct run {
	struct provider_call *call;
	struct txt deltas;
	int delta_count, retry_count, retry_ms, end_count;
	enum status st;
	struct json_object *error; /* a copy */
	struct txt text;           /* of the reply at the end */
	int64_t input_tokens, output_tokens;
	size_t call_count;
	char call_name[64], call_args[256];
	char finish[32];
	int64_t started_ms, ended_ms;

	/* What the callbacks do. */
	int cancel_at_delta; /* cancel inside this delta */
	bool cancel_at_retry;
	struct run *then; /* started inside on_end */
};

static struct ev_loop *loop;
static struct provider_http *ph;
static int port;
static int running; /* calls that have not ended */
static double stop_after;
static struct run runs[MAX_RUNS];
static int run_count;
static int passed, failed;
static const char *test_name;
static bool test_ok;

static struct conf_provider openai, anthropic, demo, nowhere, hanging, wrong;

#define CHECK(cond) check((cond), #cond, __LINE__)

static void
check(bool ok, const char *what, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, line, test_name,
	    what);
	test_ok = false;
}

/*
 * Stands before the C library's: names below .hang take half a minute, like
 * those of a dead name server.
 */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
	size_t n = node == NULL ? 0 : strlen(node);

	if (n > 5 && strcmp(node + n - 5, ".hang") == 0) {
		sleep(30);
		return EAI_AGAIN;
	}
	(void)service;
	(void)hints;
	(void)res;
	return EAI_NONAME;
}

static void
on_delta(void *arg, const char *text, size_t n)
{
	struct run *r = arg;

	txt_append_n(&r->deltas, text, n);
	r->delta_count++;
	if (r->delta_count == r->cancel_at_delta) {
		provider_call_cancel(r->call);
		running--;
	}
}

static void
on_retry(void *arg, int delay_ms)
{
	struct run *r = arg;

	r->retry_count++;
	r->retry_ms = delay_ms;
	if (r->cancel_at_retry) {
		provider_call_cancel(r->call);
		running--;
	}
}

static void start(struct run *r, const struct conf_provider *p,
    const char *text);

static void
on_end(void *arg, enum status st, const struct provider_reply *reply,
    struct json_object *error)
{
	struct run *r = arg;

	r->end_count++;
	r->ended_ms = clock_mono_ms();
	r->st = st;
	r->error = json_object_get(error);
	txt_append(&r->text, txt_str(&reply->text));
	r->input_tokens = reply->input_tokens;
	r->output_tokens = reply->output_tokens;
	r->call_count = reply->call_count;
	snprintf(r->finish, sizeof(r->finish), "%s", reply->finish);
	if (reply->call_count > 0) {
		snprintf(r->call_name, sizeof(r->call_name), "%s",
		    reply->calls[0].name);
		snprintf(r->call_args, sizeof(r->call_args), "%s",
		    txt_str(&reply->calls[0].args));
	}
	/* A call that has ended may still be cancelled here. */
	provider_call_cancel(r->call);
	running--;
	if (r->then != NULL)
		start(r->then, &openai, "[[say second]]");
}

static struct run *
run_new(void)
{
	struct run *r = &runs[run_count++];

	assert(run_count <= MAX_RUNS);
	memset(r, 0, sizeof(*r));
	txt_init(&r->deltas, 0);
	txt_init(&r->text, 0);
	return r;
}

static void
start(struct run *r, const struct conf_provider *p, const char *text)
{
	static const struct provider_call_events events = {
		.on_delta = on_delta,
		.on_retry = on_retry,
		.on_end = on_end,
	};
	struct json_object *messages = json_object_new_array(), *m = js_new();
	struct provider_ask ask;

	js_set_text(m, "role", "user");
	js_set_text(m, "content", text);
	js_push(messages, m);
	r->started_ms = clock_mono_ms();
	running++;
	ask.provider = p;
	ask.messages = messages;
	ask.body =
	    provider_request(p, "fake-small", "be brief", messages, NULL);
	r->call = provider_call_start(ph, &ask, &events, r);
	CHECK(r->delta_count + r->retry_count + r->end_count == 0);
	js_put(&messages);
}

static void
on_tick(struct ev_loop *l, ev_timer *w, int revents)
{
	static int64_t last_ms, worst_ms;
	int64_t now = clock_mono_ms(), *ret = w->data;

	(void)revents;
	if (*ret == 0)
		last_ms = worst_ms = 0;
	if (last_ms > 0 && now - last_ms > worst_ms)
		worst_ms = now - last_ms;
	last_ms = now;
	*ret = worst_ms + 1;
	stop_after -= 0.005;
	if (running == 0 || stop_after <= 0)
		ev_break(l, EVBREAK_ALL);
}

/* Runs until all calls have ended, or MAX_SECS.  Returns the longest time the
 * loop did not come round, in ms. */
static int64_t
spin(double max_secs)
{
	int64_t worst = 0;
	ev_timer tick;

	stop_after = max_secs;
	ev_timer_init(&tick, on_tick, 0.005, 0.005);
	tick.data = &worst;
	ev_now_update(loop);
	ev_timer_start(loop, &tick);
	ev_run(loop, 0);
	ev_timer_stop(loop, &tick);
	/* Twice more, so that the reaper has come. */
	ev_run(loop, EVRUN_NOWAIT);
	ev_run(loop, EVRUN_NOWAIT);
	return worst;
}

static struct run *
ask(const struct conf_provider *p, const char *text)
{
	struct run *r = run_new();

	start(r, p, text);
	spin(20);
	CHECK(r->end_count == 1 || r->cancel_at_delta > 0);
	return r;
}

static bool
error_is(const struct run *r, const char *type)
{
	const char *is = js_text(r->error, "type");

	if (r->st == ST_UPSTREAM && is != NULL && strcmp(is, type) == 0)
		return true;
	fprintf(stderr, "status %d, error %s\n", r->st, js_str(r->error));
	return false;
}

static void
test_answers(void)
{
	const struct conf_provider *const all[] = { &openai, &anthropic };

	for (size_t i = 0; i < 2; i++) {
		struct run *r = ask(all[i], "hello \xf0\x9f\x91\x8b");

		CHECK(r->st == ST_OK);
		CHECK(strcmp(txt_str(&r->text),
			  "You said: hello \xf0\x9f\x91\x8b") == 0);
		CHECK(strcmp(txt_str(&r->deltas), txt_str(&r->text)) == 0);
		CHECK(r->delta_count == 4);
		CHECK(strcmp(r->finish, "stop") == 0);
		CHECK(r->input_tokens > 0 && r->output_tokens > 0);
		CHECK(r->error == NULL);
	}
}

static size_t
on_page(char *bytes, size_t size, size_t n, void *arg)
{
	txt_append_n(arg, bytes, size * n);
	return size * n;
}

/* What the fake recorded since the last DELETE. The caller owns it. */
static struct json_object *
recorded(const char *method)
{
	struct json_object *list = NULL;
	struct js_error err;
	struct txt page;
	char url[64];
	CURL *easy = curl_easy_init();

	txt_init(&page, 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/requests", port);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_page);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &page);
	CHECK(curl_easy_perform(easy) == CURLE_OK);
	CHECK(js_parse(txt_str(&page), page.len, &list, &err) == ST_OK);
	curl_easy_cleanup(easy);
	txt_done(&page);
	return list;
}

static void
forget(void)
{
	struct json_object *o = recorded("DELETE");

	js_put(&o);
}

static bool
text_is(struct json_object *o, const char *path, const char *want)
{
	struct json_object *value = js_path(o, path);
	const char *is = value == NULL ? NULL : json_object_get_string(value);

	if (is != NULL && want != NULL && strcmp(is, want) == 0)
		return true;
	if (is == NULL && want == NULL)
		return true;
	fprintf(stderr, "%s is %s\n", path, is == NULL ? "absent" : is);
	return false;
}

static void
test_what_is_sent(void)
{
	struct json_object *list, *first, *second, *third;

	forget();
	ask(&openai, "one");
	ask(&openai, "two");
	ask(&anthropic, "three");
	list = recorded("GET");
	CHECK(json_object_array_length(list) == 3);
	first = json_object_array_get_idx(list, 0);
	second = json_object_array_get_idx(list, 1);
	third = json_object_array_get_idx(list, 2);
	CHECK(text_is(first, "headers.authorization", "Bearer ****6789"));
	CHECK(text_is(first, "headers.content-type", "application/json"));
	CHECK(text_is(first, "headers.accept", "text/event-stream"));
	CHECK(text_is(first, "headers.user-agent", "moltis/" PACKAGE_VERSION));
	CHECK(text_is(first, "headers.accept-encoding", NULL));
	CHECK(text_is(first, "headers.expect", NULL));
	CHECK(text_is(first, "headers.x-api-key", NULL));
	CHECK(text_is(third, "headers.x-api-key", "****6789"));
	CHECK(text_is(third, "headers.anthropic-version", "2023-06-01"));
	CHECK(text_is(third, "headers.authorization", NULL));
	CHECK(text_is(third, "body.system", "be brief"));
	/* One connection carries them all. */
	CHECK(js_int(first, "connection", 0) > 0);
	CHECK(
	    js_int(second, "connection", 0) == js_int(first, "connection", 0));
	CHECK(js_int(third, "connection", 0) == js_int(first, "connection", 0));
	js_put(&list);
}

static void
test_cancel_closes_at_once(void)
{
	struct json_object *list;
	struct run *r = run_new();

	forget();
	start(r, &openai, "[[say a]] [[hang]]");
	spin(0.2);
	CHECK(r->delta_count == 1);
	provider_call_cancel(r->call);
	spin(0.1);
	running--;
	list = recorded("GET");
	CHECK(text_is(json_object_array_get_idx(list, 0), "closed", "client"));
	js_put(&list);
}

static void
test_tool_calls(void)
{
	const struct conf_provider *const all[] = { &openai, &anthropic };

	for (size_t i = 0; i < 2; i++) {
		struct run *r = ask(all[i],
		    "[[say Let me see.]] [[tool exec {\"command\":\"ls\"}]]");

		CHECK(r->st == ST_OK);
		CHECK(strcmp(txt_str(&r->text), "Let me see.") == 0);
		CHECK(r->call_count == 1);
		CHECK(strcmp(r->call_name, "exec") == 0);
		CHECK(strcmp(r->call_args, "{\"command\":\"ls\"}") == 0);
		CHECK(strcmp(r->finish, "tool_calls") == 0);
	}
}

static void
test_retries_until_it_works(void)
{
	struct run *r = ask(&openai, "[[status 500 x2]] [[say fine]]");

	CHECK(r->st == ST_OK);
	CHECK(r->retry_count == 2);
	CHECK(strcmp(txt_str(&r->text), "fine") == 0);
	r = ask(&anthropic, "[[status 529 x1]] [[say fine]]");
	CHECK(r->st == ST_OK);
	CHECK(r->retry_count == 1);
	CHECK(r->retry_ms >= 500 && r->retry_ms < 1000);
	CHECK(r->ended_ms - r->started_ms >= r->retry_ms);
}

static void
test_gives_up_after_two_retries(void)
{
	struct run *r = ask(&openai, "[[status 503]]");

	CHECK(error_is(r, "server_error"));
	CHECK(r->retry_count == 2);
	CHECK(strstr(js_text(r->error, "detail"), "overloaded") != NULL);
}

static void
test_waits_as_told(void)
{
	struct run *r = ask(&openai, "[[status 429 retry-after 2]]");

	CHECK(r->st == ST_OK);
	CHECK(r->retry_count == 1);
	CHECK(r->retry_ms >= 2000 && r->retry_ms < 2500);
	CHECK(r->ended_ms - r->started_ms >= 2000);

	/* Longer than anybody would wait. */
	r = ask(&openai, "[[status 429 retry-after 90]]");
	CHECK(error_is(r, "rate_limit_exceeded"));
	CHECK(r->retry_count == 0);
	CHECK(js_int(r->error, "resetsAt", 0) > clock_wall_ms() + 80000);
}

static void
test_no_retry_where_it_cannot_help(void)
{
	static const struct {
		int http;
		const char *type;
	} rows[] = {
		{ 400, "api_error" },
		{ 401, "auth_error" },
		{ 404, "unsupported_model" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[64];
		struct run *r;

		snprintf(text, sizeof(text), "[[status %d]]", rows[i].http);
		r = ask(&openai, text);
		CHECK(error_is(r, rows[i].type));
		CHECK(r->retry_count == 0);
		r = ask(&anthropic, text);
		CHECK(error_is(r, rows[i].type));
	}
}

static void
test_refused_key_is_not_shown(void)
{
	struct run *r = ask(&wrong, "hi");

	CHECK(error_is(r, "auth_error"));
	CHECK(strstr(js_str(r->error), "bad-key") == NULL);
	CHECK(strstr(js_str(r->error), "5678") == NULL);
}

static void
test_lost_connection(void)
{
	struct run *r = ask(&openai, "[[say one two]] [[cut]]");

	/* Text went out: it is not said again. */
	CHECK(error_is(r, "server_error"));
	CHECK(r->retry_count == 0);
	CHECK(strcmp(txt_str(&r->text), "one two") == 0);

	r = ask(&openai, "[[cut x2]] [[say there]]");
	CHECK(r->st == ST_OK);
	CHECK(r->retry_count == 2);
	CHECK(strcmp(txt_str(&r->deltas), "there") == 0);

	r = ask(&anthropic, "[[tool exec {\"a\":1}]] [[cut x1]]");
	CHECK(r->st == ST_OK);
	CHECK(r->retry_count == 1);
	CHECK(r->call_count == 1);
	CHECK(strcmp(r->call_args, "{\"a\":1}") == 0);
}

static void
test_errors_inside_the_stream(void)
{
	struct run *r = ask(&anthropic, "[[say a]] [[error overloaded_error]]");

	CHECK(error_is(r, "server_error"));
	CHECK(r->retry_count == 0);
	CHECK(strstr(js_text(r->error, "detail"), "Overloaded") != NULL);
	r = ask(&anthropic, "[[error overloaded_error]]");
	CHECK(error_is(r, "server_error"));
	CHECK(r->retry_count == 2);
	r = ask(&openai, "[[error invalid_request_error]]");
	CHECK(error_is(r, "api_error"));
	CHECK(r->retry_count == 0);
}

static void
test_nonsense(void)
{
	struct run *r = ask(&openai, "[[say a]] [[garbage]] [[say b]]");

	CHECK(error_is(r, "server_error"));
	CHECK(strcmp(txt_str(&r->deltas), "a") == 0);
	r = ask(&anthropic, "[[garbage]]");
	CHECK(error_is(r, "server_error"));
	r = ask(&openai, "[[html]]");
	CHECK(error_is(r, "api_error"));
	r = ask(&openai, "[[redirect]]");
	CHECK(error_is(r, "api_error"));
	CHECK(r->retry_count == 0);
}

static void
test_limits(void)
{
	struct run *r = ask(&openai, "[[huge 1048576]]");

	CHECK(r->st == ST_OK);
	CHECK(r->text.len == 1048576);
	r = ask(&anthropic, "[[huge 1048577]]");
	CHECK(error_is(r, "server_error"));
	CHECK(r->text.len <= 1048576);
	r = ask(&openai, "[[headers 10000]]");
	CHECK(r->st == ST_OK);
	r = ask(&openai, "[[headers 100000]]");
	CHECK(error_is(r, "server_error"));
	CHECK(r->retry_count == 0);
}

static void
test_last_word_without_the_end(void)
{
	struct run *r = ask(&openai, "[[say done]] [[open]]");

	CHECK(r->st == ST_OK);
	CHECK(r->ended_ms - r->started_ms < 3000);
	CHECK(strcmp(txt_str(&r->text), "done") == 0);
}

static void
test_cancel_everywhere(void)
{
	struct run *r;

	/* Before it began. */
	r = run_new();
	start(r, &openai, "hi");
	provider_call_cancel(r->call);
	running--;
	/* In the middle of waiting. */
	r = run_new();
	start(r, &openai, "[[hang]]");
	spin(0.2);
	provider_call_cancel(r->call);
	provider_call_cancel(r->call);
	running--;
	spin(0.05);
	/* Inside a delta, with more events in the same bytes. */
	r = run_new();
	r->cancel_at_delta = 3;
	start(r, &anthropic, "[[say a b c d e f g h]]");
	spin(5);
	CHECK(r->delta_count == 3);
	r = run_new();
	r->cancel_at_delta = 3;
	start(r, &openai, "[[slow 100 5]]");
	spin(5);
	CHECK(r->delta_count == 3);
	/* Inside a retry, and during its delay. */
	r = run_new();
	r->cancel_at_retry = true;
	start(r, &openai, "[[status 500]]");
	spin(5);
	CHECK(r->retry_count == 1);
	r = run_new();
	start(r, &openai, "[[status 502]]");
	spin(0.3);
	CHECK(r->retry_count == 1);
	provider_call_cancel(r->call);
	running--;
	r = run_new();
	r->cancel_at_delta = 2;
	start(r, &demo, "hi");
	spin(5);
	CHECK(r->delta_count == 2);
	spin(0.6);
	for (int i = 0; i < run_count; i++)
		CHECK(runs[i].end_count == 0);
	provider_call_cancel(NULL);
}

static void
test_start_inside_the_end(void)
{
	struct run *r = run_new(), *second = run_new();

	r->then = second;
	start(r, &openai, "[[say first]]");
	spin(10);
	CHECK(strcmp(txt_str(&r->text), "first") == 0);
	CHECK(strcmp(txt_str(&second->text), "second") == 0);
}

static void
test_no_connection(void)
{
	struct run *r = ask(&nowhere, "hi");

	CHECK(error_is(r, "server_error"));
	CHECK(r->retry_count == 2);
	CHECK(strstr(js_str(r->error), "127.0.0.1") == NULL);
	CHECK(strstr(js_text(r->error, "title"), "No connection") != NULL);
}

static void
test_dead_name_server_does_not_block(void)
{
	struct run *r = run_new();
	int64_t before;

	start(r, &hanging, "hi");
	spin(0.3);
	before = clock_mono_ms();
	provider_call_cancel(r->call);
	spin(0.2);
	running--;
	CHECK(clock_mono_ms() - before < 1000);
}

static void
test_many_at_once(void)
{
	int64_t worst;

	for (int i = 0; i < 100; i++)
		start(run_new(), i % 2 == 0 ? &openai : &anthropic,
		    "[[slow 20 10]]");
	worst = spin(30);
	CHECK(worst < 250);
	for (int i = 0; i < run_count; i++) {
		CHECK(runs[i].st == ST_OK && runs[i].end_count == 1);
		CHECK(runs[i].delta_count == 20);
	}
}

static void
test_demo(void)
{
	struct run *r = ask(&demo, "count to 40");

	CHECK(r->st == ST_OK);
	CHECK(r->delta_count == 40);
	CHECK(strncmp(txt_str(&r->text), "1 2 3 ", 6) == 0);
	CHECK(strcmp(txt_str(&r->text), txt_str(&r->deltas)) == 0);
	CHECK(strcmp(r->finish, "stop") == 0);
	CHECK(r->ended_ms - r->started_ms >= 600);
}

static void
test_free_with_calls_under_way(void)
{
	start(run_new(), &openai, "[[hang]]");
	start(run_new(), &anthropic, "[[slow 1000 5]]");
	start(run_new(), &openai, "[[status 500]]");
	start(run_new(), &demo, "count to 500");
	start(run_new(), &hanging, "hi");
	spin(0.3);
	start(run_new(), &openai, "not begun");
	provider_http_free(ph);
	running = 0;
	spin(0.1);
	for (int i = 0; i < run_count; i++)
		CHECK(runs[i].end_count == 0);
	ph = provider_http_new(loop);
	CHECK(strcmp(txt_str(&ask(&openai, "[[say alive]]")->text), "alive") ==
	    0);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "both kinds answer in pieces", test_answers },
	{ "headers are right and connections are kept", test_what_is_sent },
	{ "cancel closes the connection at once", test_cancel_closes_at_once },
	{ "tool calls are understood", test_tool_calls },
	{ "a failure is repeated until it works", test_retries_until_it_works },
	{ "after two repeats the error is told",
	    test_gives_up_after_two_retries },
	{ "Retry-After is kept, unless it is long", test_waits_as_told },
	{ "a refusal is not repeated", test_no_retry_where_it_cannot_help },
	{ "a refused key is not shown", test_refused_key_is_not_shown },
	{ "a lost connection is repeated before the first word only",
	    test_lost_connection },
	{ "errors inside the stream", test_errors_inside_the_stream },
	{ "nonsense, web pages and redirects are errors", test_nonsense },
	{ "limits of text and headers", test_limits },
	{ "the last word ends a call", test_last_word_without_the_end },
	{ "cancel is safe everywhere", test_cancel_everywhere },
	{ "a call may start where another ends", test_start_inside_the_end },
	{ "no connection", test_no_connection },
	{ "a dead name server does not block the loop",
	    test_dead_name_server_does_not_block },
	{ "a hundred calls at once", test_many_at_once },
	{ "the demo model streams", test_demo },
	{ "free ends everything silently", test_free_with_calls_under_way },
};

static void
provider_set(struct conf_provider *p, const char *name,
    enum conf_provider_kind kind, const char *url, const char *key)
{
	p->name = mem_strdup(name);
	p->kind = kind;
	p->base_url = mem_strdup(url);
	if (key != NULL)
		secret_set(&p->api_key, key, strlen(key));
}

static void
provider_done(struct conf_provider *p)
{
	free(p->name);
	free(p->base_url);
	secret_done(&p->api_key);
}

static pid_t
fake_start(const char *path)
{
	char line[64] = "";
	FILE *out;
	int fds[2];
	pid_t pid;

	if (pipe(fds) != 0 || (pid = fork()) < 0) {
		perror("cannot start the fake provider");
		exit(1);
	}
	if (pid == 0) {
		/* It must not outlive a test that crashes. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execlp("node", "node", path, "--port", "0", (char *)NULL);
		perror("cannot run node");
		_exit(127);
	}
	close(fds[1]);
	out = fdopen(fds[0], "r");
	if (out == NULL || fgets(line, sizeof(line), out) == NULL ||
	    sscanf(line, "listening on %d", &port) != 1) {
		fprintf(stderr, "the fake provider did not start\n");
		kill(pid, SIGTERM);
		exit(1);
	}
	fclose(out);
	return pid;
}

static void
run_test(size_t i)
{
	test_name = tests[i].name;
	test_ok = true;
	run_count = 0;
	running = 0;
	tests[i].run();
	for (int n = 0; n < run_count; n++) {
		txt_done(&runs[n].deltas);
		txt_done(&runs[n].text);
		js_put(&runs[n].error);
	}
	printf("%s %s\n", test_ok ? "ok  " : "FAIL", test_name);
	fflush(stdout);
	*(test_ok ? &passed : &failed) += 1;
}

int
main(int argc, char **argv)
{
	char url[64], v1[80];
	pid_t fake;

	if (argc != 2) {
		fprintf(stderr, "usage: test_provider_http provider.mjs\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	log_open("test_provider_http");
	log_set_level(LOG_LVL_ERROR);
	fake = fake_start(argv[1]);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
	snprintf(v1, sizeof(v1), "%s/v1", url);
	provider_set(&openai, "openai", PROVIDER_OPENAI, v1, KEY);
	provider_set(&anthropic, "anthropic", PROVIDER_ANTHROPIC, url, KEY);
	provider_set(&wrong, "wrong", PROVIDER_OPENAI, v1, "bad-key-12345678");
	provider_set(&demo, "demo", PROVIDER_DEMO, NULL, NULL);
	/* The discard port: nobody listens there. */
	provider_set(&nowhere, "nowhere", PROVIDER_OPENAI, "http://127.0.0.1:9",
	    KEY);
	provider_set(&hanging, "hanging", PROVIDER_OPENAI, "http://name.hang",
	    KEY);

	loop = ev_loop_new(EVFLAG_AUTO);
	ph = provider_http_new(loop);
	assert(ph != NULL);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		run_test(i);
	provider_http_free(ph);
	ev_loop_destroy(loop);
	kill(fake, SIGTERM);
	waitpid(fake, NULL, 0);
	provider_done(&openai);
	provider_done(&anthropic);
	provider_done(&wrong);
	provider_done(&demo);
	provider_done(&nowhere);
	provider_done(&hanging);
	printf("%d passed, %d failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
