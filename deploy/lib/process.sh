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

keeper_stop() {
	local name=$1 pid
	for pid in $(keeper_pids "$name"); do
		kill -TERM "$pid" 2>/dev/null || true
		wait_gone 500 "$pid" || kill -KILL "$pid" 2>/dev/null || true
	done
	rm -f -- "$KEEP_RUN/$name.pid" "$KEEP_RUN/$name.pid.ends"
	# Orphans of a supervisor that was killed.
	for pid in $(program_pids "moltis-$name"); do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in $(program_pids "moltis-$name"); do
		wait_gone 300 "$pid" || kill -KILL "$pid" 2>/dev/null || true
	done
}

# Starts program moltis-NAME and waits until its socket is there.  The sandbox
# daemon stays who deploys: as root it gives every account a user of its own.
keeper_start() {
	local name=$1 socket=$2 pid_file=$3 log=$LOG_DIR/$1.log i=0 ends user=$APP_USER
	[ "$name" != sandboxd ] || user=$ME_USER
	rm -f -- "$socket" "$pid_file"
	touch "$log"
	FAIL_LOG=$log
	start_detached "$LOG_DIR/keep.log" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		LANG=C.UTF-8 HOME=/nonexistent "${SAN_ENV[@]}" \
		/bin/bash "$DEPLOY_DIR/lib/keep.sh" "$name" "$KEEP_RUN/$name.pid" "$user" "$log" \
		"$APP/bin/moltis-$name" "${CONF_ARGS[@]}"
	until [ -S "$socket" ] && program_pid "moltis-$name" "$pid_file" >/dev/null; do
		ends=0
		[ ! -f "$KEEP_RUN/$name.pid.ends" ] || read -r ends _ <"$KEEP_RUN/$name.pid.ends" || true
		if [ "${ends:-0}" -ge 3 ] || [ "$i" -ge 300 ]; then
			keeper_stop "$name"
			die "moltis-$name does not start" "Read $log; the configuration is ${CONF_FILES[*]}."
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

# The worker first: it hands its turns over while REST still answers.  The
# sandbox daemon changes while no worker is there to miss it.
step_programs() {
	process_environment
	keeper_stop worker
	keeper_stop sandboxd
	keeper_start sandboxd "$SANDBOX_SOCKET" "$SANDBOX_PID_FILE"
	keeper_start worker "$WORKER_SOCKET" "$WORKER_PID_FILE"
	keeper_stop fcgi
	keeper_start fcgi "$FCGI_SOCKET" "$FCGI_PID_FILE"
}
