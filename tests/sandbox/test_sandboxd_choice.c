/*
 * Which backend is taken (S33, S34): the daemon gets a PATH in which only some
 * programs can be found, so that runtimes are hidden one by one.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandboxd/program.h"
#include "tests/sandbox/test_sandboxd.h"

#define MAX_SHIMS 12

/* What the daemon calls besides its runtimes; nft and slirp4netns are not
 * needed, because these sandboxes have no network. */
static const char *const always[] = { "conmon", NULL };

static char shims[96];

static void
shim_remove_all(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", shims);
	if (system(command) != 0 || mkdir(shims, 0755) != 0)
		abort();
}

static bool
shim_add(const char *name)
{
	char real[PROGRAM_PATH_BYTES], link[160];

	(void)snprintf(link, sizeof(link), "%s/%s", shims, name);
	return program_find(name, real) && symlink(real, link) == 0;
}

/* Lets the daemon find NAMES only. */
static void
show_only(const char *const *names)
{
	shim_remove_all();
	for (size_t i = 0; always[i] != NULL; i++)
		(void)shim_add(always[i]);
	for (size_t i = 0; names[i] != NULL; i++)
		(void)shim_add(names[i]);
}

static void
options(char *out, size_t size, const char *backend, bool image)
{
	const char *name = image ? getenv("MOLTIS_TEST_IMAGE") : NULL;

	(void)snprintf(out, size,
	    "network = \"none\"; backend = \"%s\"; images = [%s%s%s];", backend,
	    name == NULL ? "" : "\"", name == NULL ? "" : name,
	    name == NULL ? "" : "\"");
}

/* Starts the daemon in that PATH. */
static void
start(struct world *w, const char *backend, bool image)
{
	char *path = strdup(getenv("PATH")), text[300];

	options(text, sizeof(text), backend, image);
	(void)setenv("PATH", shims, 1);
	daemon_start(w, text);
	(void)setenv("PATH", path, 1);
	free(path);
	client_open(w);
}

static void
stop(struct world *w)
{
	client_close(w);
	daemon_stop(w, SIGTERM);
}

/* With NAMES to be found, auto takes WANTED ("" is none), and a command runs
 * there or nowhere. */
static void
takes(struct world *w, const char *const *names, bool image, const char *wanted)
{
	struct answer a;
	char sentence[200];

	show_only(names);
	start(w, "auto", image);
	begin_file(w, &a, SBX_STATUS, NULL);
	(void)wait_over(w, &a, 10);
	(void)snprintf(sentence, sizeof(sentence),
	    "auto takes \"%s\", not \"%s\": %.100s", wanted, a.backend,
	    a.report_why);
	check(w, strcmp(a.backend, wanted) == 0, sentence);
	answer_done(&a);
	sh(w, &a, 1, "echo ran");
	if (wanted[0] == '\0')
		check(w, a.status == ST_UNAVAILABLE && a.out.len == 0,
		    "without a backend no command runs");
	else
		check(w, strcmp(txt_str(&a.out), "ran\n") == 0,
		    "a command runs in the one that was taken");
	answer_done(&a);
	stop(w);
	fprintf(stderr, "  found %s%s%s: %s\n", names[0] == NULL ? "none" : "",
	    names[0] == NULL ? "" : names[0], image ? ", with image" : "",
	    wanted[0] == '\0' ? "no commands" : wanted);
}

/* What the daemon says when it gives up is in OUT. */
static int
refused(struct world *w, const char *text, char *out, size_t size)
{
	char path[96];
	int status;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/refused", w->folder);
	status = daemon_refused(w, text, path);
	f = fopen(path, "r");
	out[f == NULL ? 0 : fread(out, 1, size - 1, f)] = '\0';
	if (f != NULL)
		(void)fclose(f);
	(void)unlink(path);
	return status;
}

/* A forced backend that cannot be had: the start fails and says why. */
static void
refuses(struct world *w, const char *backend, const char *why)
{
	char *path = strdup(getenv("PATH")), text[300], said[8000] = "";
	char sentence[200];
	int status;

	options(text, sizeof(text), backend, true);
	(void)setenv("PATH", shims, 1);
	status = refused(w, text, said, sizeof(said));
	(void)setenv("PATH", path, 1);
	free(path);
	(void)snprintf(sentence, sizeof(sentence),
	    "backend = \"%s\" stops the start (%d) and says \"%s\"", backend,
	    status, why);
	check(w,
	    status > 0 && strstr(said, "tools.exec.sandbox.backend") != NULL &&
		strstr(said, why) != NULL,
	    sentence);
	if (strstr(said, why) == NULL)
		fprintf(stderr, "%s", said);
}

bool
backend_works(struct world *w, const char *text, const char *name)
{
	static char said[16000];
	const char *at, *why = "it does not start";
	int status = refused(w, text, said, sizeof(said));
	char start_of[60];

	if (status < 0)
		return true;
	(void)snprintf(start_of, sizeof(start_of),
	    "\"backend\":\"%s\",\"why\":", name);
	at = strstr(said, start_of);
	if (at != NULL)
		why = at + strlen(start_of);
	fprintf(stderr, "# SKIP %s: %.*s\n", name, (int)strcspn(why, "\n"),
	    why);
	return false;
}

