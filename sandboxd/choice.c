/*
 * The trial of backends, one after the other, on the loop.
 *
 * The canary prints what the kernel says about it; the daemon itself looks at
 * its control group: limits were read back when it was made, and the group
 * has used processor time or memory only if the canary was in it.
 */
#include "config.h"

#include "sandboxd/choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/txt.h"
#include "sandbox/sbx_wire.h"
#include "sandboxd/space.h"

#define AGAIN_SECS 300.0
#define CANARY_SECS 20
#define CANARY_OUTPUT 4096

/* Shell built-ins only, so that it says something about the sandbox and
 * nothing about what is installed in it. */
static const char canary[] =
    "while read -r k v rest; do case $k in "
    "Uid:|CapEff:|CapPrm:|CapBnd:|NoNewPrivs:|Seccomp:) echo \"$k $v\";; "
    "esac; done </proc/self/status\n"
    "(: >/moltis-canary) 2>/dev/null && echo 'root: writable' "
    "|| echo 'root: read-only'\n"
    "(: >/usr/moltis-canary) 2>/dev/null && echo 'usr: writable' "
    "|| echo 'usr: read-only'\n"
    "(: >/workspace/.canary) 2>/dev/null && echo 'workspace: writable' "
    "|| echo 'workspace: read-only'\n"
    "[ -e /etc/moltis ] && echo 'host: visible'\n"
    "[ -e " SBX_CANARY_DIR " ] && " SBX_CANARY_DIR "/set-uid\n"
    "echo canary: sang\n";

struct choice {
	struct choice_spec spec;
	const struct sbx_backend *chosen;
	bool is_on;
	bool is_first; /* the trial at the start is under way */
	size_t at;     /* the candidate being tried */
	struct job *job;
	struct txt output;
	ev_timer again;
	struct txt why;            /* of the first trial */
	char fault[SBX_WHY_BYTES]; /* of the chosen one; "" */
};

static const struct log_ctx log_choice = { .component = "choice" };

/* Strongest first (S33). */
static const struct sbx_backend *const order[] = { &be_runsc, &be_podman,
	&be_bwrap, &be_docker };
#define ORDER_COUNT (sizeof(order) / sizeof(order[0]))

static const struct job_events canary_events;
static void try_next(struct choice *c);

void
choice_sweep(const struct sbx_host *host)
{
	char why[SBX_WHY_BYTES];

	for (size_t i = 0; i < ORDER_COUNT; i++) {
		if (order[i]->sweep != NULL && order[i]->check(host, why))
			order[i]->sweep(host);
	}
}

static bool
has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; p != NULL && *p != '\0';) {
		if (strncmp(p, line, n) == 0 && p[n] == '\n')
			return true;
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
	return false;
}

/*
 * Where /proc does not say it, a program of root's with the set-uid bit has
 * shown it: it had no more than who called it.  Nothing can be gained either
 * from an empty bounding set.
 */
static bool
has_no_new_privileges(const char *text)
{
	const char *uid = strstr(text, "Uid: ");
	char line[60];

	if (strstr(text, "NoNewPrivs:") != NULL || uid == NULL)
		return has_line(text, "NoNewPrivs: 1");
	(void)snprintf(line, sizeof(line), "set-uid: %.*s",
	    (int)strcspn(uid + 5, "\n"), uid + 5);
	return has_line(text, line) && has_line(text, "no-new-privs: 1") &&
	    has_line(text, "CapBnd: 0000000000000000");
}

bool
choice_check_output(const char *text, char why[SBX_WHY_BYTES])
{
	static const char *const wanted[] = { "canary: sang",
		"CapEff: 0000000000000000", "CapPrm: 0000000000000000",
		"Seccomp: 2", "root: read-only", "usr: read-only",
		"workspace: writable" };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (has_line(text, wanted[i]))
			continue;
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the canary did not say \"%s\" but: %.80s", wanted[i],
		    text);
		return false;
	}
	if (!has_no_new_privileges(text)) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the canary could get new privileges: %.120s", text);
		return false;
	}
	if (strstr(text, "Uid: ") == NULL || has_line(text, "Uid: 0") ||
	    has_line(text, "host: visible")) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "the canary saw the host or was root");
		return false;
	}
	return true;
}

static const struct sbx_backend *
candidate(const struct choice *c)
{
	return c->is_first ? order[c->at] : c->chosen;
}

static void
drop_space(const struct choice *c)
{
	static const unsigned char nobody[SBX_ID_BYTES];
	const struct space_id id = { nobody, nobody };

	(void)!space_discard(c->spec.host->state_dir, id);
}

static void
first_is_over(struct choice *c)
{
	c->is_first = false;
	ev_timer_again(c->spec.loop, &c->again);
	c->spec.on_first(c->spec.arg);
}

static void
passed(struct choice *c)
{
	const struct sbx_backend *b = candidate(c);

	if (!c->is_on)
		log_info(&log_choice, "commands run in a sandbox", "backend=%s",
		    b->name);
	c->chosen = b;
	c->is_on = true;
	c->fault[0] = '\0';
	if (c->is_first)
		first_is_over(c);
}

