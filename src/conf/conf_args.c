/* Arguments of moltis-fcgi and moltis-worker: which files, and help. */
#include "config.h"

#include "conf/conf_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

static void
usage(const char *program, const char *duty)
{
	fprintf(stderr,
	    "usage: %s [--conf FILE]...\n%s\n"
	    "Without --conf: $MOLTIS_CONF, then " CONF_DEFAULT_FILE ".\n"
	    "Later files override earlier ones key by key.\n",
	    program, duty);
}

/* The file of a --conf at *I, or NULL when it is none. */
static const char *
conf_option(int argc, char **argv, int *i)
{
	if (strncmp(argv[*i], "--conf=", 7) == 0)
		return argv[*i] + 7;
	if (strcmp(argv[*i], "--conf") == 0 && *i + 1 < argc)
		return argv[++*i];
	return NULL;
}

/* Fills FILES; returns -1, or the status to exit with. */
static int
read_files(int argc, char **argv, const char *program, const char *duty,
    struct txt *files)
{
	const char *from_env = getenv("MOLTIS_CONF");

	for (int i = 1; i < argc; i++) {
		const char *file;

		if (strcmp(argv[i], "--help") == 0) {
			usage(program, duty);
			return EXIT_SUCCESS;
		}
		if (strcmp(argv[i], "--version") == 0) {
			fprintf(stderr, "%s " PACKAGE_VERSION "\n", program);
			return EXIT_SUCCESS;
		}
		file = conf_option(argc, argv, &i);
		if (file == NULL || file[0] == '\0') {
			usage(program, duty);
			return EXIT_USAGE;
		}
		txt_format(files, "%s%s", files->len > 0 ? ":" : "", file);
	}
	if (files->len == 0)
		txt_append(files,
		    from_env != NULL && from_env[0] != '\0'
			? from_env
			: CONF_DEFAULT_FILE);
	return -1;
}

int
conf_args_load(int argc, char **argv, const char *program, const char *duty,
    struct conf **ret)
{
	own_txt struct txt files = { 0 };
	own_txt struct txt why = { 0 };
	int status = read_files(argc, argv, program, duty, &files);

	if (status >= 0)
		return status;
	if (conf_load(txt_str(&files), ret, &why) == ST_OK)
		return -1;
	fputs(txt_str(&why), stderr);
	return EXIT_FAILURE;
}
