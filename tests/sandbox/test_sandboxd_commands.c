/* Commands that mean no harm: what they see, and what comes back. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/sandbox/test_sandboxd.h"

static void
results(struct world *w)
{
	struct answer a;

	sh(w, &a, 1, "echo out; echo err >&2");
	check(w, strcmp(txt_str(&a.out), "out\n") == 0, "output comes back");
	check(w, strcmp(txt_str(&a.err), "err\n") == 0, "errors come back");
	check(w, a.started && a.result.exit_code == 0, "success is 0");
	check(w, a.result.wall_ms > 0 && !a.result.timed_out, "time is told");
	answer_done(&a);
	sh(w, &a, 1, "exit 7");
	check(w, a.result.exit_code == 7, "the exit code comes back");
	answer_done(&a);
	sh(w, &a, 1, "kill -KILL $$");
	check(w, a.result.exit_code == 137 && !a.result.oom_killed,
	    "signal 9 is 137");
	answer_done(&a);
	sh(w, &a, 1, "kill -TERM $$");
	check(w, a.result.exit_code == 143, "signal 15 is 143");
	answer_done(&a);
	sh(w, &a, 1, "'unfinished");
	check(w, a.result.exit_code == 2, "a syntax error is the shell's");
	answer_done(&a);
}

static void
opaque(struct world *w)
{
	char mark[96], command[256];
	struct answer a;

	(void)snprintf(mark, sizeof(mark), "%s/pwned", w->folder);
	(void)snprintf(command, sizeof(command),
	    "printf '%%s' \"a'b\" 'c\"d' '\n;'; $(touch %s) ; echo '--' \\",
	    mark);
	sh(w, &a, 1, command);
	check(w, strncmp(txt_str(&a.out), "a'bc\"d\n;", 8) == 0,
	    "quotes and newlines arrive as they are");
	check(w, access(mark, F_OK) != 0, "no shell of the host saw it");
	answer_done(&a);
	sh(w, &a, 1, "cat; echo rc $?; tty");
	check(w, strstr(txt_str(&a.out), "rc 0\nnot a tty") != NULL,
	    "input is empty, and there is no terminal");
	answer_done(&a);
}

static void
inside(struct world *w)
{
	struct utsname host;
	struct answer a;

	sh(w, &a, 1,
	    "id -u; hostname; pwd; echo $HOME $PATH $LANG $TZ $TERM; "
	    "env | cut -d= -f1 | sort | tr '\\n' ' '");
	check(w,
	    strncmp(txt_str(&a.out), "1000\nsandbox\n/workspace\n", 24) == 0,
	    "an ordinary user in /workspace of a host without name");
	check(w,
	    strstr(txt_str(&a.out),
		"/workspace /usr/local/bin:/usr/bin:/bin C.UTF-8 UTC dumb\n"
		"HOME LANG PATH PWD TERM TZ ") != NULL,
	    "the environment is ours and nothing else");
	answer_done(&a);
	sh(w, &a, 1,
	    "for f in /proc/self/fd/*; do [ -e $f ] && echo $f; done; "
	    "ls /home /root /var/lib /etc/shadow /sys 2>&1 | "
	    "grep -vc 'No such'; ls -A /etc | tr '\\n' ' '");
	check(w,
	    strncmp(txt_str(&a.out),
		"/proc/self/fd/0\n/proc/self/fd/1\n"
		"/proc/self/fd/2\n",
		48) == 0,
	    "descriptors 0 to 2 and no others");
	check(w, strstr(txt_str(&a.out), "/2\n0\n") != NULL,
	    "nothing of the host's files");
	answer_done(&a);
	(void)uname(&host);
	sh(w, &a, 1,
	    "ps ax 2>/dev/null | wc -l; cat /proc/sys/kernel/hostname "
	    "/proc/mounts /proc/cmdline; ls /proc | grep -c '^[0-9]'");
	check(w,
	    strstr(txt_str(&a.out), host.nodename) == NULL ||
		strlen(host.nodename) < 4,
	    "the host's name does not show");
	answer_done(&a);
}

static void
read_only(struct world *w)
{
	struct answer a;

	sh(w, &a, 1,
	    "for d in / /usr /usr/bin /etc /bin /run /var /dev /proc /proc/sys "
	    "/proc/sys/kernel; do (echo x >$d/moltis-test) 2>/dev/null && "
	    "echo wrote $d; done; (echo 1 >/proc/sysrq-trigger) 2>/dev/null && "
	    "echo wrote sysrq; rm -rf /usr/bin/env 2>/dev/null; "
	    "[ -e /usr/bin/env ] || echo removed; "
	    "for d in /tmp /workspace /dev/shm; do echo x >$d/t && rm $d/t && "
	    "echo $d; done");
	check(w, strcmp(txt_str(&a.out), "/tmp\n/workspace\n/dev/shm\n") == 0,
	    "only /tmp, /workspace and /dev/shm can be written");
	answer_done(&a);
}

static void
sessions(struct world *w)
{
	struct sbx_run run = run_of(1, 1, "echo first >kept; mkdir -p sub");
	struct answer a;

	run_now(w, &a, &run);
	answer_done(&a);
	run = run_of(1, 1, "cat kept");
	run_now(w, &a, &run);
	check(w, strcmp(txt_str(&a.out), "first\n") == 0,
	    "a session keeps its files");
	answer_done(&a);
	run = run_of(1, 1, "pwd");
	run.cwd.p = "sub";
	run.cwd.n = 3;
	run_now(w, &a, &run);
	check(w, strcmp(txt_str(&a.out), "/workspace/sub\n") == 0,
	    "the command starts in its folder");
	answer_done(&a);
	run = run_of(1, 2, "ls -A; cat kept");
	run_now(w, &a, &run);
	check(w, a.out.len == 0 && a.result.exit_code == 1,
	    "another session does not see them");
	answer_done(&a);
	run = run_of(2, 1, "ls -A; cat kept");
	run_now(w, &a, &run);
	check(w, a.out.len == 0 && a.result.exit_code == 1,
	    "another account does not either");
	answer_done(&a);
	sh(w, &a, 1, "ls /tmp | wc -l; echo x >/tmp/x");
	answer_done(&a);
	sh(w, &a, 1, "ls /tmp | wc -l");
	check(w, strcmp(txt_str(&a.out), "0\n") == 0, "/tmp is new each time");
	answer_done(&a);
}

/* The owner of ACCOUNT's first session folder, by its number. */
static uid_t
owner_of(const struct world *w, int account)
{
	char path[300];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/state/ws/", w->folder);

	for (int i = 0; i < 16; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "%02x",
		    0xa0 + account);
	path[n++] = '/';
	for (int i = 0; i < 16; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "51");
	return stat(path, &st) == 0 && (st.st_mode & 0777) == 0700 ? st.st_uid
								   : 0;
}

