# make check: the unit tests, the fuzz corpora (tests/fuzz/local.mk), the
# lints.  Tests that need PostgreSQL or a browser are run by tests/run.

if HAVE_CUNIT
check_PROGRAMS += tests/unit/unit
TESTS += tests/unit/unit
else
TESTS += tests/lint/no-cunit.sh
endif

# sources tests_unit_unit_SOURCES: tests/unit/*.c tests/unit/*.h tests/unit/*/*.c tests/unit/*/*.h
tests_unit_unit_SOURCES = \
	tests/unit/account/test_reply.c \
	tests/unit/approval/test_analysis.c \
	tests/unit/approval/test_analysis_allow.c \
	tests/unit/approval/test_floor.c \
	tests/unit/approval/test_floor_flow.c \
	tests/unit/approval/test_floor_here.c \
	tests/unit/approval/test_floor_names.c \
	tests/unit/approval/test_floor_path.c \
	tests/unit/approval/test_floor_rules.c \
	tests/unit/approval/test_floor_text.c \
	tests/unit/approval/test_floor_words.c \
	tests/unit/approval/test_mode.c \
	tests/unit/approval/test_safe.c \
	tests/unit/approval/test_safe_path.c \
	tests/unit/approval/test_safe_trap.c \
	tests/unit/approval/test_shell_char.c \
	tests/unit/approval/test_shell_line.c \
	tests/unit/audit/test_export.c \
	tests/unit/auth/soft_key.c \
	tests/unit/auth/soft_key.h \
	tests/unit/auth/test_call.c \
	tests/unit/auth/test_cred.c \
	tests/unit/auth/test_local.c \
	tests/unit/auth/test_passkey_json.c \
	tests/unit/auth/test_passkey_rp.c \
	tests/unit/auth/test_password.c \
	tests/unit/auth/test_peer.c \
	tests/unit/auth/test_shut.c \
	tests/unit/auth/test_webauthn.c \
	tests/unit/auth/test_webauthn_cbor.c \
	tests/unit/auth/test_webauthn_client.c \
	tests/unit/auth/test_webauthn_data.c \
	tests/unit/auth/test_webauthn_key.c \
	tests/unit/base/test_bytes.c \
	tests/unit/base/test_clock.c \
	tests/unit/base/test_log.c \
	tests/unit/base/test_mem.c \
	tests/unit/base/test_own.c \
	tests/unit/base/test_pidfile.c \
	tests/unit/base/test_process.c \
	tests/unit/base/test_secret.c \
	tests/unit/base/test_status.c \
	tests/unit/base/test_txt.c \
	tests/unit/base/test_utf8.c \
	tests/unit/chat/test_chat.c \
	tests/unit/conf/conf_case.c \
	tests/unit/conf/conf_case.h \
	tests/unit/conf/test_conf.c \
	tests/unit/conf/test_conf_args.c \
	tests/unit/conf/test_conf_check.c \
	tests/unit/conf/test_conf_env.c \
	tests/unit/conf/test_conf_file.c \
	tests/unit/conf/test_conf_origin.c \
	tests/unit/conf/test_conf_provider.c \
	tests/unit/conf/test_conf_table.c \
	tests/unit/conf/test_conf_value.c \
	tests/unit/cron/test_civil.c \
	tests/unit/cron/test_cron_agent.c \
	tests/unit/cron/test_expr.c \
	tests/unit/cron/test_job.c \
	tests/unit/cron/test_next.c \
	tests/unit/cron/test_schedule.c \
	tests/unit/cron/test_when.c \
	tests/unit/cron/test_zone.c \
	tests/unit/db/test_db_error.c \
	tests/unit/db/test_db_rows.c \
	tests/unit/fcgi/test_routes.c \
	tests/unit/http/test_bearer.c \
	tests/unit/http/test_cookie.c \
	tests/unit/http/test_head.c \
	tests/unit/http/test_media.c \
	tests/unit/http/test_origin.c \
	tests/unit/http/test_path.c \
	tests/unit/http/test_percent.c \
	tests/unit/http/test_query.c \
	tests/unit/http/test_request.c \
	tests/unit/js/test_js.c \
	tests/unit/js/test_js_keys.c \
	tests/unit/js/test_js_scan.c \
	tests/unit/main.c \
	tests/unit/net/test_addr.c \
	tests/unit/net/test_public.c \
	tests/unit/op/test_op_meter.c \
	tests/unit/op/test_op_params.c \
	tests/unit/op/test_op_reply.c \
	tests/unit/op/test_op_table.c \
	tests/unit/op/test_scope.c \
	tests/unit/provider/feed.c \
	tests/unit/provider/feed.h \
	tests/unit/provider/test_anthropic.c \
	tests/unit/provider/test_demo.c \
	tests/unit/provider/test_fault.c \
	tests/unit/provider/test_history.c \
	tests/unit/provider/test_openai.c \
	tests/unit/provider/test_provider.c \
	tests/unit/provider/test_reply.c \
	tests/unit/provider/test_sse.c \
	tests/unit/sandbox/test_sandbox.c \
	tests/unit/sandbox/test_sbx_wire.c \
	tests/unit/sandboxd/test_cgroup.c \
	tests/unit/sandboxd/test_choice.c \
	tests/unit/sandboxd/test_ident.c \
	tests/unit/sandboxd/test_seccomp.c \
	tests/unit/sandboxd/test_stream.c \
	tests/unit/sandboxd/test_walk.c \
	tests/unit/suites.h \
	tests/unit/tool/test_output.c \
	tests/unit/tool/test_redact.c \
	tests/unit/tool/test_result.c \
	tests/unit/tool/test_tool.c \
	tests/unit/unit.h \
	tests/unit/worker/test_turn_steps.c \
	tests/unit/workspace/test_workspace.c \
	tests/unit/ws/test_answer.c \
	tests/unit/ws/test_connect.c \
	tests/unit/ws/test_frame.c \
	tests/unit/ws/test_subs.c \
	tests/unit/ws/test_upgrade.c \
	tests/unit/ws/test_wire.c
