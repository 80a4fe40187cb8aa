/* Files of a workspace from outside, and what a sandbox can do about it. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sandbox/test_sandboxd.h"

static enum status
ask(struct world *w, enum sbx_type type, const char *path, struct answer *a)
{
	struct sbx_file file = file_of(1, 1, path);

	file_now(w, a, type, &file);
	return a->status;
}

static enum status
ask_only(struct world *w, enum sbx_type type, const char *path)
{
	struct answer a;
	enum status st = ask(w, type, path, &a);

	answer_done(&a);
	return st;
}

static enum status
put(struct world *w, const char *path, const char *text, uint64_t offset)
{
	struct sbx_file file = file_of(1, 1, path);
	struct answer a;

	file.offset = offset;
	file.data.p = text;
	file.data.n = strlen(text);
	file_now(w, &a, SBX_WRITE, &file);
	answer_done(&a);
	return a.status;
}

static void
round_trip(struct world *w)
{
	struct sbx_file file;
	struct answer a;

	check(w, ask(w, SBX_LIST, "", &a) == ST_OK && a.names.len == 0,
	    "a new session is an empty folder");
	answer_done(&a);
	check(w, put(w, "a/b/text", "hello", 0) == ST_OK,
	    "a file is written, with its folders");
	check(w, put(w, "a/b/text", " world", 5) == ST_OK, "in parts");
	check(w,
	    ask(w, SBX_READ, "a/b/text", &a) == ST_OK &&
		strcmp(txt_str(&a.out), "hello world") == 0,
	    "and read");
	answer_done(&a);
	file = file_of(1, 1, "a/b/text");
	file.offset = 6;
	file.size = 3;
	file_now(w, &a, SBX_READ, &file);
	check(w, strcmp(txt_str(&a.out), "wor") == 0, "also in parts");
	answer_done(&a);
	sh(w, &a, 1, "cat a/b/text; stat -c ' %u' a/b/text");
	check(w, strcmp(txt_str(&a.out), "hello world 1000\n") == 0,
	    "the command sees it as its own");
	answer_done(&a);
	check(w,
	    put(w, "a/b/text", "new", 0) == ST_OK &&
		ask(w, SBX_READ, "a/b/text", &a) == ST_OK &&
		strcmp(txt_str(&a.out), "new") == 0,
	    "writing anew empties it");
	answer_done(&a);
	check(w, ask_only(w, SBX_MKDIR, "a/c") == ST_OK, "a folder is made");
	check(w,
	    ask(w, SBX_LIST, "a", &a) == ST_OK &&
		strstr(txt_str(&a.names), "2 b\n") != NULL &&
		strstr(txt_str(&a.names), "2 c\n") != NULL,
	    "and listed");
	answer_done(&a);
	check(w,
	    ask_only(w, SBX_DELETE, "a") == ST_OK &&
		ask_only(w, SBX_LIST, "a") == ST_NOT_FOUND,
	    "a folder is removed with all in it");
	check(w, ask_only(w, SBX_READ, "nothing") == ST_NOT_FOUND,
	    "what is not there is not found");
}

static void
bad_paths(struct world *w)
{
	static const char *const paths[] = { "../../../accounts", "/etc/passwd",
		"a/../../x", "..", "", ".", "/" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		check(w, ask_only(w, SBX_READ, paths[i]) != ST_OK, paths[i]);
		check(w, ask_only(w, SBX_WRITE, paths[i]) != ST_OK, paths[i]);
		check(w, ask_only(w, SBX_DELETE, paths[i]) != ST_OK, paths[i]);
	}
}

static void
traps(struct world *w)
{
	struct answer a;

	sh(w, &a, 1,
	    "ln -s /etc/passwd link; ln -s / root; ln -s /proc/self/root magic; "
	    "mkfifo fifo; mkdir dir; truncate -s 200M hole; "
	    "ln -s ../../../accounts up; mknod dev c 1 3 2>/dev/null; "
	    "python3 -c 'import socket;socket.socket(1).bind(\"sock\")' "
	    "2>/dev/null; :");
	answer_done(&a);
	check(w, ask_only(w, SBX_READ, "link") == ST_FORBIDDEN, "a link");
	check(w, ask_only(w, SBX_READ, "up") == ST_FORBIDDEN, "a link up");
	check(w, ask_only(w, SBX_READ, "root/etc/passwd") == ST_FORBIDDEN,
	    "a link on the way");
	check(w, ask_only(w, SBX_READ, "magic/etc/passwd") == ST_FORBIDDEN,
	    "a magic link");
	check(w, ask_only(w, SBX_LIST, "root") != ST_OK, "a link to a folder");
	check(w, ask_only(w, SBX_WRITE, "link") == ST_FORBIDDEN,
	    "writing through a link");
	check(w, ask_only(w, SBX_WRITE, "root/tmp/x") != ST_OK,
	    "writing beyond a link");
	check(w, ask_only(w, SBX_MKDIR, "root/tmp/x") != ST_OK,
	    "a folder beyond a link");
	check(w, ask_only(w, SBX_READ, "fifo") == ST_INVALID, "a FIFO");
	check(w, ask_only(w, SBX_WRITE, "fifo") == ST_INVALID, "into a FIFO");
	check(w, ask_only(w, SBX_READ, "dir") == ST_INVALID, "a folder");
	check(w, ask_only(w, SBX_READ, "hole") == ST_TOO_LARGE, "a large hole");
	check(w, ask_only(w, SBX_READ, "sock") != ST_OK, "a socket");
	check(w,
	    ask(w, SBX_LIST, "", &a) == ST_OK &&
		strstr(txt_str(&a.names), "3 link\n") != NULL &&
		strstr(txt_str(&a.names), "3 fifo\n") != NULL &&
		strstr(txt_str(&a.names), "1 hole\n") != NULL,
	    "a listing says what is no file");
	answer_done(&a);
	check(w,
	    ask_only(w, SBX_DELETE, "root") == ST_OK &&
		access("/etc/passwd", F_OK) == 0,
	    "deleting a link deletes the link");
}

static enum status
rename_to(struct world *w, const char *from, const char *to)
{
	struct sbx_file file = file_of(1, 1, from);
	struct answer a;

	file.data.p = to;
	file.data.n = strlen(to);
	file_now(w, &a, SBX_RENAME, &file);
	answer_done(&a);
	return a.status;
}

static bool
reads_as(struct world *w, const char *path, const char *text)
{
	struct answer a;
	bool good = ask(w, SBX_READ, path, &a) == ST_OK &&
	    strcmp(txt_str(&a.out), text) == 0;

	answer_done(&a);
	return good;
}

static void
renames(struct world *w)
{
	struct answer a;

	sh(w, &a, 1,
	    "mkdir -p d; ln -sfn /etc/passwd l; ln -sfn /tmp lt; echo old > f");
	answer_done(&a);
	(void)put(w, ".new", "new", 0);
	check(w,
	    rename_to(w, ".new", "a/b/f") == ST_OK &&
		reads_as(w, "a/b/f", "new") &&
		ask_only(w, SBX_READ, ".new") == ST_NOT_FOUND,
	    "a file is renamed, into folders that are made");
	(void)put(w, ".new", "newer", 0);
	check(w,
	    rename_to(w, ".new", "f") == ST_OK && reads_as(w, "f", "newer"),
	    "over another file");
	(void)put(w, ".new", "mine", 0);
	check(w, rename_to(w, ".new", "l") == ST_OK && reads_as(w, "l", "mine"),
	    "over a link, not through it");
	(void)put(w, ".new", "x", 0);
	check(w, rename_to(w, ".new", "d") == ST_CONFLICT, "not over a folder");
	check(w, rename_to(w, ".new", "lt/moltis-out") != ST_OK,
	    "not beyond a link");
	check(w, rename_to(w, ".new", "../out") != ST_OK, "not up");
	check(w, rename_to(w, ".new", "/tmp/moltis-out") != ST_OK,
	    "not to a place of the host");
	check(w, rename_to(w, "../../../accounts", "in") != ST_OK,
	    "nor from above");
	check(w, rename_to(w, "nothing", "in") == ST_NOT_FOUND,
	    "what is not there is not renamed");
	check(w, access("/tmp/moltis-out", F_OK) != 0, "nothing got out");
	(void)ask_only(w, SBX_DELETE, "a");
}

/* A sandbox exchanges a file, a link and a folder as fast as it can. */
static void
races(struct world *w)
{
	struct sbx_run run = run_of(1, 1,
	    "mkdir -p real; echo mine >real/passwd; "
	    "while :; do ln -sfn /etc link2; mv -T link2 swap 2>/dev/null; "
	    "rm -rf swap; cp -r real swap; rm -rf swap; done");
	unsigned int leaks = 0, good = 0, odd = 0;
	struct answer racer, a;

	run.timeout_secs = 60;
	begin_run(w, &racer, &run);
	spin(w, 0.3);
	for (int i = 0; i < 400; i++) {
		enum status st = ask(w, SBX_READ, "swap/passwd", &a);

		if (st == ST_OK && strcmp(txt_str(&a.out), "mine\n") == 0)
			good++;
		else if (st == ST_OK && a.out.len > 0)
			leaks++;
		else if (st != ST_OK && st != ST_FORBIDDEN &&
		    st != ST_NOT_FOUND)
			odd++;
		answer_done(&a);
		answer_done(&a);
		(void)ask_only(w, SBX_WRITE, "swap/moltis-race");
	}
	fprintf(stderr, "  400 reads in a race: %u of the file, %u leaks\n",
	    good, leaks);
	check(w, leaks == 0 && odd == 0, "a race wins nothing");
	check(w, access("/etc/moltis-race", F_OK) != 0, "nor by writing");
	sandbox_cancel(racer.call);
	(void)wait_over(w, &racer, 10);
	answer_done(&racer);
}

