/*
 * Dangerous forms, by command.  A rule looks at words that are already
 * normalised, and rather hits too often: nobody is hurt by a question.
 */
#include "config.h"

#include <string.h>

#include "approval/floor_path.h"
#include "approval/floor_rules.h"

#define MAX_FUNCTIONS 200 /* in one text; a fork bomb needs one */

typedef bool rule_function(const char *const *args, size_t count);

static bool
is_short(const char *arg, const char *letters)
{
	return arg[0] == '-' && arg[1] != '-' &&
	    strpbrk(arg + 1, letters) != NULL;
}

/* ARG is --NAME, --NAME=value or an abbreviation of at least LEAST letters. */
static bool
is_long(const char *arg, const char *name, size_t least)
{
	size_t n = strcspn(arg, "=");

	if (arg[0] != '-' || arg[1] != '-' || n < least + 2)
		return false;
	return n - 2 <= strlen(name) && memcmp(arg + 2, name, n - 2) == 0;
}

static bool
has_word(const char *const *args, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(args[i], word) == 0)
			return true;
	}
	return false;
}

static bool
has_recursive(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_short(args[i], "rR") || is_long(args[i], "recursive", 1))
			return true;
	}
	return false;
}

static bool
has_root(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (floor_path_is_root(args[i]))
			return true;
	}
	return false;
}

static bool
has_home(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (floor_path_is_home(args[i]))
			return true;
	}
	return false;
}

static bool
has_device(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strncmp(args[i], "/dev/", 5) == 0)
			return true;
	}
	return false;
}

static bool
has_disk(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (floor_path_is_disk(args[i]))
			return true;
	}
	return false;
}

static bool
always(const char *const *args, size_t count)
{
	(void)args;
	(void)count;
	return true;
}

static bool
rm_root(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_long(args[i], "no-preserve-root", 4))
			return true;
	}
	return has_recursive(args, count) &&
	    (has_root(args, count) || has_home(args, count));
}

static bool
find_delete(const char *const *args, size_t count)
{
	bool deletes = has_word(args, count, "-delete") ||
	    has_word(args, count, "rm") || has_word(args, count, "shred");

	return deletes && (has_root(args, count) || has_home(args, count));
}

/* Python's and Perl's name for rm -r. */
static bool
rmtree_root(const char *const *args, size_t count)
{
	return has_root(args, count) || has_home(args, count);
}

static bool
change_root(const char *const *args, size_t count)
{
	return has_recursive(args, count) && has_root(args, count);
}

static bool
dd_write(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strncmp(args[i], "of=", 3) == 0 &&
		    floor_path_is_disk(args[i] + 3))
			return true;
		if (strncmp(args[i], "if=", 3) == 0 &&
		    (strstr(args[i], "/zero") != NULL ||
			strstr(args[i], "/urandom") != NULL ||
			strstr(args[i], "/random") != NULL ||
			strstr(args[i], "/full") != NULL))
			return true;
	}
	return false;
}

static bool
partition(const char *const *args, size_t count)
{
	return has_device(args, count) && !has_word(args, count, "-l") &&
	    !has_word(args, count, "--list") && !has_word(args, count, "print");
}

/* Git */

/* The subcommand's place, COUNT when there is none. */
static size_t
git_subcommand(const char *const *args, size_t count)
{
	static const char *const with_value[] = { "-C", "-c", "--git-dir",
		"--work-tree", "--namespace", "--super-prefix", "--config-env",
		"--exec-path" };
	size_t i = 0;

	while (i < count && args[i][0] == '-') {
		size_t skip = 1;

		for (size_t j = 0; j < 7; j++) {
			if (strcmp(args[i], with_value[j]) == 0)
				skip = 2;
		}
		i += skip;
	}
	return i < count ? i : count;
}

static bool
is_force_push(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_short(args[i], "f") || args[i][0] == '+' ||
		    strncmp(args[i], "--force", 7) == 0 ||
		    is_long(args[i], "force", 2) ||
		    is_long(args[i], "mirror", 1))
			return true;
	}
	return false;
}

static bool
is_forced(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_short(args[i], "f") || is_long(args[i], "force", 1))
			return true;
	}
	return false;
}

static bool
git_destroys(const char *const *args, size_t count)
{
	size_t at = git_subcommand(args, count);
	const char *name = at < count ? args[at] : "";
	const char *const *rest = args + at;
	size_t n = count - at;

	if (strcmp(name, "push") == 0)
		return is_force_push(rest, n);
	if (strcmp(name, "clean") == 0)
		return is_forced(rest, n);
	if (strcmp(name, "stash") == 0)
		return has_word(rest, n, "drop") || has_word(rest, n, "clear");
	if (strcmp(name, "reset") != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (is_long(rest[i], "hard", 2))
			return true;
	}
	return false;
}