# end

tests_unit_unit_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit \
	$(CUNIT_CFLAGS)
tests_unit_unit_LDADD = libmoltisfcgi.a libmoltisworker.a \
	libmoltissandboxd.a libmoltis.a $(CUNIT_LIBS) $(FCGI_LIBS) \
	$(WSLAY_LIBS) $(EV_LIBS) $(CURL_LIBS) $(SECCOMP_LIBS) $(MOLTIS_LIBS)

$(tests_unit_unit_OBJECTS): | src/db/stmt_gen.h

# The database tests: built by `make check`, run by tests/sql/run, which makes
# a PostgreSQL for them.
check_PROGRAMS += tests/sql/sqltest

# sources tests_sql_sqltest_SOURCES: tests/sql/*.c tests/sql/*.h
tests_sql_sqltest_SOURCES = \
	tests/sql/exec_case.c \
	tests/sql/exec_case.h \
	tests/sql/frame.c \
	tests/sql/main.c \
	tests/sql/sqltest.h \
	tests/sql/test_alerts.c \
	tests/sql/test_audit.c \
	tests/sql/test_authority.c \
	tests/sql/test_chat.c \
	tests/sql/test_cron.c \
	tests/sql/test_cron_fire.c \
	tests/sql/test_driver.c \
	tests/sql/test_enter.c \
	tests/sql/test_events.c \
	tests/sql/test_exec.c \
	tests/sql/test_exec_end.c \
	tests/sql/test_exec_fence.c \
	tests/sql/test_exec_many.c \
	tests/sql/test_exec_ops.c \
	tests/sql/test_forged.c \
	tests/sql/test_grants.c \
	tests/sql/test_guard.c \
	tests/sql/test_invites.c \
	tests/sql/test_isolation.c \
	tests/sql/test_keys.c \
	tests/sql/test_login.c \
	tests/sql/test_logins.c \
	tests/sql/test_meter.c \
	tests/sql/test_passkeys.c \
	tests/sql/test_password.h \
	tests/sql/test_people.c \
	tests/sql/test_relay.c \
	tests/sql/test_schema.c \
	tests/sql/test_setup.c \
	tests/sql/test_sweep.c \
	tests/sql/test_throttle.c \
	tests/sql/test_turns.c \
	tests/sql/test_workspace.c \
	tests/sql/victim.c \
	tests/sql/victim.h
# end

tests_sql_sqltest_LDADD = libmoltis.a $(MOLTIS_LIBS)

$(tests_sql_sqltest_OBJECTS): | src/db/stmt_gen.h

check-sql: moltis$(EXEEXT) tests/sql/sqltest$(EXEEXT)
	@srcdir='$(srcdir)' $(SHELL) $(srcdir)/tests/sql/run '$(abs_top_builddir)'

.PHONY: check-sql