static void
users(struct world *w)
{
	uid_t one = owner_of(w, 1), two = owner_of(w, 2);

	check(w, one >= 2000000 && two >= 2000000 && one != two,
	    "each account has a user of its own on the host");
}

static void
secrets(struct world *w)
{
	struct sbx_run run =
	    run_of(1, 1, "printf '%s' \"$API_KEY\"; exec sleep 0.7");
	struct answer a;

	run.env[0].name.p = "API_KEY";
	run.env[0].name.n = 7;
	run.env[0].value.p = "s3cr3t-\"in\n the'env";
	run.env[0].value.n = strlen(run.env[0].value.p);
	run.env_count = 1;
	begin_run(w, &a, &run);
	for (int i = 0; i < 40 && a.out.len == 0; i++)
		spin(w, 0.02);
	check(w, strcmp(txt_str(&a.out), run.env[0].value.p) == 0,
	    "a variable arrives whole");
	check(w, count_processes("s3cr3t-") == 0,
	    "its value is in no argument list");
	check(w, count_processes("sleep") > 0, "argument lists can be read");
	(void)wait_over(w, &a, 10);
	answer_done(&a);
	run.env[0].name.p = "LD_PRELOAD";
	run.env[0].name.n = 10;
	begin_run(w, &a, &run);
	check(w, a.call == NULL, "LD_PRELOAD is refused");
	run.env_count = 0;
	run.image.p = "nobody/knows:it";
	run.image.n = strlen(run.image.p);
	run_now(w, &a, &run);
	check(w, a.status == ST_INVALID, "an image that is not allowed");
	answer_done(&a);
}

static void
canceled(struct world *w)
{
	struct sbx_run run = run_of(1, 1, "exec sleep 4711.1");
	struct answer a;
	int64_t began;

	begin_run(w, &a, &run);
	while (!a.started && !a.is_over)
		spin(w, 0.01);
	spin(w, 0.3);
	began = clock_mono_ms();
	cancel(w, &a);
	check(w, wait_over(w, &a, 5) && a.result.canceled,
	    "a canceled command ends and says so");
	check(w, clock_mono_ms() - began < 1000, "within a second");
	check(w, count_processes("4711.1") == 0, "nothing of it is left");
	answer_done(&a);
	begin_run(w, &a, &run);
	spin(w, 0.3);
	check(w, count_processes("4711.1") > 0, "it runs again");
	client_close(w);
	check(w, wait_gone(w, "4711.1", 1.0),
	    "what a worker asked for ends with its connection");
	answer_done(&a);
	client_open(w);
}

static void
parallel(struct world *w)
{
	struct sbx_run run = run_of(3, 1, "sleep 0.1; echo done");
	struct answer all[20];
	unsigned int most = 0, ended = 0, queued = 0;

	for (int i = 0; i < 20; i++)
		begin_run(w, &all[i], &run);
	while (ended < 20 && !all[19].is_over) {
		struct answer s;

		begin_file(w, &s, SBX_STATUS, NULL);
		(void)wait_over(w, &s, 5);
		if (s.report.running > most)
			most = s.report.running;
		if (s.report.queued > queued)
			queued = s.report.queued;
	}
	for (int i = 0; i < 20; i++) {
		(void)wait_over(w, &all[i], 30);
		ended += strcmp(txt_str(&all[i].out), "done\n") == 0;
		answer_done(&all[i]);
	}
	check(w, ended == 20, "twenty commands at once all end well");
	check(w, most <= 2, "an account has two sandboxes at a time");
	check(w, queued >= 10, "the others wait");
}

static void
reports(struct world *w)
{
	struct answer a;

	begin_file(w, &a, SBX_STATUS, NULL);
	(void)wait_over(w, &a, 5);
	check(w, a.report.exec_on && a.backend[0] != '\0',
	    "the status names the backend");
	check(w,
	    a.report.limits.memory_bytes == 512u << 20 &&
		a.report.limits.cpu_millis == 1000 &&
		a.report.limits.pids == 256,
	    "and the limits");
	answer_done(&a);
}

void
test_commands(struct world *w)
{
	daemon_start(w, "network = \"none\";");
	client_open(w);
	results(w);
	opaque(w);
	inside(w);
	read_only(w);
	sessions(w);
	users(w);
	secrets(w);
	canceled(w);
	parallel(w);
	reports(w);
	client_close(w);
	daemon_stop(w, SIGTERM);
	check(w, count_groups(w) == 0, "no control group is left");
}