static bool
works(struct world *w, const char *name)
{
	char text[300];

	if (getenv("MOLTIS_TEST_IMAGE") == NULL) {
		fprintf(stderr, "# SKIP %s: no image\n", name);
		return false;
	}
	options(text, sizeof(text), name, true);
	return backend_works(w, text, name);
}

/* The engine dies under a command: an error, and no other way to run it. */
static void
engine_dies(struct world *w)
{
	static const char *const all[] = { "podman", "runc", "crun", "bwrap",
		NULL };
	struct sbx_run run = run_of(1, 1, "echo $$ >>ran; exec sleep 4719.1");
	struct answer a;

	show_only(all);
	start(w, "podman", true);
	begin_run(w, &a, &run);
	for (int i = 0; i < 500 && count_processes("4719.1") == 0; i++)
		spin(w, 0.02);
	spin(w, 0.2);
	check(w, kill_processes("--entrypoint=/bin/sh") > 0,
	    "the engine's process is there and dies");
	check(w, wait_over(w, &a, 20), "its command ends");
	check(w, a.status != ST_OK || a.result.exit_code != 0,
	    "and ends with an error");
	check(w, wait_gone(w, "4719.1", 3), "nothing of it lives on");
	answer_done(&a);
	sh(w, &a, 1, "echo ran >>ran; wc -l <ran");
	check(w, strstr(txt_str(&a.out), "2\n") != NULL,
	    "it ran once, and the engine works again");
	answer_done(&a);
	stop(w);
}

/* A program in docker's place that writes down what it is told. */
static void
docker_shim(const char *log)
{
	char path[160];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/docker", shims);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	fprintf(f,
	    "#!/bin/sh\ncase $1 in run) printf '%%s\\n' \"$@\" >>%s;; esac\n"
	    "[ \"$1\" = image ] && echo sha256:1\nexit 0\n",
	    log);
	if (fclose(f) != 0 || chmod(path, 0755) != 0)
		abort();
}

/* docker is told all fences, and nothing that opens one. */
static void
docker_arguments(struct world *w)
{
	static const char *const none[] = { NULL };
	static const char *const wanted[] = { "--pull=never", "--read-only",
		"--cap-drop=ALL", "--security-opt=no-new-privileges",
		"--security-opt=seccomp=/proc/self/fd/", "--network=none",
		"--ipc=private", "--hostname=sandbox",
		"--memory-swap=", "--pids-limit=256", "--cpus=1.000",
		"--ulimit=core=0:0", "--user=2000000:2000000",
		"--cgroup-parent=/moltis-" };
	static const char *const unwanted[] = { "--privileged", "--publish",
		"=host", "docker.sock", "--cap-add", "--device", "--env" };
	char *path = strdup(getenv("PATH")), text[300], log[96], said[8000];
	char argv[8000] = "";
	FILE *f;

	(void)snprintf(log, sizeof(log), "%s/argv", w->folder);
	show_only(none);
	docker_shim(log);
	(void)snprintf(text, sizeof(text),
	    "backend = \"docker\"; docker_allowed = true; "
	    "network = \"none\"; images = [\"localhost/moltis-test:1\"];");
	(void)setenv("PATH", shims, 1);
	check(w, refused(w, text, said, sizeof(said)) > 0,
	    "a docker that runs nothing is not taken");
	(void)setenv("PATH", path, 1);
	free(path);
	f = fopen(log, "r");
	if (f != NULL) {
		argv[fread(argv, 1, sizeof(argv) - 1, f)] = '\0';
		(void)fclose(f);
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		check(w, strstr(argv, wanted[i]) != NULL, wanted[i]);
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		check(w, strstr(argv, unwanted[i]) == NULL, unwanted[i]);
	(void)unlink(log);
}

void
test_choice(struct world *w)
{
	static const char *const everything[] = { "podman", "runsc", "runc",
		"crun", "bwrap", NULL };
	static const char *const no_runsc[] = { "podman", "runc", "crun",
		"bwrap", NULL };
	static const char *const no_runtime[] = { "podman", "bwrap", NULL };
	static const char *const no_engine[] = { "bwrap", "runsc", "runc",
		NULL };
	static const char *const none[] = { NULL };
	bool podman = works(w, "podman"), runsc = works(w, "runsc");

	(void)snprintf(shims, sizeof(shims), "%s/shims", w->folder);
	/* The accounts' users go through it to what is in there. */
	(void)chmod(w->folder, 0711);
	if (runsc)
		takes(w, everything, true, "runsc");
	if (podman) {
		takes(w, no_runsc, true, "podman");
		engine_dies(w);
	}
	takes(w, everything, false, "bubblewrap");
	takes(w, no_runtime, true, "bubblewrap");
	takes(w, no_engine, true, "bubblewrap");
	takes(w, none, true, "");
	refuses(w, "bubblewrap", "bwrap is not installed");
	refuses(w, "podman", "podman is not installed");
	show_only(no_runtime);
	refuses(w, "podman", "no runtime is installed");
	refuses(w, "runsc", "runsc is not installed");
	refuses(w, "docker", "is not allowed");
	docker_arguments(w);
	refuses(w, "firecracker", "must be one of");
}
