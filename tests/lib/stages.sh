# shellcheck shell=bash
#
# The stages of tests/run.  Each writes its output to LOG/STAGE.log and is
# counted by the closing lines of the runners inside: `N passed, N failed`,
# CUnit's summary, node's `# pass`.  Output of something that was counted
# already is indented with `| `, or it would be counted twice.  A stage that
# ends with a failure, or that ran no test at all, is one failure more.

run_stage() {
	local name=$1 file=$LOG/$1.log status start=$SECONDS
	printf '== %s ... ' "$name"
	"stage_$name" >"$file" 2>&1 </dev/null
	status=$?
	count_stage "$name" "$file" "$status"
	printf '   (%d s)\n' "$((SECONDS - start))"
}

count_stage() {
	local name=$1 file=$2 status=$3 passed failed
	read -r passed failed < <(counts "$file")
	if [ "$name" = build ]; then
		passed=$((status == 0)) failed=0
	fi
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
		printf 'no test ran\n' >>"$file"
	fi
	PASSED=$((PASSED + passed))
	FAILED=$((FAILED + failed))
	printf '%d passed, %d failed\n' "$passed" "$failed"
	if [ "$failed" -gt 0 ]; then
		grep -nE '^(not ok|FAIL|FAILED)|: FAIL|ERROR: |error:|AssertionError|runtime error' "$file" |
			head -n 20 | sed 's/^/   | /'
		printf '   last lines of %s:\n' "$file"
		tail -n 40 -- "$file" | cut -c 1-200 | sed 's/^/   | /'
	fi
}

# Adds up what the runners in a log said.
counts() {
	awk '
	/^[0-9]+ passed, [0-9]+ failed$/ { pass += $1; fail += $3 }
	/^ +tests +[0-9]+/ { pass += $4; fail += $5 }     # CUnit: tests total ran passed failed
	/^# pass [0-9]+/ { pass += $3 }                    # node
	/^# fail [0-9]+/ { fail += $3 }
	/^# cancelled [0-9]+/ { fail += $3 }
	END { printf "%d %d\n", pass, fail }' "$1"
}

packages() {
	# shellcheck disable=SC2034
	local PROGRAM=tests/run DEPLOY_DIR=$ROOT/deploy
	bash -c '
		set -euo pipefail
		DEPLOY_DIR=$1
		PROGRAM=tests/run
		for part in base report packages; do . "$DEPLOY_DIR/lib/$part.sh"; done
		packages_install run web make build nginx caddy test
	' tests-packages "$ROOT/deploy"
}

stage_build() {
	packages || return 1
	cd -- "$ROOT" || return 1
	[ -x configure ] || ./autogen.sh || return 1
	if [ ! -f "$BUILD/Makefile" ]; then
		(cd -- "$BUILD" && ../configure --enable-asan --enable-werror \
			CFLAGS='-O1 -g') || return 1
	fi
	make -C "$BUILD" -j2 || return 1
	(cd -- "$ROOT/tests" && npm ci --no-audit --no-fund) || return 1
	(cd -- "$ROOT/web" && npm ci --no-audit --no-fund)
}

# CUnit counts the unit tests; any other program of `make check` is one test.
stage_unit() {
	local tests status=0
	read -r -a tests < <(unit_tests)
	make -C "$BUILD" -j2 check TESTS="${tests[*]}" || status=1
	cat -- "$BUILD"/tests/unit/unit.log || status=1
	programs "${tests[@]}"
	return "$status"
}

programs() {
	local test good=0 bad=0
	for test in "$@"; do
		[ "$test" != tests/unit/unit ] || continue
		case $(sed -n 's/^:test-result: //p' "$BUILD/$test.trs") in
		PASS) good=$((good + 1)) ;;
		SKIP) ;;
		*)
			bad=$((bad + 1))
			printf 'FAIL %s\n' "$test"
			sed 's/^/| /' "$BUILD/$test.log" ;;
		esac
	done
	printf '%d passed, %d failed\n' "$good" "$bad"
}

# All of `make check` but the lint, which has a stage of its own.
unit_tests() {
	make -s -C "$BUILD" -f Makefile -f "$ROOT/tests/lib/print.mk" print-TESTS |
		tr ' ' '\n' | grep -v '^tests/lint/run$' | tr '\n' ' '
}

