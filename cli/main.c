/*
 * moltis: the command line of the operator on the server.
 *
 * Reads the arguments, finds the command's row, checks that the options fit
 * it, and runs it.  Does nothing by itself.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/say.h"
#include "op/op.h"
#include "op_table.h"

struct conf *
cli_conf(const struct cli_args *args)
{
	own_txt struct txt why = { 0 };
	struct conf *conf = NULL;

	if (conf_load(txt_str(&args->files), &conf, &why) == ST_OK)
		return conf;
	say_error("the configuration has problems:");
	say_lines(stderr, txt_str(&why));
	return NULL;
}

enum cli_exit
cli_with_owner(const struct cli_args *args,
    enum cli_exit (*work)(const struct conf *conf, void *arg), void *arg)
{
	struct conf *conf = cli_conf(args);
	enum cli_exit ret = CLI_FAILED;

	if (conf == NULL)
		return CLI_FAILED;
	if (conf->db_owner != NULL)
		ret = work(conf, arg);
	else
		say_error("database.owner is not set: give it a libpq "
			  "connection string in the configuration");
	conf_free(conf);
	return ret;
}

void
cli_say_failure(const char *what, enum status st, const struct op_error *err,
    const struct db *db)
{
	const struct db_error *e = db_last_error(db);

	say_error("%s: %s", what,
	    err->message[0] != '\0' ? err->message : status_get(st)->text);
	if (err->message[0] == '\0' && e->detail[0] != '\0')
		say_hint("the database says: %s", e->detail);
	/* No such schema, function or table. */
	if (strcmp(e->sqlstate, "3F000") == 0 ||
	    strncmp(e->sqlstate, "42", 2) == 0)
		say_hint("has \"moltis migrate\" been run with this version?");
}

/* Options the command does not know, or lacks. */
static enum cli_exit
check_options(const struct cli_command *command, const struct cli_args *args)
{
	unsigned foreign = args->given & ~command->options;
	unsigned missing = command->needs & ~args->given;

	if (foreign != 0)
		say_error("--%s does not belong to \"moltis %s\"",
		    cli_option_name(foreign & -foreign), command->name);
	else if (missing != 0)
		say_error("\"moltis %s\" needs --%s", command->name,
		    cli_option_name(missing & -missing));
	else
		return CLI_OK;
	say_hint("see: moltis help %s", command->name);
	return CLI_USAGE;
}

static enum cli_exit
usage(const struct cli_args *args)
{
	if (args->word_count == 0)
		say_error("which command?");
	else
		say_error("there is no command \"%s%s%s\"", args->words[0],
		    args->word_count > 1 ? " " : "",
		    args->word_count > 1 ? args->words[1] : "");
	say_hint("see: moltis help");
	return CLI_USAGE;
}

static enum cli_exit
run(const struct cli_args *args)
{
	const struct cli_command *command;
	enum cli_exit st;
	int used = 0;

	if (args->version)
		return cmd_version(args);
	if (args->help && args->word_count == 0)
		return cmd_help(&(struct cli_args){ .word_count = 1 });
	command = cli_command_find(args->words, args->word_count, &used);
	if (command == NULL)
		return usage(args);
	if (args->help) {
		cli_help_one(command);
		return CLI_OK;
	}
	if (!command->takes_words && args->word_count > used) {
		say_error("\"moltis %s\" takes no \"%s\"", command->name,
		    args->words[used]);
		say_hint("see: moltis help %s", command->name);
		return CLI_USAGE;
	}
	st = check_options(command, args);
	return st == CLI_OK ? command->run(args) : st;
}

int
main(int argc, char **argv)
{
	struct cli_args args;
	enum cli_exit st;

	log_open("moltis");
	op_init(op_table);
	st = cli_args_parse(argc, argv, &args);
	if (st == CLI_OK)
		st = run(&args);
	cli_args_done(&args);
	/* A full disk must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		say_error("cannot write the output");
		st = st == CLI_OK ? CLI_FAILED : st;
	}
	return (int)st;
}