static void
failed(struct choice *c, const char *why)
{
	if (!c->is_first) {
		if (c->is_on)
			log_error(&log_choice, "the sandbox fails: no commands",
			    "backend=%s why=\"%s\"", c->chosen->name, why);
		c->is_on = false;
		(void)snprintf(c->fault, sizeof(c->fault), "%s", why);
		return;
	}
	log_info(&log_choice, "backend not taken", "backend=%s why=\"%s\"",
	    candidate(c)->name, why);
	txt_format(&c->why, "%s: %s\n", candidate(c)->name, why);
	c->at++;
	try_next(c);
}

static void
on_started(void *arg)
{
	(void)arg;
}

static void
on_output(void *arg, bool is_err, struct sbx_text bytes)
{
	struct choice *c = arg;

	(void)is_err;
	txt_append_n(&c->output, bytes.p, bytes.n);
}

static void
on_end(void *arg, const struct sbx_result *result)
{
	struct choice *c = arg;
	char why[SBX_WHY_BYTES];
	bool good = choice_check_output(txt_str(&c->output), why);

	c->job = NULL;
	drop_space(c);
	if (good && result->exit_code != 0) {
		good = false;
		(void)snprintf(why, sizeof(why), "the canary ended with %d",
		    result->exit_code);
	}
	if (good && result->cpu_ms == 0 && result->peak_memory_bytes == 0) {
		good = false;
		(void)snprintf(why, sizeof(why),
		    "the canary was not in its control group");
	}
	if (good)
		passed(c);
	else
		failed(c, why);
}

static void
on_error(void *arg, enum status st, const char *text)
{
	struct choice *c = arg;

	(void)st;
	c->job = NULL;
	drop_space(c);
	failed(c, text);
}

static const struct job_events canary_events = { on_started, on_output, on_end,
	on_error };

static void
start_canary(struct choice *c)
{
	struct sbx_run run = { .timeout_secs = CANARY_SECS };
	own_txt struct txt frame = { 0 };
	struct sbx_text body;
	char why[SBX_WHY_BYTES];
	enum status st;

	run.command.p = canary;
	run.command.n = sizeof(canary) - 1;
	run.cwd.p = run.image.p = "";
	txt_reset(&c->output);
	sbx_put_run(&frame, 0, &run);
	body.p = frame.data + SBX_HEAD_BYTES;
	body.n = frame.len - SBX_HEAD_BYTES;
	c->job = job_new(c->spec.jobs, candidate(c), body, &st, why);
	if (c->job == NULL)
		failed(c, why);
	else
		job_begin(c->job, &canary_events, c);
}

static bool
may_try(const struct choice *c, char why[SBX_WHY_BYTES])
{
	const struct sbx_backend *b = candidate(c);
	const char *wanted = c->spec.wanted;

	if (strcmp(wanted, "auto") != 0 && strcmp(wanted, b->name) != 0) {
		(void)snprintf(why, SBX_WHY_BYTES,
		    "tools.exec.sandbox.backend is %s", wanted);
		return false;
	}
	if (c->spec.blocked[0] != '\0') {
		(void)snprintf(why, SBX_WHY_BYTES, "%.190s", c->spec.blocked);
		return false;
	}
	return b->check(c->spec.host, why);
}

static void
try_next(struct choice *c)
{
	char why[SBX_WHY_BYTES];

	if (c->is_first && c->at == ORDER_COUNT) {
		log_error(&log_choice, "no sandbox works: no commands", "");
		first_is_over(c);
		return;
	}
	if (may_try(c, why))
		start_canary(c);
	else
		failed(c, why);
}

static void
on_again(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct choice *c = w->data;

	(void)loop;
	(void)revents;
	if ((c->is_first ? c->at == 0 : c->chosen != NULL) && c->job == NULL)
		try_next(c);
}

struct choice *
choice_new(const struct choice_spec *spec)
{
	struct choice *c = mem_zalloc(sizeof(*c));

	c->spec = *spec;
	c->is_first = true;
	txt_init(&c->output, CANARY_OUTPUT);
	txt_init(&c->why, CHOICE_WHY_BYTES);
	/* The caller gets us before he hears of us. */
	ev_timer_init(&c->again, on_again, 0, AGAIN_SECS);
	c->again.data = c;
	ev_timer_start(spec->loop, &c->again);
	return c;
}

void
choice_free(struct choice *c)
{
	if (c == NULL)
		return;
	ev_timer_stop(c->spec.loop, &c->again);
	if (c->job != NULL)
		job_forget(c->job);
	txt_done(&c->output);
	txt_done(&c->why);
	free(c);
}

const struct sbx_backend *
choice_backend(const struct choice *c)
{
	return c->is_on ? c->chosen : NULL;
}

const struct sbx_backend *
choice_chosen(const struct choice *c)
{
	return c->chosen;
}

void
choice_why(const struct choice *c, struct txt *out)
{
	if (c->fault[0] != '\0')
		txt_format(out, "%s: %s\n", c->chosen->name, c->fault);
	txt_append(out, txt_str(&c->why));
}