/* Machines, clusters, containers */

static bool
kubectl_namespace(const char *const *args, size_t count)
{
	static const char *const kinds[] = { "ns", "namespace", "namespaces" };

	if (!has_word(args, count, "delete"))
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t n = strcspn(args[i], "/,");

		for (size_t j = 0; j < 3; j++) {
			if (strlen(kinds[j]) == n &&
			    memcmp(kinds[j], args[i], n) == 0 &&
			    (i == 0 ||
				(strcmp(args[i - 1], "-n") != 0 &&
				    strcmp(args[i - 1], "-l") != 0)))
				return true;
		}
	}
	return false;
}

static bool
terraform_destroy(const char *const *args, size_t count)
{
	return has_word(args, count, "destroy") ||
	    has_word(args, count, "-destroy") ||
	    has_word(args, count, "--destroy");
}

static bool
container_prune(const char *const *args, size_t count)
{
	return has_word(args, count, "prune");
}

static bool
power_off(const char *const *args, size_t count)
{
	static const char *const verbs[] = { "poweroff", "reboot", "halt",
		"kexec", "soft-reboot", "emergency", "rescue", "0", "6" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (has_word(args, count, verbs[i]))
			return true;
	}
	return false;
}

static bool
crontab_edit(const char *const *args, size_t count)
{
	return !has_word(args, count, "-l");
}

static bool
firewall_flush(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_short(args[i], "FX") || is_long(args[i], "flush", 1) ||
		    is_long(args[i], "delete-chain", 8))
			return true;
	}
	return has_word(args, count, "flush") ||
	    has_word(args, count, "disable") || has_word(args, count, "reset");
}

/* -1 as a process, which is all of them, not as a signal. */
static bool
kill_all(const char *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(args[i], "-1") == 0 && (i > 0 || count == 1))
			return true;
	}
	return false;
}

static bool
database_drop(const char *const *args, size_t count)
{
	return has_word(args, count, "drop");
}

static const struct {
	const char *command; /* a * at its end stands for anything */
	rule_function *hits;
	struct floor_rule rule;
} rules[] = {
	{ "rm", rm_root,
	    { "rm-root",
		"deletes the root or a home with all that is in it" } },
	{ "find", find_delete,
	    { "rm-root",
		"deletes the root or a home with all that is in it" } },
	{ "rmtree", rmtree_root,
	    { "rm-root",
		"deletes the root or a home with all that is in it" } },
	{ "shutil.rmtree", rmtree_root,
	    { "rm-root",
		"deletes the root or a home with all that is in it" } },
	{ "mkfs", always, { "mkfs", "makes a new file system" } },
	{ "mkfs.*", always, { "mkfs", "makes a new file system" } },
	{ "mke2fs", always, { "mkfs", "makes a new file system" } },
	{ "mkswap", always, { "mkfs", "makes a new swap area" } },
	{ "wipefs", always, { "wipe", "wipes a disk" } },
	{ "blkdiscard", always, { "wipe", "wipes a disk" } },
	{ "shred", has_device, { "wipe", "wipes a device" } },
	{ "fdisk", partition, { "partition", "changes partitions" } },
	{ "sfdisk", partition, { "partition", "changes partitions" } },
	{ "cfdisk", partition, { "partition", "changes partitions" } },
	{ "sgdisk", partition, { "partition", "changes partitions" } },
	{ "gdisk", partition, { "partition", "changes partitions" } },
	{ "parted", partition, { "partition", "changes partitions" } },
	{ "dd", dd_write,
	    { "dd", "overwrites a disk, or writes zeros or noise" } },
	{ "tee", has_disk, { "disk-write", "writes to a disk" } },
	{ "cp", has_disk, { "disk-write", "copies from or to a disk" } },
	{ "mv", has_disk, { "disk-write", "replaces a disk" } },
	{ "git", git_destroys, { "git", "discards work in a git repository" } },
	{ "kubectl", kubectl_namespace,
	    { "kubectl", "deletes a namespace of a cluster" } },
	{ "oc", kubectl_namespace,
	    { "kubectl", "deletes a namespace of a cluster" } },
	{ "terraform", terraform_destroy,
	    { "terraform", "destroys what Terraform manages" } },
	{ "tofu", terraform_destroy,
	    { "terraform", "destroys what OpenTofu manages" } },
	{ "terragrunt", terraform_destroy,
	    { "terraform", "destroys what Terraform manages" } },
	{ "docker", container_prune,
	    { "prune", "removes containers, images or volumes" } },
	{ "podman", container_prune,
	    { "prune", "removes containers, images or volumes" } },
	{ "nerdctl", container_prune,
	    { "prune", "removes containers, images or volumes" } },
	{ "chmod", change_root,
	    { "chmod-root", "changes the rights of the whole system" } },
	{ "chown", change_root,
	    { "chmod-root", "changes the owner of the whole system" } },
	{ "chgrp", change_root,
	    { "chmod-root", "changes the group of the whole system" } },
	{ "shutdown", always, { "power", "stops the machine" } },
	{ "reboot", always, { "power", "restarts the machine" } },
	{ "poweroff", always, { "power", "stops the machine" } },
	{ "halt", always, { "power", "stops the machine" } },
	{ "init", power_off, { "power", "stops the machine" } },
	{ "telinit", power_off, { "power", "stops the machine" } },
	{ "systemctl", power_off, { "power", "stops the machine" } },
	{ "crontab", crontab_edit, { "crontab", "changes the crontab" } },
	{ "iptables", firewall_flush, { "firewall", "empties the firewall" } },
	{ "ip6tables", firewall_flush, { "firewall", "empties the firewall" } },
	{ "nft", firewall_flush, { "firewall", "empties the firewall" } },
	{ "ufw", firewall_flush, { "firewall", "switches the firewall off" } },
	{ "kill", kill_all, { "kill-all", "ends every process" } },
	{ "killall5", always, { "kill-all", "ends every process" } },
	{ "chattr", always, { "chattr", "changes attributes of files" } },
	{ "dropdb", always, { "sql", "deletes a database" } },
	{ "mysqladmin", database_drop, { "sql", "deletes a database" } },
};

