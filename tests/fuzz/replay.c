/*
 * Replays a fuzz corpus without a fuzzer.
 *
 * Linked with one fuzz target, so that `make check` runs every stored input on
 * any compiler.  Arguments are files or folders; without arguments the corpus
 * of the program's own name under $srcdir is replayed.  An empty corpus is a
 * failure: it would test nothing.
 */
#include <dirent.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t replay_path(const char *);

static void
die(const char *what, const char *path)
{
	fprintf(stderr, "replay: %s %s\n", what, path);
	exit(1);
}

/* The input is copied to a block of its exact size: a read past the end then
 * hits AddressSanitizer's fence and not our buffer's slack. */
static void
replay_file(const char *path, size_t size)
{
	FILE *f;
	uint8_t *bytes;

	f = fopen(path, "rb");
	bytes = malloc(size > 0 ? size : 1);
	if (f == NULL || bytes == NULL || fread(bytes, 1, size, f) != size)
		die("cannot read", path);
	fclose(f);
	/* Printed first, so that a crash is named by the last line. */
	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
}

static size_t
replay_folder(const char *path)
{
	char child[PATH_MAX];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL)
		die("cannot open", path);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", path,
			entry->d_name) >= (int)sizeof(child))
			die("path too long:", path);
		count += replay_path(child);
	}
	closedir(dir);
	return count;
}

static size_t
replay_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		die("no such file or folder:", path);
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	replay_file(path, (size_t)st.st_size);
	return 1;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *slash = strrchr(argv[0], '/');
	char corpus[PATH_MAX];
	size_t count = 0;
	int i;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (i = 1; i < argc; i++)
		count += replay_path(argv[i]);
	if (argc < 2) {
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s",
		    srcdir != NULL ? srcdir : ".",
		    slash != NULL ? slash + 1 : argv[0]);
		count = replay_path(corpus);
	}
	if (count == 0)
		die("empty corpus:", argc < 2 ? corpus : argv[1]);
	printf("%zu inputs replayed\n", count);
	return 0;
}
