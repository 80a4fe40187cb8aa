# shellcheck shell=bash
#
# The stages of tests/run.  Each writes its output to LOG/STAGE.log and is
# counted by the closing lines of the runners inside: `N passed, N failed`,
# CUnit's summary, node's `# pass`, automake's `# PASS:`.  A stage that ends
# with a failure, or that ran no test at all, is one failure more.

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
	/^([a-z]+: )?[0-9]+ passed, [0-9]+ failed/ {
		line = $0; sub(/^[a-z]+: /, "", line)
		split(line, w, /[ ,]+/); pass += w[1]; fail += w[3]
	}
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

stage_unit() {
	make -C "$BUILD" -j2 check TESTS="$(unit_tests)" || {
		cat -- "$BUILD"/test-suite.log "$BUILD"/tests/unit/unit.log
		return 1
	}
	cat -- "$BUILD"/tests/unit/unit.log
	awk '/^# PASS:/ { print $3 " passed, 0 failed" }' "$LOG/unit.log" | tail -n 1
}

# All of `make check` but the lint, which has a stage of its own.
unit_tests() {
	make -s -C "$BUILD" -f Makefile -f "$ROOT/tests/lib/print.mk" print-TESTS |
		tr ' ' '\n' | grep -v '^tests/lint/run$' | tr '\n' ' '
}

stage_lint() {
	make -C "$BUILD" lint && sh "$ROOT/tests/lint/selftest.sh" &&
		make -C "$BUILD" metrics
}

stage_sql() {
	make -C "$BUILD" -j2 tests/sql/sqltest &&
		BUILD=$BUILD "$ROOT/tests/sql/run"
}

stage_deploy() {
	"$ROOT/deploy/check"
}

stage_web() {
	cd -- "$ROOT/web" && npm run typecheck && npm test
}

stage_nginx() {
	black_box nginx "$PORT"
}

stage_caddy() {
	black_box caddy "$((PORT + 10))"
}

stage_page() {
	deployment_start page nginx "$((PORT + 20))" || return 1
	node --test --test-reporter=tap "$ROOT"/tests/page/*.test.mjs
	deployment_stop page
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
