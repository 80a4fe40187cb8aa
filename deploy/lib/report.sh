# shellcheck shell=bash
#
# Progress lines and failure reports of deploy/up.  A step is a function; its
# output goes to the deployment's log, the terminal sees one line a step.

STEP_NUMBER=0
STEP_TOTAL=9
STEP_NAME=''
STEP_OPEN=no
STEP_NOTES=()
STEP_START=0
DEPLOY_LOG=/dev/null
# A function that puts something back, also when the step fails.
EXIT_HOOK=''

# Descriptors 3 and 4 are the reader; steps write to the log, also while they
# fail.
report_begin() {
	exec 3>&1 4>&2
	trap report_exit EXIT
	trap 'die "interrupted" "Run the same command again; it goes on where it can."' INT TERM HUP
}

# A line that the reader should see under the running step.
note() {
	STEP_NOTES+=("$1")
	printf 'note: %s\n' "$1"
}

step() {
	local name=$1 took
	shift
	STEP_NUMBER=$((STEP_NUMBER + 1))
	STEP_NAME=$name
	STEP_NOTES=()
	STEP_START=$(now_ms)
	STEP_OPEN=yes
	printf '[%d/%d] %s ... ' "$STEP_NUMBER" "$STEP_TOTAL" "$name" >&3
	printf '\n=== [%d/%d] %s\n' "$STEP_NUMBER" "$STEP_TOTAL" "$name" >>"$DEPLOY_LOG"
	# Called plainly: in a condition bash would switch set -e off inside.
	"$@" >>"$DEPLOY_LOG" 2>&1
	took=$(($(now_ms) - STEP_START))
	printf 'done (%d.%d s)\n' "$((took / 1000))" "$((took % 1000 / 100))" >&3
	STEP_OPEN=no
	report_notes
}

report_notes() {
	local text
	for text in "${STEP_NOTES[@]}"; do
		printf '      %s\n' "$text" >&3
	done
}

# The end of a log; of our own only what the failed step wrote.
report_log() {
	local log=$1 text
	[ -s "$log" ] || return 0
	text=$(awk '/^=== \[/ { text = ""; next } { text = text $0 "\n" } END { printf "%s", text }' \
		<(tail -n 200 "$log") | sed '/^$/d' | tail -n 15 | cut -c 1-300) || true
	[ -n "$text" ] || return 0
	printf '  last lines of %s:\n' "$log" >&4
	printf '%s\n' "$text" | sed 's/^/    | /' >&4
}

report_exit() {
	local status=$?
	trap - EXIT
	trap '' INT TERM HUP
	[ -z "$EXIT_HOOK" ] || "$EXIT_HOOK" || true
	[ "$status" -ne 0 ] || return 0
	if [ "$STEP_OPEN" = yes ]; then
		printf 'FAILED\n' >&3
		report_notes
		printf '%s: step "%s" failed: %s\n' "$PROGRAM" "$STEP_NAME" \
			"${FAIL_WHY:-a command ended with status $status}" >&4
		report_log "${FAIL_LOG:-$DEPLOY_LOG}"
	else
		printf '%s: %s\n' "$PROGRAM" \
			"${FAIL_WHY:-a command ended with status $status}" >&4
	fi
	printf 'What to do: %s\n' \
		"${FAIL_HINT:-read $DEPLOY_LOG, mend the cause, and run the same command again.}" >&4
	exit "$status"
}
