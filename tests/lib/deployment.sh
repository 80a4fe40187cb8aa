# shellcheck shell=bash
#
# Deployments for the black-box tests: started with deploy/up from the build
# under test, with a fake model provider on a port of its own, and stopped
# again.  Programs run under ASan; a report of it in a log fails the stage.

declare -A RUNNING=()

# deployment_start NAME EDGE PORT: exports what tests read.  It is called
# localhost, because browsers make no passkeys for addresses; another name, or
# address, is in MOLTIS_TEST_HOST.  One worker, which tests may kill and count
# on, or DEPLOYMENT_WORKERS.
deployment_start() {
	local name=$1 edge=$2 port=$3 host=${MOLTIS_TEST_HOST:-localhost} state out
	state=$(mktemp -d "${TMPDIR:-/tmp}/moltis-test-$name.XXXXXX") || return 1
	chmod 0755 "$state"
	RUNNING[$name]=$state
	provider_start "$state" || return 1
	deployment_conf "$state" >"$state/test.conf"
	out=$("$ROOT/deploy/up" --state "$state" --port "$port" --edge "$edge" \
		--host "$host" --workers "${DEPLOYMENT_WORKERS:-1}" \
		--build "$BUILD" --conf "$state/test.conf") || {
		printf '%s\n' "$out"
		return 1
	}
	printf '%s\n' "$out"
	# shellcheck disable=SC1091
	. "$state/env"
	MOLTIS_SETUP_CODE=$(sed -n 's/^Setup code: //p' <<<"$out")
	export MOLTIS_SETUP_CODE MOLTIS_TEST_STATE=$state MOLTIS_TEST_EDGE=$edge
	export MOLTIS_FAKE_PROVIDER MOLTIS_TEST_ROOT=$ROOT MOLTIS_TEST_BUILD=$BUILD
}

provider_start() {
	local state=$1 port
	node "$ROOT/tests/system/fake/provider.mjs" --port 0 \
		--state "$state/provider.json" >"$state/provider.log" 2>&1 &
	printf '%d\n' "$!" >"$state/provider.pid"
	for _ in $(seq 100); do
		port=$(sed -n 's/^listening on //p' "$state/provider.log")
		[ -z "$port" ] || break
		sleep 0.1
	done
	[ -n "$port" ] || return 1
	MOLTIS_FAKE_PROVIDER=http://127.0.0.1:$port
}

# DEPLOYMENT_MORE is further configuration.
deployment_conf() {
	cat <<-END
	providers: {
	    default = "fake";
	    fake: { kind = "openai"; base_url = "$MOLTIS_FAKE_PROVIDER/v1";
	        api_key = "sk-test-openai-0123456789"; models = [ "fake-1" ]; };
	    claude: { kind = "anthropic"; base_url = "$MOLTIS_FAKE_PROVIDER";
	        api_key = "sk-test-anthropic-0123456789"; models = [ "claude-fake" ]; };
	    demo: { kind = "demo"; models = [ "demo" ]; };
	};
	limits: { chat_per_min = 10000; write_per_min = 100000;
	    calls_per_min = 1000000; ws_calls_per_min = 1000000;
	    account_calls_per_min = 1000000; };
	log: { level = "debug"; };
	${DEPLOYMENT_MORE:-}
	END
}

# deployment_stop NAME: fails when a program reported a fault.
deployment_stop() {
	local name=$1 state=${RUNNING[$1]:-} bad=0
	[ -n "$state" ] || return 0
	unset "RUNNING[$name]"
	"$ROOT/deploy/down" --state "$state" || bad=1
	kill "$(cat "$state/provider.pid")" 2>/dev/null
	rm -rf -- "${LOG:?}/$name"
	cp -rL -- "$state/log" "$LOG/$name"
	if grep -rlE 'AddressSanitizer|LeakSanitizer|runtime error:' "$LOG/$name"; then
		printf 'FAIL: a program reported a memory fault, see %s\n' "$LOG/$name"
		bad=1
	fi
	rm -rf -- "$state"
	return "$bad"
}

deployments_stop() {
	local name
	for name in "${!RUNNING[@]}"; do
		deployment_stop "$name" >/dev/null 2>&1
	done
}
