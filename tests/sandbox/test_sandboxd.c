/*
 * Real runs of moltis-sandboxd, as root:
 *   test_sandboxd PROGRAM [PART]...
 * MOLTIS_TEST_IMAGE as in escape_test.
 * Prints a line for each sentence that fails and `N passed, N failed`.
 */
#include "config.h"

#include "tests/sandbox/test_sandboxd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static const struct {
	const char *name;
	void (*run)(struct world *w);
} parts[] = {
	{ "commands", test_commands },
	{ "limits", test_limits },
	{ "files", test_files },
	{ "crashes", test_crashes },
	{ "network", test_network },
	{ "choice", test_choice },
	{ "engine", test_engine },
};

static bool
is_wanted(int argc, char **argv, const char *name)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc <= 2;
}

static void
remove_folder(const char *folder)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", folder);
	if (system(command) != 0)
		fprintf(stderr, "cannot remove %s\n", folder);
}

int
main(int argc, char **argv)
{
	struct world w = { .loop = ev_default_loop(EVFLAG_AUTO) };

	if (argc < 2) {
		fprintf(stderr, "usage: test_sandboxd PROGRAM [PART]...\n");
		return 2;
	}
	if (geteuid() != 0) {
		fprintf(stderr, "test_sandboxd: needs root\n");
		return 2;
	}
	log_open("test");
	log_set_level(LOG_LVL_ERROR);
	w.program = argv[1];
	(void)snprintf(w.folder, sizeof(w.folder), "/tmp/moltis-sbxd-XXXXXX");
	if (mkdtemp(w.folder) == NULL)
		return 2;
	(void)snprintf(w.socket, sizeof(w.socket), "%s/sock", w.folder);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!is_wanted(argc, argv, parts[i].name))
			continue;
		fprintf(stderr, "- %s\n", parts[i].name);
		parts[i].run(&w);
	}
	if (w.failed > 0)
		fprintf(stderr, "the daemon's log: %s/log\n", w.folder);
	else
		remove_folder(w.folder);
	printf("%u passed, %u failed\n", w.passed, w.failed);
	return w.failed > 0 || w.passed == 0;
}
