/*
 * The command line: what its files share.
 *
 * A command is one row of cli_commands (commands.c).  It has no logic of its
 * own: it reads the configuration, runs an operation or a check of the
 * library, and prints.  Results go to standard output, everything else to
 * standard error.
 */
#ifndef MOLTIS_CLI_CLI_H
#define MOLTIS_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/txt.h"
#include "conf/conf.h"
#include "op/op.h"

#define CLI_MAX_HEADERS 16

/* Exit statuses; scripts rely on them. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_CONFIGURED = 3 /* setup-code: there is an administrator */
};

/* Options of commands, as bits; --conf, --help and --version are everywhere. */
enum cli_option {
	OPT_JSON = 1,
	OPT_USER = 2,
	OPT_LABEL = 4,
	OPT_SCOPES = 8,
	OPT_PEER = 16,
	OPT_HOST = 32,
	OPT_HEADER = 64,
	OPT_BEHIND_PROXY = 128,
	OPT_CONFIGURED = 256,
	OPT_MODE = 512,
	OPT_TZ = 1024,
	OPT_FROM = 2048,
	OPT_COUNT = 4096,
	OPT_ACCOUNT = 0x2000,
	OPT_NEW_ACCOUNT = 0x4000,
	OPT_ADMINISTRATOR = 0x8000,
	OPT_EXPIRES = 0x10000,
	OPT_NETWORK = 0x20000
};

struct cli_args {
	struct txt files; /* --conf, joined with ':' */
	unsigned given;   /* OPT_ bits */
	bool help, version;
	const char *user; /* texts are borrowed from argv */
	const char *label;
	const char *scopes;
	const char *expires; /* days */
	const char *network; /* comma list */
	const char *peer;
	const char *host;
	const char *headers[CLI_MAX_HEADERS];
	size_t header_count;
	bool behind_proxy; /* default true */
	bool configured;
	const char *mode; /* NULL: smart */
	const char *tz;
	const char *from;
	const char *count;
	const char *account;
	char **words; /* of the command and what follows it */
	int word_count;
};

struct cli_command {
	const char *name;  /* one or two words; NULL ends the table */
	const char *usage; /* what follows the name, "" if nothing */
	const char *sentence;
	const char *more; /* further lines of its help, or NULL */
	unsigned options; /* OPT_ bits it knows */
	unsigned needs;   /* OPT_ bits it cannot do without */
	bool takes_words; /* words after its name */
	enum cli_exit (*run)(const struct cli_args *args);
};

extern const struct cli_command cli_commands[];

/* args.c.  Fills RET, which cli_args_done ends; CLI_USAGE was explained. */
enum cli_exit cli_args_parse(int argc, char **argv, struct cli_args *ret);
void cli_args_done(struct cli_args *args);
const char *cli_option_name(unsigned bit);
/* NULL when the words name no command.  *RET_USED: words of its name. */
const struct cli_command *cli_command_find(char **words, int count,
    int *ret_used);

/* The configuration, or NULL after the problems were printed. */
struct conf *cli_conf(const struct cli_args *args);
/* Runs WORK with the configuration, which must name the owner's database. */
enum cli_exit cli_with_owner(const struct cli_args *args,
    enum cli_exit (*work)(const struct conf *conf, void *arg), void *arg);

/* The comma list of --scopes as the array of an operation; caller owns. */
enum cli_exit cli_scopes_parse(const char *text, struct json_object **ret);

/* Why WHAT failed: the sentence for callers, and the server's own words when
 * the database is at fault (the operator may read them). */
void cli_say_failure(const char *what, enum status st,
    const struct op_error *err, const struct db *db);

/* One function a command. */
enum cli_exit cmd_audit_verify(const struct cli_args *args);
enum cli_exit cmd_auth_create_api_key(const struct cli_args *args);
enum cli_exit cmd_config_check(const struct cli_args *args);
enum cli_exit cmd_db_check(const struct cli_args *args);
enum cli_exit cmd_doctor(const struct cli_args *args);
enum cli_exit cmd_exec_off(const struct cli_args *args);
enum cli_exit cmd_exec_on(const struct cli_args *args);
enum cli_exit cmd_explain_command(const struct cli_args *args);
enum cli_exit cmd_explain_cron(const struct cli_args *args);
enum cli_exit cmd_explain_request(const struct cli_args *args);
enum cli_exit cmd_help(const struct cli_args *args);
enum cli_exit cmd_invite(const struct cli_args *args);
enum cli_exit cmd_migrate(const struct cli_args *args);
enum cli_exit cmd_ops_list(const struct cli_args *args);
enum cli_exit cmd_setup_code(const struct cli_args *args);
enum cli_exit cmd_user_disable(const struct cli_args *args);
enum cli_exit cmd_user_enable(const struct cli_args *args);
enum cli_exit cmd_user_list(const struct cli_args *args);
enum cli_exit cmd_user_reset(const struct cli_args *args);
enum cli_exit cmd_version(const struct cli_args *args);

/* Help of one command, to standard output. */
void cli_help_one(const struct cli_command *command);

#endif
