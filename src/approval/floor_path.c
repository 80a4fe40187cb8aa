/*
 * Paths are normalised first (slashes, dots, climbing up), so that // and
 * /usr/../ are what they lead to.  A pattern or a brace right below the root
 * counts as the root, and so does an unknown variable, which may be empty.
 */
#include "config.h"

#include <fnmatch.h>
#include <string.h>

#include "approval/floor_path.h"
#include "base/mem.h"
#include "base/own.h"

static const char *const system_folders[] = { "bin", "boot", "dev", "etc",
	"lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "run",
	"sbin", "srv", "sys", "usr", "var", NULL };

static bool
is_one_of(const char *const *list, const char *name, size_t n)
{
	for (; *list != NULL; list++) {
		if (strlen(*list) == n && memcmp(*list, name, n) == 0)
			return true;
	}
	return false;
}

/* Removes the last component of TO; the place where the next one goes. */
static char *
climb(char *start, char *to)
{
	while (to > start && *--to != '/')
		;
	return to;
}

/* PATH, which begins with a slash, without //, /./ and /../ and without a
 * slash at the end ("" is the root).  In place. */
static void
normalise(char *path)
{
	char *to = path, *from = path;

	while (*from != '\0') {
		size_t n;

		from += strspn(from, "/");
		n = strcspn(from, "/");
		if (n == 2 && memcmp(from, "..", 2) == 0)
			to = climb(path, to);
		else if (n > 0 && !(n == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	*to = '\0';
}

/* Without a last component that matches everything: all in a folder is as good
 * as the folder. */
static void
drop_pattern(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL && slash[1] != '\0' &&
	    slash[1 + strspn(slash + 1, "*?.[]!^")] == '\0')
		*slash = '\0';
}

/* An unknown variable that may be empty, then a slash: "$X/" or "$X/(all)". */
static const char *
skip_variable(const char *path)
{
	const char *at = path;

	if (*at != '$')
		return path;
	at++;
	while (*at != '\0' && strchr("/~", *at) == NULL)
		at++;
	if (*at == '/' && at[1 + strspn(at + 1, "/*.")] == '\0')
		return at;
	return path;
}

bool
floor_path_is_root(const char *word)
{
	const char *from = skip_variable(word);
	own_mem char *path = NULL;
	size_t n;

	if (from[0] != '/')
		return false;
	path = mem_strdup(from);
	normalise(path);
	drop_pattern(path);
	if (path[0] == '\0')
		return true;
	n = strlen(path + 1);
	if (strchr(path + 1, '/') != NULL)
		return false;
	return strpbrk(path + 1, "*?[{$") != NULL ||
	    is_one_of(system_folders, path + 1, n);
}

/* A home is one of root, of somebody below /home, or the workspace. */
static bool
is_home_folder(const char *path)
{
	if (strcmp(path, "/root") == 0 || strcmp(path, "/home") == 0 ||
	    strcmp(path, "/workspace") == 0 || strcmp(path, "/Users") == 0)
		return true;
	return strncmp(path, "/home", 5) == 0 && path[5] == '/' &&
	    strchr(path + 6, '/') == NULL;
}

bool
floor_path_is_home(const char *word)
{
	own_mem char *path = mem_strdup(word);

	if (word[0] == '~') {
		size_t name = strcspn(path, "/");

		normalise(path + name);
		drop_pattern(path);
		return strchr(path, '/') == NULL;
	}
	if (word[0] != '/')
		return false;
	normalise(path);
	drop_pattern(path);
	return is_home_folder(path);
}

bool
floor_path_is_disk(const char *word)
{
	static const char *const disks[] = { "sd", "hd", "vd", "xvd", "nvme",
		"mmcblk", "loop", "md", "dm-", "disk", "mapper/", "ram", "sr",
		"nbd", "mtd", "mem", "kmem", "port", "zram" };
	const char *at = strstr(word, "/dev/");
	own_mem char *path = NULL;

	if (at == NULL && strstr(word, "/dev") == NULL)
		return false;
	path = mem_strdup(word[0] == '/' ? word : strchr(word, '/'));
	normalise(path);
	if (strncmp(path, "/dev/", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		if (strncmp(path + 5, disks[i], strlen(disks[i])) == 0)
			return true;
	}
	return strpbrk(path + 5, "*?[{") != NULL;
}

/* Secrets */

static bool
is_path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* Is PART in WORD as one or more whole components? */
static bool
has_part(const char *word, const char *part)
{
	size_t n = strlen(part);

	for (const char *at = strstr(word, part); at != NULL;
	     at = strstr(at + 1, part)) {
		if ((at == word || !is_path_char(at[-1])) &&
		    !is_path_char(at[n]))
			return true;
	}
	return false;
}

/* .bash_history and its like. */
static bool
has_history(const char *word)
{
	const char *at = strstr(word, "_history");
	const char *from = at;

	if (at == NULL || is_path_char(at[strlen("_history")]))
		return false;
	while (from > word && is_path_char(from[-1]))
		from--;
	return *from == '.';
}

/* A pattern below /proc that the shell may turn into an environ. */
static bool
may_match_environ(const char *word)
{
	const char *name = strrchr(word, '/');

	return strstr(word, "/proc/") != NULL && name != NULL &&
	    strpbrk(name, "*?[") != NULL &&
	    fnmatch(name + 1, "environ", 0) == 0;
}

/* PID/environ, in whatever way the process is named. */
static bool
has_environ(const char *word)
{
	const char *at = strstr(word, "/environ");
	const char *from = at;

	if (at == NULL || is_path_char(at[strlen("/environ")]))
		return false;
	if (strstr(word, "/proc") != NULL)
		return true;
	while (from > word && from[-1] != '/')
		from--;
	return strspn(from, "0123456789") == (size_t)(at - from) ||
	    strpbrk(from, "*?[$") != NULL || strncmp(from, "self/", 5) == 0 ||
	    strncmp(from, "thread-self/", 12) == 0 ||
	    strncmp(from, "../", 3) == 0;
}

static char *
collapsed(const char *word)
{
	char *path = mem_strdup(word), *to = path;

	for (const char *from = word; *from != '\0'; from++) {
		while (from[0] == '/' &&
		    (from[1] == '/' || (from[1] == '.' && from[2] == '/')))
			from += from[1] == '/' ? 1 : 2;
		*to++ = *from;
	}
	*to = '\0';
	return path;
}

bool
floor_path_is_secret(const char *word)
{
	static const char *const parts[] = { ".ssh", ".aws", ".azure",
		".git-credentials", ".gnupg", ".my.cnf", ".netrc", ".npmrc",
		".pgpass", ".pypirc", ".vault-token", ".config/gcloud",
		".config/gh", ".config/git/credentials", ".docker/config.json",
		".kube", "etc/gshadow", "etc/shadow", "etc/sudoers", "id_dsa",
		"id_ecdsa", "id_ed25519", "id_rsa", "run/secrets" };
	own_mem char *path = collapsed(word);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (has_part(path, parts[i]))
			return true;
	}
	return has_history(path) || has_environ(path) ||
	    may_match_environ(path);
}