static bool
is_named(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

bool
floor_rules_knows(const char *name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (is_named(rules[i].command, name))
			return true;
	}
	return false;
}

const struct floor_rule *
floor_rules_command(const char *const *argv, size_t count)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (is_named(rules[i].command, argv[0]) &&
		    rules[i].hits(argv + 1, count - 1))
			return &rules[i].rule;
	}
	return NULL;
}

/* Texts */

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The text behind VERB and a blank, where VERB is a whole word; or NULL. */
static const char *
after_verb(const char *start, const char *from, const char *verb)
{
	size_t n = strlen(verb);
	const char *at = strstr(from, verb);

	for (; at != NULL; at = strstr(at + 1, verb)) {
		if ((at == start || !is_word_char(at[-1])) && at[n] == ' ')
			return at + n + 1;
	}
	return NULL;
}

const struct floor_rule *
floor_rules_sql(const char *text)
{
	static const struct floor_rule drop = { "sql",
		"drops tables, schemas or databases" };
	static const struct floor_rule truncate = { "sql", "empties tables" };
	static const char *const kinds[] = { "table", "database", "schema" };
	const char *at = text;

	while ((at = after_verb(text, at, "drop")) != NULL) {
		for (size_t i = 0; i < 3; i++) {
			size_t n = strlen(kinds[i]);

			if (strncmp(at, kinds[i], n) == 0 &&
			    !is_word_char(at[n]))
				return &drop;
		}
	}
	at = text;
	while ((at = after_verb(text, at, "truncate")) != NULL) {
		if (is_word_char(*at) ||
		    (*at != '\0' && strchr("\"`[", *at) != NULL))
			return &truncate;
	}
	return NULL;
}

/* Does X|X or X&X stand in TEXT, and is X a function in it? */
static bool
is_doubled(const char *text, const char *name, size_t n)
{
	const char *at = text;

	while ((at = strpbrk(at, "|&")) != NULL) {
		if ((size_t)(at - text) >= n && strlen(at + 1) >= n &&
		    memcmp(at - n, name, n) == 0 &&
		    memcmp(at + 1, name, n) == 0)
			return true;
		at++;
	}
	return false;
}

const struct floor_rule *
floor_rules_fork_bomb(const char *text)
{
	static const struct floor_rule bomb = { "fork-bomb",
		"starts processes without end" };
	const char *at = text;
	int functions = 0;

	if (strstr(text, "forkwhilefork") != NULL || is_doubled(text, "$0", 2))
		return &bomb;
	while ((at = strstr(at, "(){")) != NULL) {
		const char *name = at;

		if (++functions > MAX_FUNCTIONS)
			return &bomb;
		while (name > text && strchr(";&|(){}", name[-1]) == NULL)
			name--;
		if (strncmp(name, "function", 8) == 0 && at - name > 8)
			name += 8;
		if (at > name && is_doubled(text, name, (size_t)(at - name)))
			return &bomb;
		at++;
	}
	return NULL;
}
