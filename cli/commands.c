/*
 * Every command, and help made from the same rows.
 *
 * Sorted by name; main.c looks commands up here.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/say.h"

const struct cli_command cli_commands[] = {
	{ .name = "audit verify",
	    .usage = "[--account ID|--user NAME]",
	    .sentence = "Checks the audit trails: nothing changed, removed or "
			"put in.",
	    .more = "One line a trail: the deployment's own and those of all "
		    "accounts, or\nthose NAME owns.  Keep the number and hash "
		    "of the newest entries elsewhere:\nwhoever can rewrite the "
		    "whole database can rewrite a whole chain.\nExit status 1 "
		    "names the first bad entry.\n",
	    .options = OPT_ACCOUNT | OPT_USER,
	    .run = cmd_audit_verify },
	{ .name = "auth create-api-key",
	    .usage = "[--user NAME] --label LABEL --scopes SCOPE[,SCOPE]...\n"
		     "    [--expires DAYS] [--network CIDR[,CIDR]...]",
	    .sentence = "Makes an API key and prints it, this one time.",
	    .more =
		"Scopes: operator.read, operator.write, operator.approvals,\n"
		"operator.pairing, operator.admin (all of them).  The key\n"
		"belongs to the account of NAME; --user may be left out while\n"
		"the deployment has one person.  With --expires it ends "
		"after so many\ndays, with --network it works from there "
		"only.\n",
	    .options =
		OPT_USER | OPT_LABEL | OPT_SCOPES | OPT_EXPIRES | OPT_NETWORK,
	    .needs = OPT_LABEL | OPT_SCOPES,
	    .run = cmd_auth_create_api_key },
	{ .name = "config check",
	    .usage = "",
	    .sentence =
		"Reads the configuration and names what is wrong in it.",
	    .run = cmd_config_check },
	{ .name = "db check",
	    .usage = "",
	    .sentence = "Compares every statement with the live schema.",
	    .run = cmd_db_check },
	{ .name = "doctor",
	    .usage = "",
	    .sentence = "Checks configuration, database and sockets.",
	    .more = "One line a check: ok, note (worth knowing) or FAIL.\n"
		    "Exit status 1 when one failed.\n",
	    .run = cmd_doctor },
	{ .name = "exec off",
	    .usage = "[--user NAME]",
	    .sentence = "Kill switch: no agent runs a command any more.",
	    .more = "For the account of NAME, or for everybody.  What runs is "
		    "stopped within\nseconds, what waits is cancelled.  "
		    "\"exec on\" ends it.\n",
	    .options = OPT_USER,
	    .run = cmd_exec_off },
	{ .name = "exec on",
	    .usage = "[--user NAME]",
	    .sentence = "Lets agents run commands again.",
	    .options = OPT_USER,
	    .run = cmd_exec_on },
	{ .name = "explain command",
	    .usage = "[--mode always|smart|never] -- LINE",
	    .sentence = "Shows whether a command of an agent would run, and "
			"why.",
	    .more = "Prints a JSON object.  Put LINE in quotes: several words "
		    "are joined\nwith blanks.  Without --mode it is judged as "
		    "in mode smart, and always\nwith security level allowlist "
		    "and an empty allowlist.\n",
	    .options = OPT_MODE,
	    .takes_words = true,
	    .run = cmd_explain_command },
	{ .name = "explain cron",
	    .usage = "[--tz ZONE] [--from TIME] [--count N] EXPRESSION",
	    .sentence = "Shows when a scheduled job would run.",
	    .more =
		"Prints a JSON object with the next N times (5) after TIME "
		"(now, or as in\n2027-03-28T00:00:00Z), or says why a job "
		"with this EXPRESSION would be\nrefused.  Put EXPRESSION in "
		"quotes.  ZONE is a name such as Europe/Berlin;\nUTC without "
		"it.\n",
	    .options = OPT_TZ | OPT_FROM | OPT_COUNT,
	    .takes_words = true,
	    .run = cmd_explain_cron },
	{ .name = "explain request",
	    .usage =
		"--peer ADDRESS [--host HOST] [--header 'NAME: VALUE']...\n"
		"    [--behind-proxy on|off] [--configured yes|no]",
	    .sentence = "Shows which tier a request would get, and why.",
	    .more = "Prints a JSON object.  Without --host the request has no\n"
		    "Host header.  This deployment is always behind a proxy;\n"
		    "--behind-proxy off shows what a server without one would "
		    "say.\n",
	    .options = OPT_PEER | OPT_HOST | OPT_HEADER | OPT_BEHIND_PROXY |
		OPT_CONFIGURED,
	    .needs = OPT_PEER,
	    .run = cmd_explain_request },
	{ .name = "help",
	    .usage = "[COMMAND]",
	    .sentence = "Shows all commands, or one of them.",
	    .takes_words = true,
	    .run = cmd_help },
	{ .name = "invite",
	    .usage =
		"[--account NAME | --user NAME] --scopes SCOPE[,SCOPE]...\n"
		"    or: --new-account [--administrator]",
	    .sentence = "Prints a link that brings one person in.",
	    .more = "Into the account NAME, or the one of the user NAME, with "
		    "these scopes; or,\nwith --new-account, to an account of "
		    "his own.  The link works once and for\n72 hours.\n",
	    .options = OPT_ACCOUNT | OPT_USER | OPT_SCOPES | OPT_NEW_ACCOUNT |
		OPT_ADMINISTRATOR,
	    .run = cmd_invite },
	{ .name = "migrate",
	    .usage = "",
	    .sentence = "Brings the database to the schema of this version.",
	    .more = "Connects with database.owner.  Again is harmless.\n",
	    .run = cmd_migrate },
	{ .name = "ops list",
	    .usage = "[--json]",
	    .sentence = "Prints every operation with the scope it needs.",
	    .options = OPT_JSON,
	    .run = cmd_ops_list },
	{ .name = "setup-code",
	    .usage = "",
	    .sentence = "Prints a new code for setting up the deployment.",
	    .more =
		"The code is good for 30 minutes and ends the one before.\n"
		"Exit status 3, and no code, when there is an administrator.\n",
	    .run = cmd_setup_code },
	{ .name = "user disable",
	    .usage = "NAME",
	    .sentence = "Puts a person out everywhere, at once.",
	    .more = "Ends sessions, API keys and what runs for him.\n",
	    .takes_words = true,
	    .run = cmd_user_disable },
	{ .name = "user enable",
	    .usage = "NAME",
	    .sentence = "Lets a disabled person sign in again.",
	    .takes_words = true,
	    .run = cmd_user_enable },
	{ .name = "user list",
	    .usage = "",
	    .sentence = "Lists the people of this deployment.",
	    .run = cmd_user_list },
	{ .name = "user reset",
	    .usage = "NAME",
	    .sentence =
		"Prints a link with which a person sets a new password.",
	    .more = "Using it ends all his sessions.  He and his accounts "
		    "are told.\n",
	    .takes_words = true,
	    .run = cmd_user_reset },
	{ .name = "version",
	    .usage = "",
	    .sentence = "Prints the version.",
	    .run = cmd_version },
	{ .name = NULL }
};

/* Do the first words spell NAME?  How many of them, 0 when they do not. */
static int
words_match(const char *name, char **words, int count)
{
	const char *space = strchr(name, ' ');
	size_t n = space == NULL ? strlen(name) : (size_t)(space - name);

	if (count < 1 || strlen(words[0]) != n ||
	    strncmp(words[0], name, n) != 0)
		return 0;
	if (space == NULL)
		return 1;
	return count > 1 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

const struct cli_command *
cli_command_find(char **words, int count, int *ret_used)
{
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
		int used = words_match(c->name, words, count);

		if (used == 0)
			continue;
		*ret_used = used;
		return c;
	}
	return NULL;
}

