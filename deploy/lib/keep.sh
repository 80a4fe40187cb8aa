#!/bin/bash
#
# Keeps one program running: starts it, waits, starts it again when it ends,
# 0.2 s later at first and 5 s later at most.  SIGTERM asks the program to
# stop and ends this script when it has; a program that takes longer than
# STOP_SECS is killed with everything it started.
#
# keep.sh NAME PIDFILE USER LOG COMMAND...
# Log lines of its own are JSON like the programs'.

set -u

STOP_SECS=${STOP_SECS:-40}

keep_log() {
	printf '{"time":"%s","level":"%s","component":"keep","program":"%s","message":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$NAME" "$2"
}

keep_start() {
	local -a become=()
	if [ "$(id -u)" -eq 0 ] && [ "$KEEP_USER" != root ]; then
		become=(setpriv --reuid "$KEEP_USER" --regid "$(id -gn "$KEEP_USER")"
			--init-groups --no-new-privs --)
	fi
	# Sockets and pid files are for the owner and the edge's group.
	umask 007
	# A session of its own, so that what it leaves behind can be found.
	setsid "${become[@]}" "$@" >>"$LOG" 2>&1 &
	child=$!
}

keep_on_stop() {
	stopping=yes
	if [ -n "$child" ]; then
		told=$child
		kill -TERM "$child" 2>/dev/null
	fi
	[ -z "$pause" ] || kill "$pause" 2>/dev/null
}

# Kills the group of process $1 after STOP_SECS, unless ended before.  Waits on
# a pipe that says nothing: a sleep would be left behind.
keep_limit() {
	exec 5<> <(:)
	read -r -t "$STOP_SECS" -u 5
	keep_log error "did not stop in $STOP_SECS s; killed"
	kill -KILL -- "-$1" 2>/dev/null
}

# Waits for the child; a signal to us only interrupts the wait.
keep_wait() {
	local limit=''
	while kill -0 "$child" 2>/dev/null; do
		if [ "$stopping" = yes ] && [ -z "$limit" ]; then
			# The signal may have come before there was a child.
			[ "$told" = "$child" ] || kill -TERM "$child" 2>/dev/null
			keep_limit "$child" &
			limit=$!
		fi
		# Quiet: bash would say "Killed" between our JSON lines.
		{ wait "$child"; } 2>/dev/null
		status=$?
	done
	{ wait "$child"; } 2>/dev/null
	[ -z "$limit" ] || kill "$limit" 2>/dev/null
	# Processes of a killed master would go on answering with old code.
	kill -KILL -- "-$child" 2>/dev/null
}

keep_pause() {
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" &
	pause=$!
	wait "$pause"
	pause=''
}

keep_main() {
	local delay_ms=200 started status=0 ends=0
	NAME=$1 PIDFILE=$2 KEEP_USER=$3 LOG=$4
	shift 4
	child='' pause='' told='' stopping=no
	trap keep_on_stop TERM INT
	trap '' HUP
	printf '%s\n' "$$" >"$PIDFILE.new" && mv -f "$PIDFILE.new" "$PIDFILE"
	rm -f "$PIDFILE.ends"
	while [ "$stopping" = no ]; do
		started=$SECONDS
		keep_start "$@"
		keep_wait
		child=''
		[ "$stopping" = no ] || break
		# A state folder deleted under us, or a successor: not ours any more.
		if [ "$(cat "$PIDFILE" 2>/dev/null)" != "$$" ]; then
			keep_log warn "ended with status $status; another supervisor has taken over, or the state folder is gone"
			return
		fi
		[ $((SECONDS - started)) -lt 10 ] || delay_ms=200
		ends=$((ends + 1))
		printf '%s %s\n' "$ends" "$status" >"$PIDFILE.ends"
		keep_log warn "ended with status $status; starting again in $delay_ms ms"
		keep_pause "$delay_ms"
		delay_ms=$((delay_ms * 2))
		[ "$delay_ms" -le 5000 ] || delay_ms=5000
	done
	keep_log info "stopped"
	rm -f "$PIDFILE" "$PIDFILE.ends"
}

# In a function, so that replacing this file cannot disturb a running copy.
keep_main "$@"
exit 0
