# shellcheck shell=bash
#
# The two programs under their supervisors (keep.sh): start, graceful restart,
# stop, and finding what an earlier run left behind.

# Prints the supervisors of NAME in this deployment.  Found by their command
# line and not by the pid file: numbers are reused after a reboot, and a state
# folder can be deleted while everything runs.
keeper_pids() {
	local file=$KEEP_RUN/$1.pid dir comm
	for dir in /proc/[0-9]*; do
		{ read -r comm <"$dir/comm"; } 2>/dev/null || continue
		[ "$comm" = bash ] || continue
		! has_argument "${dir#/proc/}" "$file" || printf '%s\n' "${dir#/proc/}"
	done
}

# Was process PID started with exactly this argument?
has_argument() {
	local pid=$1 wanted=$2 word
	while IFS= read -r -d '' word; do
		[ "$word" != "$wanted" ] || return 0
	done 2>/dev/null <"/proc/$pid/cmdline"
	return 1
}

# Does process PID run program NAME of this deployment?  True also when its
# file has been replaced since.  The programs hide their memory, and with it
# the link to their file, from all but a root that may trace; then the command
# line, which only the process itself can change, has to do.
is_program() {
	local pid=$1 name=$2 exe='' word
	if exe=$(readlink -- "/proc/$pid/exe" 2>/dev/null); then
		[ "$exe" = "$APP/bin/$name" ] || [ "$exe" = "$APP/bin/$name (deleted)" ]
		return
	fi
	{ IFS= read -r -d '' word <"/proc/$pid/cmdline"; } 2>/dev/null || return 1
	[ "$word" = "$APP/bin/$name" ]
}

# Prints the processes that run program NAME of this deployment.
program_pids() {
	local name=$1 dir pid comm
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		# Cheap before exact: a command name holds 15 bytes.
		{ read -r comm <"$dir/comm"; } 2>/dev/null || continue
		[ "$comm" = "${name:0:15}" ] || continue
		! is_program "$pid" "$name" || printf '%s\n' "$pid"
	done
}

# The program's own pid file, believed only when the process is the program.
program_pid() {
	local name=$1 file=$2 pid
	[ -f "$file" ] || return 1
	read -r pid <"$file" || return 1
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	is_program "$pid" "$name" || return 1
	printf '%s' "$pid"
}

# A process that has ended but was not collected yet (containers have slow
# parents) counts as gone.
is_alive() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	stat=${stat##*) }
	[ "${stat%% *}" != Z ]
}

wait_gone() {
	local tenths=$1 pid=$2
	while is_alive "$pid"; do
		[ "$tenths" -gt 0 ] || return 1
		tenths=$((tenths - 1))
		sleep 0.1
	done
}

# What instance NAME of a program is called: worker-2 runs moltis-worker.
keeper_program() {
	printf 'moltis-%s' "${1%%-*}"
}

# The files that are an instance's own, beside the configuration of all.
keeper_conf() {
	case $1 in
	*-[0-9]*) printf '%s' "$CONF_DIR/$1.conf" ;;
	esac
}

# Prints processes of instance NAME that no supervisor has any more.
keeper_orphans() {
	local name=$1 own pid file
	own=$(keeper_conf "$name")
	for pid in $(program_pids "$(keeper_program "$name")"); do
		if [ -n "$own" ]; then
			has_argument "$pid" "$own" || continue
		else
			# The first one has no file of its own: not another's.
			for file in "$CONF_DIR/$name"-*.conf; do
				! has_argument "$pid" "$file" || continue 2
			done
		fi
		printf '%s\n' "$pid"
	done
}

keeper_stop() {
	local name=$1 pid
	for pid in $(keeper_pids "$name"); do
		kill -TERM "$pid" 2>/dev/null || true
		wait_gone 500 "$pid" || kill -KILL "$pid" 2>/dev/null || true
	done
	rm -f -- "$KEEP_RUN/$name.pid" "$KEEP_RUN/$name.pid.ends"
	# Orphans of a supervisor that was killed.
	for pid in $(keeper_orphans "$name"); do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in $(keeper_orphans "$name"); do
		wait_gone 300 "$pid" || kill -KILL "$pid" 2>/dev/null || true
	done
}

