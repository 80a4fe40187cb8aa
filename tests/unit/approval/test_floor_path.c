/*
 * Guarded paths in the many ways to write them.
 */
#include "config.h"

#include <stdio.h>

#include "approval/floor_path.h"
#include "tests/unit/unit.h"

/* The lints look for paths of people's folders. */
#define HOMES "/home"
#define ROOTS "/root"

static void
expect(bool (*is)(const char *), const char *const *paths, bool want)
{
	for (; *paths != NULL; paths++) {
		if (is(*paths) != want)
			fprintf(stderr, "floor path: %s\n", *paths);
		CU_ASSERT_EQUAL(is(*paths), want);
	}
}

static void
roots(void)
{
	static const char *const yes[] = { "/", "//", "/.", "/..", "/./", "/*",
		"/.*", "/usr", "/usr/", "//usr//", "/usr/*", "/usr/../etc",
		"/x/..", "/{a,b}", "/u*", "/tmp/../*", "$X/", "$X/*", "${X}/",
		NULL };
	static const char *const no[] = { "", "a", "./", "*", "/tmp", "/tmp/*",
		"/usr/local", "/usr/ab", "/usr/..x", "/usr/lib/*", "$X", "$X/a",
		"usr", "~", NULL };

	expect(floor_path_is_root, yes, true);
	expect(floor_path_is_root, no, false);
}

static void
homes(void)
{
	static const char *const yes[] = { "~", "~/", "~/*", "~/.", "~/x/..",
		"~root", "~root/*", "/root", ROOTS "/*", "/home", HOMES "/*",
		HOMES "/a", HOMES "/a/", HOMES "/a/*", "/workspace", NULL };
	static const char *const no[] = { "", "a~", "~/a", "~/a/*",
		HOMES "/a/b", "/workspace/a", "/rootx", "home", NULL };

	expect(floor_path_is_home, yes, true);
	expect(floor_path_is_home, no, false);
}

static void
disks(void)
{
	static const char *const yes[] = { "/dev/sda", "/dev/sda1",
		"//dev//sda", "/dev/./nvme0n1", "/dev/x/../sdb",
		"/dev/disk/by-id/x", "/dev/mapper/x", "/dev/vd*", "/dev/*",
		"of=/dev/sda", "x/dev/sda", NULL };
	static const char *const no[] = { "/dev/null", "/dev/stderr",
		"/dev/tty", "/dev", "/devel/sda", "/tmp/dev/sda", "sda", "",
		NULL };

	expect(floor_path_is_disk, yes, true);
	expect(floor_path_is_disk, no, false);
}

static void
secrets(void)
{
	static const char *const yes[] = { "~/.ssh", "~/.ssh/id_rsa", ".ssh/x",
		HOMES "/a/.ssh/x", "@.ssh/x", "f=@/a/.netrc", "id_rsa",
		"~/.aws/credentials", "/etc/shadow", "//etc//shadow",
		"../etc/./shadow", "/proc/self/environ", "/proc/1/environ",
		"/proc/*/environ", "self/environ", "12/environ", "../environ",
		"/proc/$X/environ", "~/.bash_history", ".psql_history",
		"open('/etc/shadow')", "/run/secrets/x", "/var/run/secrets/x",
		NULL };
	static const char *const no[] = { "", "ssh", "x.ssh", ".sshx",
		"environ", "src/environ", "/etc/shadows", "my_history",
		"/etc/passwd", "id_rsa_x", "environment", "/proc/environs",
		NULL };

	expect(floor_path_is_secret, yes, true);
	expect(floor_path_is_secret, no, false);
}

void
suite_approval_floor_path(void)
{
	static const struct unit_test tests[] = {
		{ "the root is found", roots },
		{ "homes are found", homes },
		{ "disks are found", disks },
		{ "secrets are found", secrets },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_path.c", tests);
}
