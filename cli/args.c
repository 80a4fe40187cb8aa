/*
 * Arguments: one table of options for all commands, read in one pass, so that
 * an option may stand before or after the command's name.
 *
 * Which command knows which option is said by its row in commands.c.
 */
#include "config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/say.h"
#include "conf/conf_args.h"

/* Beyond every OPT_ bit and every character. */
enum { VAL_CONF = 0x40000000, VAL_HELP, VAL_VERSION };

static const struct option options[] = {
	{ "conf", required_argument, NULL, VAL_CONF },
	{ "help", no_argument, NULL, VAL_HELP },
	{ "version", no_argument, NULL, VAL_VERSION },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "user", required_argument, NULL, OPT_USER },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "scopes", required_argument, NULL, OPT_SCOPES },
	{ "peer", required_argument, NULL, OPT_PEER },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "header", required_argument, NULL, OPT_HEADER },
	{ "behind-proxy", required_argument, NULL, OPT_BEHIND_PROXY },
	{ "configured", required_argument, NULL, OPT_CONFIGURED },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "tz", required_argument, NULL, OPT_TZ },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "account", required_argument, NULL, OPT_ACCOUNT },
	{ "new-account", no_argument, NULL, OPT_NEW_ACCOUNT },
	{ "administrator", no_argument, NULL, OPT_ADMINISTRATOR },
	{ "expires", required_argument, NULL, OPT_EXPIRES },
	{ "network", required_argument, NULL, OPT_NETWORK },
	{ NULL, 0, NULL, 0 },
};

const char *
cli_option_name(unsigned bit)
{
	for (const struct option *o = options; o->name != NULL; o++) {
		if (o->val == (int)bit)
			return o->name;
	}
	return "?";
}

static enum cli_exit
flag_parse(const char *name, const char *text, const char *yes, const char *no,
    bool *ret)
{
	if (strcmp(text, yes) != 0 && strcmp(text, no) != 0) {
		say_error("--%s must be %s or %s, not \"%s\"", name, yes, no,
		    text);
		return CLI_USAGE;
	}
	*ret = strcmp(text, yes) == 0;
	return CLI_OK;
}

static enum cli_exit
add_file(struct cli_args *args, const char *file)
{
	if (file[0] == '\0') {
		say_error("--conf needs the name of a file");
		return CLI_USAGE;
	}
	if (args->files.len > 0)
		txt_append(&args->files, ":");
	txt_append(&args->files, file);
	return CLI_OK;
}

static enum cli_exit
add_header(struct cli_args *args, const char *text)
{
	if (strchr(text, ':') == NULL || text[0] == ':') {
		say_error("--header must look like \"Name: value\", not "
			  "\"%s\"",
		    text);
		return CLI_USAGE;
	}
	if (args->header_count == CLI_MAX_HEADERS) {
		say_error("at most %d --header options", CLI_MAX_HEADERS);
		return CLI_USAGE;
	}
	args->headers[args->header_count++] = text;
	return CLI_OK;
}

/* An option of a command; TEXT is NULL for one without a value. */
static enum cli_exit
take_option(struct cli_args *args, enum cli_option bit, const char *text)
{
	if (bit != OPT_HEADER && (args->given & bit) != 0) {
		say_error("--%s is given twice", cli_option_name(bit));
		return CLI_USAGE;
	}
	args->given |= bit;
	switch (bit) {
	case OPT_JSON:
	case OPT_NEW_ACCOUNT:
	case OPT_ADMINISTRATOR:
		break;
	case OPT_USER:
		args->user = text;
		break;
	case OPT_LABEL:
		args->label = text;
		break;
	case OPT_SCOPES:
		args->scopes = text;
		break;
	case OPT_EXPIRES:
		args->expires = text;
		break;
	case OPT_NETWORK:
		args->network = text;
		break;
	case OPT_PEER:
		args->peer = text;
		break;
	case OPT_HOST:
		args->host = text;
		break;
	case OPT_HEADER:
		return add_header(args, text);
	case OPT_BEHIND_PROXY:
		return flag_parse("behind-proxy", text, "on", "off",
		    &args->behind_proxy);
	case OPT_CONFIGURED:
		return flag_parse("configured", text, "yes", "no",
		    &args->configured);
	case OPT_MODE:
		args->mode = text;
		break;
	case OPT_TZ:
		args->tz = text;
		break;
	case OPT_FROM:
		args->from = text;
		break;
	case OPT_COUNT:
		args->count = text;
		break;
	case OPT_ACCOUNT:
		args->account = text;
		break;
	}
	return CLI_OK;
}

static enum cli_exit
take(struct cli_args *args, int val, const char *word)
{
	switch (val) {
	case VAL_CONF:
		return add_file(args, optarg);
	case VAL_HELP:
		args->help = true;
		return CLI_OK;
	case VAL_VERSION:
		args->version = true;
		return CLI_OK;
	case ':':
		say_error("%s needs a value", word);
		return CLI_USAGE;
	case '?':
		say_error("unknown option %s", word);
		say_hint("see: moltis help");
		return CLI_USAGE;
	default:
		return take_option(args, (enum cli_option)val, optarg);
	}
}

enum cli_exit
cli_args_parse(int argc, char **argv, struct cli_args *ret)
{
	const char *from_env = getenv("MOLTIS_CONF");
	enum cli_exit st = CLI_OK;

	memset(ret, 0, sizeof(*ret));
	ret->behind_proxy = true;
	opterr = 0;
	while (st == CLI_OK) {
		int val = getopt_long(argc, argv, ":", options, NULL);

		if (val == -1)
			break;
		st = take(ret, val, argv[optind - 1]);
	}
	ret->words = argv + optind;
	ret->word_count = argc - optind;
	if (ret->files.len == 0)
		txt_append(&ret->files,
		    from_env != NULL && from_env[0] != '\0'
			? from_env
			: CONF_DEFAULT_FILE);
	return st;
}

void
cli_args_done(struct cli_args *args)
{
	txt_done(&args->files);
}