# Starts instance NAME of its program and waits until its socket is there.  The sandbox
# daemon stays who deploys: as root it gives every account a user of its own.
keeper_start() {
	local name=$1 socket=$2 pid_file=$3 log=$LOG_DIR/$1.log i=0 ends user=$APP_USER program own
	local -a conf=("${CONF_ARGS[@]}")
	program=$(keeper_program "$name")
	own=$(keeper_conf "$name")
	[ -z "$own" ] || conf+=(--conf "$own")
	[ "$name" != sandboxd ] || user=$ME_USER
	rm -f -- "$socket" "$pid_file"
	touch "$log"
	FAIL_LOG=$log
	start_detached "$LOG_DIR/keep.log" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		LANG=C.UTF-8 HOME=/nonexistent "${SAN_ENV[@]}" \
		/bin/bash "$DEPLOY_DIR/lib/keep.sh" "$name" "$KEEP_RUN/$name.pid" "$user" "$log" \
		"$APP/bin/$program" "${conf[@]}"
	until [ -S "$socket" ] && program_pid "$program" "$pid_file" >/dev/null; do
		ends=0
		[ ! -f "$KEEP_RUN/$name.pid.ends" ] || read -r ends _ <"$KEEP_RUN/$name.pid.ends" || true
		if [ "${ends:-0}" -ge 3 ] || [ "$i" -ge 300 ]; then
			keeper_stop "$name"
			die "$program does not start" "Read $log; the configuration is ${CONF_FILES[*]}."
		fi
		sleep 0.1
		i=$((i + 1))
	done
	FAIL_LOG=''
}

# Sanitizer options of a sanitized build pass through to the programs.
process_environment() {
	local name
	SAN_ENV=()
	for name in ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS; do
		[ -z "${!name:-}" ] || SAN_ENV+=("$name=${!name}")
	done
}

# Names of the workers of this deployment.
worker_names() {
	local i
	printf 'worker'
	for ((i = 2; i <= OPT_WORKERS; i++)); do
		printf ' worker-%d' "$i"
	done
}

worker_socket() {
	printf '%s' "$APP_RUN/$1.sock"
}

worker_start() {
	keeper_start "$1" "$(worker_socket "$1")" "$APP_RUN/$1.pid"
}

# Workers that an earlier run had and this one has not.
workers_surplus() {
	local file name
	for file in "$KEEP_RUN"/worker-*.pid "$CONF_DIR"/worker-*.conf; do
		[ -e "$file" ] || continue
		name=${file##*/}
		name=${name%.*}
		case " $(worker_names) " in *" $name "*) continue ;; esac
		keeper_stop "$name"
		rm -f -- "$CONF_DIR/$name.conf" "$APP_RUN/$name.sock" "$APP_RUN/$name.pid"
	done
}

workers_stop() {
	local file
	keeper_stop worker &
	for file in "$CONF_DIR"/worker-*.conf; do
		[ ! -e "$file" ] || keeper_stop "$(basename -- "$file" .conf)" &
	done
	wait
}

# What the sandbox daemon runs with.
sandboxd_sum() {
	cat -- "$APP/bin/moltis-sandboxd" "${CONF_FILES[@]}" | sha256sum
}

# A daemon that is as it should be goes on: commands of turns run in it.
step_sandboxd() {
	local sum file=$KEEP_RUN/sandboxd.sum
	sum=$(sandboxd_sum)
	if [ "$(cat -- "$file" 2>/dev/null)" = "$sum" ] && [ -S "$SANDBOX_SOCKET" ] &&
		[ -n "$(keeper_pids sandboxd)" ] &&
		program_pid moltis-sandboxd "$SANDBOX_PID_FILE" >/dev/null; then
		return 0
	fi
	keeper_stop sandboxd
	keeper_start sandboxd "$SANDBOX_SOCKET" "$SANDBOX_PID_FILE"
	printf '%s\n' "$sum" >"$file"
}

# One worker after the other: each hands its turns over to those that run, and
# its clients go there.
step_programs() {
	local name
	process_environment
	step_sandboxd
	for name in $(worker_names); do
		keeper_stop "$name"
		worker_start "$name"
	done
	workers_surplus
	keeper_stop fcgi
	keeper_start fcgi "$FCGI_SOCKET" "$FCGI_PID_FILE"
}