void
cli_help_one(const struct cli_command *command)
{
	printf("moltis [--conf FILE]... %s%s%s\n\n%s\n", command->name,
	    command->usage[0] == '\0' ? "" : " ", command->usage,
	    command->sentence);
	if (command->more != NULL)
		fputs(command->more, stdout);
}

static void
help_all(void)
{
	printf("Usage: moltis [--conf FILE]... COMMAND [OPTION]...\n\n"
	       "Looks after a Moltis deployment from the server it runs on.\n\n"
	       "Commands:\n");
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		printf("  %-20s %s\n", c->name, c->sentence);
	printf(
	    "\nConfiguration: the files of --conf in this order, a later one "
	    "wins;\nwithout --conf those in MOLTIS_CONF (separated by ':'), "
	    "else\n/etc/moltis/moltis.conf.\n"
	    "Exit status: 0 done, 1 failed, 2 wrong usage.\n"
	    "More about one command: moltis help COMMAND\n");
}

enum cli_exit
cmd_help(const struct cli_args *args)
{
	const struct cli_command *command;
	int used, count = args->word_count - 1;

	if (count == 0) {
		help_all();
		return CLI_OK;
	}
	command = cli_command_find(args->words + 1, count, &used);
	if (command == NULL || used != count) {
		say_error("there is no such command");
		say_hint("see: moltis help");
		return CLI_USAGE;
	}
	cli_help_one(command);
	return CLI_OK;
}

enum cli_exit
cmd_version(const struct cli_args *args)
{
	(void)args;
	printf("moltis %s\n", PACKAGE_VERSION);
	return CLI_OK;
}
