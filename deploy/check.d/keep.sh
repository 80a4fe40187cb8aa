# shellcheck shell=bash
#
# The supervisor with small programs.

keep_run() {
	bash "$DEPLOY_DIR/lib/keep.sh" test "$WORK/keep.pid" "$(id -un)" "$WORK/keep.log" "$@" >"$WORK/keep.out" 2>&1 &
	KEEPER=$!
}

until_true() {
	local i=0
	until "$@" 2>/dev/null; do
		[ "$i" -lt 100 ] || return 1
		i=$((i + 1))
		sleep 0.05
	done
}

lines_are() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

unit_keep_restart() {
	rm -f "$WORK/pids"
	# shellcheck disable=SC2016
	keep_run bash -c 'echo $$ >>"$1"; exec sleep 60' bash "$WORK/pids"
	until_true lines_are "$WORK/pids" 1
	kill -KILL "$(tail -n 1 "$WORK/pids")"
	until_true lines_are "$WORK/pids" 2
	kill -TERM "$KEEPER"
	wait "$KEEPER" || true
	fails kill -0 "$(tail -n 1 "$WORK/pids")"
	[ ! -e "$WORK/keep.pid" ]
	grep -q '"ended with status 137; starting again in 200 ms"' "$WORK/keep.out"
	# Every line is JSON.
	absent -v '^{.*}$' "$WORK/keep.out"
}

unit_keep_backoff() {
	keep_run false
	until_true grep -q 'in 1600 ms' "$WORK/keep.out"
	kill -TERM "$KEEPER"
	wait "$KEEPER" || true
	equal "$(grep -o 'in [0-9]* ms' "$WORK/keep.out" | tr '\n' ' ')" "in 200 ms in 400 ms in 800 ms in 1600 ms "
}

unit_keep_stubborn() {
	# shellcheck disable=SC2016
	STOP_SECS=1 keep_run bash -c 'trap "" TERM; sleep 60 & echo $! >"$1"; while :; do wait; done' bash "$WORK/child"
	until_true test -s "$WORK/child"
	kill -TERM "$KEEPER"
	wait "$KEEPER" || true
	until_true fails kill -0 "$(cat "$WORK/child")"
}

# A supervisor that lost its pid file must not bring old programs back.
unit_keep_disowned() {
	rm -f "$WORK/pids"
	# shellcheck disable=SC2016
	keep_run bash -c 'echo $$ >>"$1"; exec sleep 60' bash "$WORK/pids"
	until_true lines_are "$WORK/pids" 1
	KEEP_RUN=$WORK
	ln -sf keep.pid "$WORK/other.pid"
	equal "$(keeper_pids keep)" "$KEEPER"
	equal "$(keeper_pids other)" ''
	rm -f "$WORK/keep.pid"
	equal "$(keeper_pids keep)" "$KEEPER"
	kill -KILL "$(tail -n 1 "$WORK/pids")"
	wait "$KEEPER" || true
	equal "$(wc -l <"$WORK/pids")" 1
}

check 'a killed program is started again, a stop ends both' unit_keep_restart
check 'a program that fails at once is started ever more slowly' unit_keep_backoff
check 'a program that ignores the stop is killed with its children' unit_keep_stubborn
check 'a supervisor without its pid file is found, and starts nothing again' unit_keep_disowned