# The worker's model calls against the fake provider in tests/system/fake:
# built by `make check`, started with the fake's path.
check_PROGRAMS += tests/worker/test_provider_http
tests_worker_test_provider_http_SOURCES = tests/worker/test_provider_http.c
tests_worker_test_provider_http_LDADD = libmoltisworker.a libmoltis.a \
	$(WSLAY_LIBS) $(EV_LIBS) $(CURL_LIBS) $(MOLTIS_LIBS)

$(tests_worker_test_provider_http_OBJECTS): | src/db/stmt_gen.h

# The tools of a turn against a world that is played by the test: needs
# nothing.
check_PROGRAMS += tests/worker/test_tools
TESTS += tests/worker/test_tools
tests_worker_test_tools_SOURCES = tests/worker/test_tools.c \
	tests/worker/no_cron.c
tests_worker_test_tools_LDADD = libmoltisworker.a libmoltis.a $(EV_LIBS) \
	$(MOLTIS_LIBS)

$(tests_worker_test_tools_OBJECTS): | src/db/stmt_gen.h

check_PROGRAMS += tests/worker/test_tool_cron
TESTS += tests/worker/test_tool_cron
tests_worker_test_tool_cron_SOURCES = tests/worker/test_tool_cron.c
tests_worker_test_tool_cron_LDADD = libmoltisworker.a libmoltis.a $(EV_LIBS) \
	$(MOLTIS_LIBS)

$(tests_worker_test_tool_cron_OBJECTS): | src/db/stmt_gen.h

# Real sandboxes, as root: test_sandboxd moltis-sandboxd.
check_PROGRAMS += tests/sandbox/test_sandboxd
# sources tests_sandbox_test_sandboxd_SOURCES: tests/sandbox/test_sandboxd*.c tests/sandbox/test_sandboxd*.h
tests_sandbox_test_sandboxd_SOURCES = \
	tests/sandbox/test_sandboxd.c \
	tests/sandbox/test_sandboxd.h \
	tests/sandbox/test_sandboxd_choice.c \
	tests/sandbox/test_sandboxd_commands.c \
	tests/sandbox/test_sandboxd_crashes.c \
	tests/sandbox/test_sandboxd_files.c \
	tests/sandbox/test_sandboxd_limits.c \
	tests/sandbox/test_sandboxd_network.c \
	tests/sandbox/test_sandboxd_world.c
# end
tests_sandbox_test_sandboxd_LDADD = libmoltisworker.a libmoltissandboxd.a \
	libmoltis.a $(EV_LIBS) $(SECCOMP_LIBS) $(MOLTIS_LIBS)

$(tests_sandbox_test_sandboxd_OBJECTS): | src/db/stmt_gen.h

TESTS += tests/lint/run
EXTRA_DIST += tests/lint/run tests/lint/no-cunit.sh

# What the lints need to know about this build.
LINT_ENV = LINT_CC='$(CC)' LINT_NM='$(NM)' AWK='$(AWK)' \
	LINT_CPPFLAGS='$(DEFS) -I$(abs_top_builddir) -I$(abs_top_srcdir)/src -I$(abs_top_builddir)/src -I$(abs_top_srcdir) $(PQ_CFLAGS) $(JSONC_CFLAGS) $(CONFIG_CFLAGS) $(SSL_CFLAGS) $(ARGON2_CFLAGS) $(CURL_CFLAGS) $(CPPFLAGS)' \
	LINT_BUILD='$(abs_top_builddir)'
AM_TESTS_ENVIRONMENT = $(LINT_ENV); \
	export LINT_CC LINT_NM AWK LINT_CPPFLAGS LINT_BUILD; \
	srcdir='$(srcdir)'; export srcdir;

lint: $(noinst_LIBRARIES)
	@$(LINT_ENV) $(SHELL) $(srcdir)/tests/lint/run

metrics:
	@AWK='$(AWK)' $(SHELL) $(srcdir)/tests/lint/metrics.sh

sync-sources:
	@$(SHELL) $(srcdir)/tests/lint/sources.sh --write

format:
	@cd $(srcdir) && $(SHELL) tests/lint/files.sh . src fcgi worker cli \
	  tests | grep '\.[ch]$$' | xargs $(CLANG_FORMAT) -i

format-check:
	@cd $(srcdir) && $(SHELL) tests/lint/files.sh . src fcgi worker cli \
	  tests | grep '\.[ch]$$' | xargs $(CLANG_FORMAT) --dry-run -Werror

.PHONY: lint metrics sync-sources format format-check