static void
full(struct world *w)
{
	char *big = malloc(SBX_MAX_CHUNK + 1);
	struct answer a;
	enum status st = ST_OK;

	if (big == NULL)
		abort();
	memset(big, 'x', SBX_MAX_CHUNK);
	big[SBX_MAX_CHUNK] = '\0';
	sh(w, &a, 1, "dd if=/dev/zero of=fill bs=1M count=62 2>/dev/null");
	answer_done(&a);
	for (int i = 0; i < 6 && st == ST_OK; i++)
		st = put(w, "chunks", big, (uint64_t)i * SBX_MAX_CHUNK);
	check(w, st == ST_LIMIT, "a full workspace takes no more");
	free(big);
}

/* Is the trash empty within five seconds? */
static bool
is_taken_out(struct world *w)
{
	char trash[160];

	(void)snprintf(trash, sizeof(trash), "%s/state/trash", w->folder);
	for (int i = 0; i < 100 && rmdir(trash) != 0; i++)
		spin(w, 0.05);
	return mkdir(trash, 0700) == 0;
}

static void
dropped(struct world *w)
{
	struct sbx_run run = run_of(1, 1,
	    "mkdir -p locked/x; touch locked/x/y; chmod 000 locked/x locked; "
	    "exec sleep 4715.1");
	struct answer sleeper, a;

	begin_run(w, &sleeper, &run);
	spin(w, 0.6);
	check(w, count_processes("4715.1") > 0, "a command runs there");
	check(w, ask_only(w, SBX_DROP, "") == ST_OK, "a session is dropped");
	(void)wait_over(w, &sleeper, 5);
	check(w, count_processes("4715.1") == 0, "its commands end");
	answer_done(&sleeper);
	check(w, ask(w, SBX_LIST, "", &a) == ST_OK && a.names.len == 0,
	    "its files are gone at once");
	answer_done(&a);
	check(w, is_taken_out(w), "and removed soon");
	sh(w, &a, 1,
	    "d=.; for i in $(seq 900); do d=$d/x; done; mkdir -p $d; "
	    "cd $d && for i in $(seq 900); do mkdir y && cd y; done");
	answer_done(&a);
	check(w, ask_only(w, SBX_DROP, "") == ST_OK && is_taken_out(w),
	    "however deep they lie");
}

void
test_files(struct world *w)
{
	daemon_start(w,
	    "network = \"none\"; resource_limits: { disk_limit = \"64M\"; };");
	client_open(w);
	(void)ask_only(w, SBX_DROP, "");
	check(w, is_taken_out(w), "what is not there can be dropped");
	round_trip(w);
	bad_paths(w);
	traps(w);
	renames(w);
	races(w);
	full(w);
	(void)ask_only(w, SBX_DROP, "");
	check(w, is_taken_out(w), "a full workspace is removed");
	dropped(w);
	client_close(w);
	daemon_stop(w, SIGTERM);
}
