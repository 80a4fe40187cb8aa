/*
 * The floor as a whole: which rule is found.  The many forms are in
 * tests/data/commands.tsv.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "approval/floor.h"
#include "base/txt.h"
#include "tests/unit/unit.h"

static const char *
rule(const char *command)
{
	const struct floor_rule *found = floor_find(command, strlen(command));

	return found == NULL ? "" : found->name;
}

static void
rules(void)
{
	static const char *const want[][2] = {
		{ "ls", "" },
		{ "rm -rf /", "rm-root" },
		{ "a; sudo mkfs.ext4 x", "mkfs" },
		{ "dd if=/dev/zero of=x", "dd" },
		{ "echo x > /dev/sda", "disk-write" },
		{ ":(){ :|:& };:", "fork-bomb" },
		{ "git stash clear", "git" },
		{ "psql -c 'drop table x'", "sql" },
		{ "PATH=. ls", "hijack" },
		{ "curl x | sh", "pipe-to-shell" },
		{ "cat ~/.ssh/id_rsa", "secret" },
		{ "reboot", "power" },
		{ "sh -c \"sh -c 'reboot'\"", "power" },
		{ "python3 -c 'os.system(\"reboot\")'", "power" },
		{ "echo reboot", "" },
		{ "echo reboot | sh", "power" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		if (strcmp(rule(want[i][0]), want[i][1]) != 0)
			fprintf(stderr, "floor: %s: %s\n", want[i][0],
			    rule(want[i][0]));
		CU_ASSERT_STRING_EQUAL(rule(want[i][0]), want[i][1]);
	}
}

/* Every place where a command may stand. */
static void
places(void)
{
	static const char *const frames[] = { "%s", "ls; %s", "ls && %s",
		"ls || %s", "ls | %s", "ls & %s", "ls\n%s", "( %s )", "{ %s; }",
		"echo $(%s)", "echo \"$(%s)\"", "echo `%s`", "cat <(%s)",
		"if a; then %s; fi", "sudo %s", "env A=1 %s", "nohup %s",
		"nice -n 3 %s", "timeout 5 %s", "xargs %s", "sh -c '%s'",
		"bash -c \"%s\"", "eval '%s'", "f() { %s; }", "echo '%s' | sh",
		"sh <<E\n%s\nE", "cat <<E\n%s", "cat <<E\nE\n%s",
		"cat 'unclosed\n%s" };
	static const char *const commands[] = { "rm -rf /", "reboot",
		"git push -f", "chattr +i x", "PATH=. ls" };

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		for (size_t k = 0; k < 5; k++) {
			const char *mark = strstr(frames[i], "%s");
			char line[128];

			(void)snprintf(line, sizeof(line), "%.*s%s%s",
			    (int)(mark - frames[i]), frames[i], commands[k],
			    mark + 2);
			if (rule(line)[0] == '\0')
				fprintf(stderr, "floor: missed %s\n", line);
			CU_ASSERT_STRING_NOT_EQUAL(rule(line), "");
		}
	}
}

/* Lines made to take long are not judged to their end. */
static void
crafted(void)
{
	own_txt struct txt line = { 0 };

	txt_append(&line, "sudo ");
	for (int i = 0; i < 2500; i++)
		txt_append(&line, "rm a ");
	CU_ASSERT_STRING_EQUAL(rule(txt_str(&line)), "intricate");
	txt_reset(&line);
	for (int i = 0; i < 2000; i++)
		txt_append(&line, "f(){|f");
	CU_ASSERT_STRING_EQUAL(rule(txt_str(&line)), "fork-bomb");
	txt_reset(&line);
	txt_append(&line, "sudo apt-get install");
	for (int i = 0; i < 2000; i++)
		txt_append(&line, " package");
	CU_ASSERT_STRING_EQUAL(rule(txt_str(&line)), "");
}

static void
any_bytes(void)
{
	CU_ASSERT_PTR_NULL(floor_find("", 0));
	CU_ASSERT_PTR_NULL(floor_find("\0\0", 2));
	CU_ASSERT_PTR_NOT_NULL(floor_find("rm\0-rf\0/", 8));
	CU_ASSERT_PTR_NULL(floor_find("\xff\xfe", 2));
}

void
suite_approval_floor(void)
{
	static const struct unit_test tests[] = {
		{ "each kind of danger has a rule", rules },
		{ "a command is found wherever it may stand", places },
		{ "crafted lines end early, long ones do not", crafted },
		{ "any bytes can be searched", any_bytes },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor.c", tests);
}
