/*
 * The unit tests' frame: one suite a source file, one sentence a test.
 *
 * To add a suite: write tests/unit/x/test_y.c with a function
 * `void suite_x_y(void)` that calls unit_add("src/x/y.c", tests), and add one
 * line to tests/unit/suites.h.  Tests use CUnit's assertions.
 */
#ifndef MOLTIS_TESTS_UNIT_UNIT_H
#define MOLTIS_TESTS_UNIT_UNIT_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

/* Sorted, one line each. */
#define UNIT_SUITES(SUITE) \
	SUITE(account_reply) \
	SUITE(approval_analysis) \
	SUITE(approval_analysis_allow) \
	SUITE(approval_floor) \
	SUITE(approval_floor_flow) \
	SUITE(approval_floor_here) \
	SUITE(approval_floor_names) \
	SUITE(approval_floor_path) \
	SUITE(approval_floor_rules) \
	SUITE(approval_floor_text) \
	SUITE(approval_floor_words) \
	SUITE(approval_mode) \
	SUITE(approval_safe) \
	SUITE(approval_safe_path) \
	SUITE(approval_safe_trap) \
	SUITE(approval_shell_char) \
	SUITE(approval_shell_line) \
	SUITE(auth_call) \
	SUITE(audit_export) \
	SUITE(auth_cred) \
	SUITE(auth_local) \
	SUITE(auth_password) \
	SUITE(auth_peer) \
	SUITE(auth_shut) \
	SUITE(base_bytes) \
	SUITE(base_clock) \
	SUITE(base_log) \
	SUITE(base_mem) \
	SUITE(base_own) \
	SUITE(base_pidfile) \
	SUITE(base_process) \
	SUITE(base_secret) \
	SUITE(base_status) \
	SUITE(base_txt) \
	SUITE(base_utf8) \
	SUITE(chat_chat) \
	SUITE(conf_conf) \
	SUITE(conf_conf_args) \
	SUITE(conf_conf_check) \
	SUITE(conf_conf_env) \
	SUITE(conf_conf_file) \
	SUITE(conf_conf_origin) \
	SUITE(conf_conf_provider) \
	SUITE(conf_conf_table) \
	SUITE(conf_conf_value) \
	SUITE(cron_civil) SUITE(cron_cron_agent) SUITE(cron_expr) \
	SUITE(cron_job) SUITE(cron_next) SUITE(cron_schedule) \
	SUITE(cron_when) SUITE(cron_zone) \
	SUITE(db_db_error) \
	SUITE(db_db_rows) \
	SUITE(fcgi_routes) \
	SUITE(http_bearer) \
	SUITE(http_cookie) \
	SUITE(http_head) \
	SUITE(http_media) \
	SUITE(http_origin) \
	SUITE(http_path) \
	SUITE(http_percent) \
	SUITE(http_query) \
	SUITE(http_request) \
	SUITE(js_js) \
	SUITE(js_js_keys) \
	SUITE(js_js_scan) \
	SUITE(net_addr) \
	SUITE(net_public) \
	SUITE(op_op_meter) \
	SUITE(op_op_params) \
	SUITE(op_op_reply) \
	SUITE(op_op_table) \
	SUITE(op_scope) \
	SUITE(provider_anthropic) \
	SUITE(provider_demo) \
	SUITE(provider_fault) \
	SUITE(provider_history) \
	SUITE(provider_openai) \
	SUITE(provider_provider) \
	SUITE(provider_reply) \
	SUITE(provider_sse) \
	SUITE(sandbox_sandbox) \
	SUITE(sandbox_sbx_wire) \
	SUITE(sandboxd_cgroup) \
	SUITE(sandboxd_choice) \
	SUITE(sandboxd_ident) \
	SUITE(sandboxd_seccomp) \
	SUITE(sandboxd_stream) \
	SUITE(sandboxd_walk) \
	SUITE(tool_output) \
	SUITE(tool_redact) \
	SUITE(tool_result) \
	SUITE(tool_tool) \
	SUITE(worker_turn_steps) \
	SUITE(ws_answer) \
	SUITE(workspace_workspace) \
	SUITE(ws_connect) \
	SUITE(ws_frame) \
	SUITE(ws_subs) \
	SUITE(ws_upgrade) \
	SUITE(ws_wire)
#include "tests/unit/suites.h"

struct unit_test {
	const char *sentence; /* what is true when the test passes */
	void (*run)(void);
};

/* Registers the tests of one source file; the array ends with NULLs. */
void unit_add(const char *source, const struct unit_test *tests);

/* Path of a file of the source tree; caller frees. */
char *unit_source_path(const char *relative);
/* A new file with TEXT in a folder that is removed at the end; caller frees
 * the path. */
char *unit_temp_file(const char *text);

/* A table of tests/data, row by row without its comments. */
#define UNIT_FIELDS 6
struct unit_table {
	FILE *file;
	char line[512];
	char *fields[UNIT_FIELDS]; /* what stands between tabs; NULL: nothing */
};
void unit_table_open(struct unit_table *t, const char *name);
bool unit_table_next(struct unit_table *t); /* false: it has ended */

/* Between the two calls standard error is ours; what was written, and fits,
 * is in OUT. */
#define UNIT_STDERR_ROOM 16384
void unit_stderr_catch(void);
void unit_stderr_release(char out[UNIT_STDERR_ROOM]);

#endif
