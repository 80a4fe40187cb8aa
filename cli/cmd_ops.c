/*
 * ops list: the operation table, as Markdown for people and documents or as
 * JSON for programs.
 */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "js/js.h"

enum cli_exit
cmd_ops_list(const struct cli_args *args)
{
	own_txt struct txt table = { 0 };
	own_json struct json_object *list = NULL;

	if ((args->given & OPT_JSON) != 0) {
		list = op_list_json();
		printf("%s\n",
		    json_object_to_json_string_ext(list,
			JSON_C_TO_STRING_PRETTY |
			    JSON_C_TO_STRING_NOSLASHESCAPE));
		return CLI_OK;
	}
	op_list_markdown(&table);
	fputs(txt_str(&table), stdout);
	return CLI_OK;
}
