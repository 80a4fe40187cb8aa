# Fuzz targets.  With --enable-fuzz each is a libFuzzer program; otherwise each
# is linked with replay.c and `make check` replays tests/fuzz/corpus/NAME, so
# that every input that once broke something stays tested without clang.

if ENABLE_FUZZ
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/replay.c
TESTS += $(FUZZ_TARGETS)
endif

FUZZ_LINK = $(FUZZ_LIBS) libmoltisfcgi.a libmoltisworker.a libmoltis.a \
	$(FCGI_LIBS) $(WSLAY_LIBS) $(EV_LIBS) $(CURL_LIBS) $(MOLTIS_LIBS)

check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/replay.c

# fuzz FUZZ_TARGETS: tests/fuzz/*.c ! tests/fuzz/replay.c
FUZZ_TARGETS = \
	tests/fuzz/cron_expr \
	tests/fuzz/http_auth \
	tests/fuzz/http_cookie \
	tests/fuzz/http_path \
	tests/fuzz/js_scan \
	tests/fuzz/provider_event \
	tests/fuzz/sbx_wire \
	tests/fuzz/shell_line \
	tests/fuzz/sse \
	tests/fuzz/webauthn_client \
	tests/fuzz/webauthn_data \
	tests/fuzz/webauthn_object \
	tests/fuzz/ws_frame \
	tests/fuzz/ws_upgrade
tests_fuzz_cron_expr_SOURCES = tests/fuzz/cron_expr.c $(FUZZ_MAIN)
tests_fuzz_cron_expr_LDADD = $(FUZZ_LINK)
$(tests_fuzz_cron_expr_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_http_auth_SOURCES = tests/fuzz/http_auth.c $(FUZZ_MAIN)
tests_fuzz_http_auth_LDADD = $(FUZZ_LINK)
$(tests_fuzz_http_auth_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_http_cookie_SOURCES = tests/fuzz/http_cookie.c $(FUZZ_MAIN)
tests_fuzz_http_cookie_LDADD = $(FUZZ_LINK)
$(tests_fuzz_http_cookie_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_http_path_SOURCES = tests/fuzz/http_path.c $(FUZZ_MAIN)
tests_fuzz_http_path_LDADD = $(FUZZ_LINK)
$(tests_fuzz_http_path_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_js_scan_SOURCES = tests/fuzz/js_scan.c $(FUZZ_MAIN)
tests_fuzz_js_scan_LDADD = $(FUZZ_LINK)
$(tests_fuzz_js_scan_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_provider_event_SOURCES = tests/fuzz/provider_event.c $(FUZZ_MAIN)
tests_fuzz_provider_event_LDADD = $(FUZZ_LINK)
$(tests_fuzz_provider_event_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_sbx_wire_SOURCES = tests/fuzz/sbx_wire.c $(FUZZ_MAIN)
tests_fuzz_sbx_wire_LDADD = $(FUZZ_LINK)
$(tests_fuzz_sbx_wire_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_shell_line_SOURCES = tests/fuzz/shell_line.c $(FUZZ_MAIN)
tests_fuzz_shell_line_LDADD = $(FUZZ_LINK)
$(tests_fuzz_shell_line_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_sse_SOURCES = tests/fuzz/sse.c $(FUZZ_MAIN)
tests_fuzz_sse_LDADD = $(FUZZ_LINK)
$(tests_fuzz_sse_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_webauthn_client_SOURCES = tests/fuzz/webauthn_client.c $(FUZZ_MAIN)
tests_fuzz_webauthn_client_LDADD = $(FUZZ_LINK)
$(tests_fuzz_webauthn_client_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_webauthn_data_SOURCES = tests/fuzz/webauthn_data.c $(FUZZ_MAIN)
tests_fuzz_webauthn_data_LDADD = $(FUZZ_LINK)
$(tests_fuzz_webauthn_data_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_webauthn_object_SOURCES = tests/fuzz/webauthn_object.c $(FUZZ_MAIN)
tests_fuzz_webauthn_object_LDADD = $(FUZZ_LINK)
$(tests_fuzz_webauthn_object_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_ws_frame_SOURCES = tests/fuzz/ws_frame.c $(FUZZ_MAIN)
tests_fuzz_ws_frame_LDADD = $(FUZZ_LINK)
$(tests_fuzz_ws_frame_OBJECTS): | src/db/stmt_gen.h
tests_fuzz_ws_upgrade_SOURCES = tests/fuzz/ws_upgrade.c $(FUZZ_MAIN)
tests_fuzz_ws_upgrade_LDADD = $(FUZZ_LINK)
$(tests_fuzz_ws_upgrade_OBJECTS): | src/db/stmt_gen.h
# end

# Ten seconds for each target, from its corpus; findings stay in
# tests/fuzz/found of the build folder and fail the run.
fuzz-smoke: $(BUILT_SOURCES)
if ENABLE_FUZZ
	@$(MAKE) $(AM_MAKEFLAGS) $(FUZZ_TARGETS)
	@for t in $(FUZZ_TARGETS); do \
	  name=$$(basename $$t); \
	  $(MKDIR_P) tests/fuzz/found/$$name tests/fuzz/grown/$$name; \
	  echo "fuzz $$name"; \
	  ./$$t -max_total_time=10 -timeout=5 -rss_limit_mb=1024 \
	    -artifact_prefix=tests/fuzz/found/$$name/ -print_final_stats=1 \
	    tests/fuzz/grown/$$name $(srcdir)/tests/fuzz/corpus/$$name \
	    >tests/fuzz/found/$$name.log 2>&1 || \
	    { tail -n 30 tests/fuzz/found/$$name.log; exit 1; }; \
	  grep 'stat::number_of_executed_units' tests/fuzz/found/$$name.log; \
	done
else
	@echo "fuzz-smoke: configure with --enable-fuzz first" >&2; exit 1
endif

clean-local:
	rm -rf tests/fuzz/found tests/fuzz/grown

.PHONY: fuzz-smoke
