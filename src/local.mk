# libmoltis: everything the programs share.  `make sync-sources` rewrites the
# list between the markers; tests/lint/sources.sh checks it.

noinst_LIBRARIES += libmoltis.a

# sources libmoltis_a_SOURCES: src/*.c src/*.h src/*/*.c src/*/*.h
libmoltis_a_SOURCES = \
	src/account/account.h \
	src/account/account_ops.c \
	src/account/admin_ops.c \
	src/account/invite.h \
	src/account/invite_ops.c \
	src/account/key_ops.c \
	src/account/login_ops.c \
	src/account/member_ops.c \
	src/account/reply.c \
	src/account/reply.h \
	src/approval/analysis.c \
	src/approval/analysis.h \
	src/approval/analysis_allow.c \
	src/approval/analysis_allow.h \
	src/approval/approval.h \
	src/approval/approval_ops.c \
	src/approval/exec_store.c \
	src/approval/exec_store.h \
	src/approval/floor.c \
	src/approval/floor.h \
	src/approval/floor_flow.c \
	src/approval/floor_flow.h \
	src/approval/floor_here.c \
	src/approval/floor_here.h \
	src/approval/floor_names.c \
	src/approval/floor_names.h \
	src/approval/floor_path.c \
	src/approval/floor_path.h \
	src/approval/floor_rules.c \
	src/approval/floor_rules.h \
	src/approval/floor_text.c \
	src/approval/floor_text.h \
	src/approval/floor_words.c \
	src/approval/floor_words.h \
	src/approval/mode.c \
	src/approval/mode.h \
	src/approval/safe.c \
	src/approval/safe.h \
	src/approval/safe_path.c \
	src/approval/safe_path.h \
	src/approval/safe_trap.c \
	src/approval/safe_trap.h \
	src/approval/shell_char.c \
	src/approval/shell_char.h \
	src/approval/shell_line.c \
	src/approval/shell_line.h \
	src/audit/audit.h \
	src/audit/audit_ops.c \
	src/audit/export.c \
	src/audit/verify.c \
	src/auth/auth.c \
	src/auth/auth.h \
	src/auth/call.c \
	src/auth/call.h \
	src/auth/cred.c \
	src/auth/cred.h \
	src/auth/invite.c \
	src/auth/local.c \
	src/auth/local.h \
	src/auth/login.c \
	src/auth/own.c \
	src/auth/passkey.c \
	src/auth/passkey.h \
	src/auth/passkey_call.c \
	src/auth/passkey_call.h \
	src/auth/passkey_json.c \
	src/auth/passkey_json.h \
	src/auth/passkey_ops.c \
	src/auth/passkey_register.c \
	src/auth/passkey_rp.c \
	src/auth/password.c \
	src/auth/password.h \
	src/auth/peer.c \
	src/auth/shut.c \
	src/auth/webauthn.c \
	src/auth/webauthn.h \
	src/auth/webauthn_cbor.c \
	src/auth/webauthn_cbor.h \
	src/auth/webauthn_client.c \
	src/auth/webauthn_data.c \
	src/auth/webauthn_key.c \
	src/auth/webauthn_parts.h \
	src/base/bytes.c \
	src/base/bytes.h \
	src/base/clock.c \
	src/base/clock.h \
	src/base/log.c \
	src/base/log.h \
	src/base/mem.c \
	src/base/mem.h \
	src/base/own.c \
	src/base/own.h \
	src/base/pidfile.c \
	src/base/pidfile.h \
	src/base/process.c \
	src/base/process.h \
	src/base/secret.c \
	src/base/secret.h \
	src/base/status.c \
	src/base/status.h \
	src/base/txt.c \
	src/base/txt.h \
	src/base/utf8.c \
	src/base/utf8.h \
	src/chat/chat.c \
	src/chat/chat.h \
	src/chat/chat_ops.c \
	src/chat/model_ops.c \
	src/chat/session_ops.c \
	src/conf/conf.c \
	src/conf/conf.h \
	src/conf/conf_args.c \
	src/conf/conf_args.h \
	src/conf/conf_check.c \
	src/conf/conf_draft.h \
	src/conf/conf_env.c \
	src/conf/conf_file.c \
	src/conf/conf_origin.c \
	src/conf/conf_origin.h \
	src/conf/conf_provider.c \
	src/conf/conf_sandbox.h \
	src/conf/conf_table.c \
	src/conf/conf_table.h \
	src/conf/conf_value.c \
	src/cron/civil.c \
	src/cron/civil.h \
	src/cron/cron.h \
	src/cron/cron_agent.c \
	src/cron/cron_agent.h \
	src/cron/cron_agent_store.c \
	src/cron/cron_ops.c \
	src/cron/cron_store.c \
	src/cron/cron_store.h \
	src/cron/cron_tick.c \
	src/cron/expr.c \
	src/cron/expr.h \
	src/cron/job.c \
	src/cron/job.h \
	src/cron/next.c \
	src/cron/next.h \
	src/cron/schedule.c \
	src/cron/schedule.h \
	src/cron/when.c \
	src/cron/when.h \
	src/cron/zone.c \
	src/cron/zone.h \
	src/db/db.c \
	src/db/db.h \
	src/db/db_check.c \
	src/db/db_conn.c \
	src/db/db_conn.h \
	src/db/db_error.c \
	src/db/db_error.h \
	src/db/db_rows.c \
	src/db/migrate.c \
	src/db/migrate.h \
	src/db/stmt.h \
	src/event/feed.c \
	src/event/feed.h \
	src/event/relay.c \
	src/event/relay.h \
	src/http/bearer.c \
	src/http/bearer.h \
	src/http/cookie.c \
	src/http/cookie.h \
	src/http/head.c \
	src/http/head.h \
	src/http/media.c \
	src/http/media.h \
	src/http/origin.c \
	src/http/origin.h \
	src/http/path.c \
	src/http/path.h \
	src/http/percent.c \
	src/http/percent.h \
	src/http/query.c \
	src/http/query.h \
	src/http/request.c \
	src/http/request.h \
	src/js/js.c \
	src/js/js.h \
	src/js/js_keys.c \
	src/js/js_keys.h \
	src/js/js_scan.c \
	src/net/addr.c \
	src/net/net.h \
	src/net/public.c \
	src/op/cred.h \
	src/op/op.h \
	src/op/op_enter.c \
	src/op/op_enter.h \
	src/op/op_meter.c \
	src/op/op_meter.h \
	src/op/op_miss.c \
	src/op/op_miss.h \
	src/op/op_params.c \
	src/op/op_rate.c \
	src/op/op_raw.h \
	src/op/op_reply.c \
	src/op/op_run.c \
	src/op/scope.c \
	src/op/scope.h \
	src/op_table.c \
	src/op_table.h \
	src/provider/anthropic.c \
	src/provider/demo.c \
	src/provider/demo.h \
	src/provider/fault.c \
	src/provider/history.c \
	src/provider/kind.h \
	src/provider/openai.c \
	src/provider/provider.c \
	src/provider/provider.h \
	src/provider/reply.c \
	src/provider/sse.c \
	src/sandbox/sandbox.c \
	src/sandbox/sandbox.h \
	src/sandbox/sbx_wire.c \
	src/sandbox/sbx_wire.h \
	src/sandbox/status_ops.c \
	src/sandbox/status_ops.h \
	src/tool/output.c \
	src/tool/output.h \
	src/tool/redact.c \
	src/tool/redact.h \
	src/tool/result.c \
	src/tool/result.h \
	src/tool/tool.c \
	src/tool/tool.h \
	src/turn/turn.c \
	src/turn/turn.h \
	src/workspace/transfer.c \
	src/workspace/transfer.h \
	src/workspace/workspace.c \
	src/workspace/workspace.h \
	src/workspace/workspace_ops.c \
	src/ws/answer.c \
	src/ws/connect.c \
	src/ws/connect.h \
	src/ws/frame.c \
	src/ws/frame.h \
	src/ws/subs.c \
	src/ws/subs.h \
	src/ws/upgrade.c \
	src/ws/upgrade.h \
	src/ws/wire.c \
	src/ws/wire.h