stage_lint() {
	make -C "$BUILD" lint && make -C "$BUILD" metrics
}

stage_sql() {
	make -C "$BUILD" -j2 moltis tests/sql/sqltest &&
		"$ROOT/tests/sql/run" "$BUILD"
}

# What the worker's library does against the fake model provider.
stage_worker() {
	make -C "$BUILD" -j2 tests/worker/test_provider_http &&
		"$BUILD/tests/worker/test_provider_http" \
			"$ROOT/tests/system/fake/provider.mjs"
}

# Runs a command that speaks TAP and sums it up as the other runners do.
tap() {
	local out status
	out=$("$@" 2>&1)
	status=$?
	printf '%s\n%d passed, %d failed\n' "$out" "$(grep -c '^ok ' <<<"$out")" \
		"$(grep -c '^not ok ' <<<"$out")"
	return "$status"
}

# Real sandboxes; needs root.
stage_sandbox() {
	make -C "$BUILD" -j2 moltis-sandboxd tests/sandbox/test_sandboxd &&
		"$ROOT/tests/sandbox/with-image" "$BUILD/tests/sandbox/test_sandboxd" \
			"$BUILD/moltis-sandboxd" &&
		tap make -C "$BUILD" -j2 check-sandbox
}

stage_deploy() {
	"$ROOT/deploy/check"
}

stage_web() {
	node --test --test-reporter=tap "$ROOT"/tests/cron/*.test.mjs || return 1
	cd -- "$ROOT/web" && npm run typecheck && npm test
}

# The worker and the sandbox daemon die again and again; once, for both edges.
stage_kills() {
	local status
	DEPLOYMENT_MORE='tools: { exec: { sandbox: { max_running = 10;
	    per_account_max = 10; resource_limits: { disk_limit = "256M"; };
	    }; }; }; worker: { lease_secs = 5; };' \
		deployment_start kills nginx "$((PORT + 30))" || return 1
	(
		cd -- "$ROOT/tests" && node system/lib/prepare.mjs &&
			node --test --test-reporter=tap kills/bombs.test.mjs &&
			node --test --test-reporter=tap kills/kills.test.mjs
	)
	status=$?
	deployment_stop kills || status=1
	return "$status"
}

# Several workers: what one says is seen at the other, and they are replaced
# one by one.
stage_workers() {
	local status
	DEPLOYMENT_WORKERS=2 DEPLOYMENT_MORE='worker: { lease_secs = 5; };
	    tools: { exec: { approval_mode = "off"; }; };' \
		deployment_start workers nginx "$((PORT + 40))" || return 1
	(
		cd -- "$ROOT/tests" && node system/lib/prepare.mjs &&
			node --test --test-reporter=tap workers/workers.test.mjs
	)
	status=$?
	deployment_stop workers || status=1
	return "$status"
}

stage_nginx() {
	black_box nginx "$PORT"
}

stage_caddy() {
	black_box caddy "$((PORT + 10))"
}

stage_page() {
	local status
	deployment_start page nginx "$((PORT + 20))" || return 1
	# In this order: the first one sets the deployment up.
	node --test --test-reporter=tap "$ROOT/tests/page/main.test.mjs" &&
		node --test --test-reporter=tap "$ROOT/tests/page/approval.test.mjs" &&
		node --test --test-reporter=tap "$ROOT/tests/page/files.test.mjs" &&
		node --test --test-reporter=tap "$ROOT/tests/page/account.test.mjs" &&
		node --test --test-reporter=tap "$ROOT/tests/page/audit.test.mjs"
	status=$?
	deployment_stop page || status=1
	return "$status"
}

# Every black-box test through one edge.  One file at a time: they share the
# limits of one address.
black_box() {
	local edge=$1 port=$2 status
	deployment_start "$edge" "$edge" "$port" || return 1
	(
		cd -- "$ROOT/tests" && node system/lib/prepare.mjs &&
			node --test --test-reporter=tap --test-concurrency=1 \
				system/*/*.test.mjs
	)
	status=$?
	deployment_stop "$edge" || status=1
	return "$status"
}