# end

nodist_libmoltis_a_SOURCES = \
	src/db/schema_gen.c \
	src/db/stmt_gen.c \
	src/db/stmt_gen.h

# SQL compiled in.  The rules always run (a few milliseconds) because a make
# dependency cannot see that a statement was deleted; the file is touched only
# when its text changes, so nothing is rebuilt for nothing.
SQL_GENERATED = src/db/stmt_gen.h src/db/stmt_gen.c src/db/schema_gen.c
BUILT_SOURCES += $(SQL_GENERATED)
CLEANFILES += $(SQL_GENERATED)

SQL_EMBED = embed () { \
	  $(MKDIR_P) src/db && \
	  ( cd $(abs_top_srcdir) && LC_ALL=C && export LC_ALL && $(AWK) $$* ) \
	    >$@.new || { rm -f $@.new; exit 1; }; \
	  if cmp -s $@.new $@; then rm -f $@.new; \
	  else echo "  GEN      $@"; mv $@.new $@; fi; \
	}; cd $(abs_top_builddir) && embed

src/db/stmt_gen.h: FORCE
	@$(SQL_EMBED) -f sql/embed.awk -v mode=header \
	  'sql/queries/*/*.sql'

src/db/stmt_gen.c: FORCE
	@$(SQL_EMBED) -f sql/embed.awk -v mode=source \
	  'sql/queries/*/*.sql'

src/db/schema_gen.c: FORCE
	@$(SQL_EMBED) -f sql/embed_schema.awk 'sql/schema/*.sql'

# For `make PROGRAM` without `make all`: BUILT_SOURCES does not cover it.
$(libmoltis_a_OBJECTS): | src/db/stmt_gen.h
