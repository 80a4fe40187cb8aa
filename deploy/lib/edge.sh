# shellcheck shell=bash
#
# The edge, nginx or Caddy: its configuration, start, reload, stop, the check
# that its port is free, and the wait until the whole house answers.

# Prints the process number of our nginx or Caddy, whichever runs.
edge_pid() {
	local kind=$1 file=$EDGE_RUN/$1.pid pid
	[ -f "$file" ] || return 1
	read -r pid <"$file" || return 1
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	case $kind in
	# Its title is one long word.
	nginx) grep -qaF -- "-c $CONF_DIR/nginx.conf" "/proc/$pid/cmdline" 2>/dev/null || return 1 ;;
	caddy) has_argument "$pid" "$CONF_DIR/Caddyfile" || return 1 ;;
	esac
	printf '%s' "$pid"
}

# Prints edge processes of this deployment whether or not a pid file knows
# them: nginx workers whose master was killed keep the port.
edge_processes() {
	local kind=${1:-} dir comm fd
	for dir in /proc/[0-9]*; do
		{ read -r comm <"$dir/comm"; } 2>/dev/null || continue
		case $comm in nginx | caddy) ;; *) continue ;; esac
		[ -z "$kind" ] || [ "$comm" = "$kind" ] || continue
		# A log that was deleted is another file; the command line stays.
		if grep -qaF -- "-c $CONF_DIR/nginx.conf" "$dir/cmdline" 2>/dev/null ||
			has_argument "${dir#/proc/}" "$CONF_DIR/Caddyfile"; then
			printf '%s\n' "${dir#/proc/}"
			continue
		fi
		for fd in "$dir"/fd/*; do
			if [ "$fd" -ef "$LOG_DIR/edge.log" ]; then
				printf '%s\n' "${dir#/proc/}"
				break
			fi
		done
	done
}

# Prints the inodes of sockets that listen on PORT.
port_inodes() {
	local hex
	hex=$(printf '%04X' "$1")
	awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u
}

# Does one of our edge's processes hold this socket?
inode_is_ours() {
	local inode=$1 pid fd
	for pid in $(edge_processes); do
		for fd in /proc/"$pid"/fd/*; do
			[ "$(readlink -- "$fd" 2>/dev/null)" != "socket:[$inode]" ] || return 0
		done
	done
	return 1
}

port_owner() {
	local inode=$1 fd
	for fd in /proc/[0-9]*/fd/*; do
		if [ "$(readlink -- "$fd" 2>/dev/null)" = "socket:[$inode]" ]; then
			fd=${fd#/proc/}
			printf ' by %s (process %s)' "$(cat "/proc/${fd%%/*}/comm" 2>/dev/null)" "${fd%%/*}"
			return 0
		fi
	done
}

port_check() {
	local port=$1 inode
	for inode in $(port_inodes "$port"); do
		inode_is_ours "$inode" || die "port $port is in use$(port_owner "$inode")" \
			"Choose another port with --port N, or stop what uses $port."
	done
	if [ "$port" -lt "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)" ] &&
		! is_root; then
		die "port $port is reserved for root" "Choose a port from 1024 on with --port N."
	fi
}

redirect_port() {
	case $OPT_PORT in
	443) printf 80 ;;
	65535) printf 65534 ;;
	*) printf '%s' "$((OPT_PORT + 1))" ;;
	esac
}

has_ipv6() {
	if [ "$OPT_PUBLIC" = yes ]; then
		[ -s /proc/net/if_inet6 ]
	else
		grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null
	fi
}

edge_listen() {
	local port=$1
	if [ "$OPT_PUBLIC" = yes ]; then
		printf '0.0.0.0:%s' "$port"
		! has_ipv6 || printf ' [::]:%s' "$port"
	else
		printf '127.0.0.1:%s' "$port"
		! has_ipv6 || printf ' [::1]:%s' "$port"
	fi
}

worker_sockets() {
	local name text=''
	for name in $(worker_names); do
		text+=${text:+:}$(worker_socket "$name")
	done
	printf '%s' "$text"
}

# Settings of the template; the operator's --edge-set come last and win.
edge_settings() {
	EDGE_SETTINGS=("URL=$URL" "HOSTS=$HOSTS" "LISTEN=$(edge_listen "$OPT_PORT")"
		TLS=off "WEB=$WEB_DIR" "FCGI_SOCKET=$FCGI_SOCKET" "WORKER_SOCKET=$(worker_sockets)"
		"RUN_DIR=$EDGE_RUN" "ACCESS_LOG=$LOG_DIR/access.log" "ERROR_LOG=$LOG_DIR/edge.log")
	if [ "$TLS_ON" = yes ]; then
		EDGE_SETTINGS+=(TLS=on "CERT=$TLS_DIR/server.pem" "KEY=$TLS_DIR/server.key"
			"REDIRECT_LISTEN=$(edge_listen "$(redirect_port)")")
		[ ! -f "$PUBLIC_DIR/ca.pem" ] || EDGE_SETTINGS+=("CA_FILE=$PUBLIC_DIR/ca.pem")
	fi
	if is_root && [ "$OPT_EDGE" = nginx ]; then
		EDGE_SETTINGS+=("USER=$EDGE_USER")
	fi
	EDGE_SETTINGS+=("${OPT_EDGE_SET[@]}")
}

edge_render() {
	edge_settings
	case $OPT_EDGE in
	nginx) "$DEPLOY_DIR/render" nginx-main "${EDGE_SETTINGS[@]}" | write_file "$CONF_DIR/nginx.conf" 0644 ;;
	caddy) "$DEPLOY_DIR/render" caddy "${EDGE_SETTINGS[@]}" | write_file "$CONF_DIR/Caddyfile" 0644 ;;
	esac
}

edge_listens() {
	sed -n 's/^[[:space:]]*listen //p' "$CONF_DIR/nginx.conf" 2>/dev/null | sort -u
}

# nginx takes a new configuration while it runs.
edge_nginx() {
	local conf=$CONF_DIR/nginx.conf pid
	touch "$LOG_DIR/access.log" "$LOG_DIR/edge.log"
	nginx -t -q -e "$LOG_DIR/edge.log" -c "$conf"
	# A reload cannot move from one address to all of them: the port is taken,
	# by nginx itself, and the old configuration would stay without a word.
	if pid=$(edge_pid nginx) && [ "$(edge_listens)" = "$(cat "$EDGE_RUN/listens" 2>/dev/null)" ]; then
		kill -HUP "$pid"
		return 0
	fi
	edge_stop nginx
	edge_listens >"$EDGE_RUN/listens"
	start_detached "$LOG_DIR/edge.log" nginx -e "$LOG_DIR/edge.log" -c "$conf" -g 'daemon off;'
}

# Caddy is started anew: its administration socket, which reloading needs, is
# off.  Its own state goes to the run folder.
edge_caddy() {
	local conf=$CONF_DIR/Caddyfile home=$EDGE_RUN/caddy
	local -a caddy=()
	make_dir "$home" 0700 "$EDGE_USER:$EDGE_GROUP"
	if is_root; then
		caddy=(setpriv --reuid "$EDGE_USER" --regid "$EDGE_GROUP" --init-groups)
		[ "$OPT_PORT" -ge 1024 ] ||
			caddy+=(--inh-caps +net_bind_service --ambient-caps +net_bind_service)
		caddy+=(--)
	fi
	caddy+=(env -i PATH=/usr/bin:/bin "HOME=$home" "XDG_DATA_HOME=$home" "XDG_CONFIG_HOME=$home" caddy)
	(cd / && "${caddy[@]}" validate --config "$conf" --adapter caddyfile)
	edge_stop caddy
	# exec keeps the number that the pid file gets.
	# shellcheck disable=SC2016
	start_detached "$LOG_DIR/edge.log" /bin/bash -c \
		'printf "%s\n" "$$" >"$1" && shift && exec "$@"' bash "$EDGE_RUN/caddy.pid" \
		"${caddy[@]}" run --config "$conf" --adapter caddyfile
}

edge_start() {
	local limit
	# Two descriptors for every client; servers inherit our limit.
	limit=$(ulimit -Hn)
	[ "$limit" != unlimited ] || limit=65536
	ulimit -n "$limit" || true
	case $OPT_EDGE in
	nginx)
		edge_stop caddy
		edge_nginx
		;;
	caddy)
		edge_stop nginx
		edge_caddy
		;;
	esac
}

edge_stop() {
	local kind=$1 pid signal=QUIT
	# Each one's word for "finish what you are doing".
	[ "$kind" = nginx ] || signal=TERM
	if pid=$(edge_pid "$kind"); then
		kill -"$signal" "$pid" 2>/dev/null || true
		if ! wait_gone 60 "$pid"; then
			kill -TERM "$pid" 2>/dev/null || true
			wait_gone 50 "$pid" || kill -KILL "$pid" 2>/dev/null || true
		fi
	fi
	rm -f -- "$EDGE_RUN/$kind.pid"
	for pid in $(edge_processes "$kind"); do
		kill -TERM "$pid" 2>/dev/null || true
		wait_gone 30 "$pid" || kill -KILL "$pid" 2>/dev/null || true
	done
}

# Asks the house itself, by a name that it serves.
edge_health() {
	local -a trust=()
	[ "$TLS_ON" != yes ] || trust=(--insecure)
	curl -q --silent --show-error --fail --noproxy '*' --max-time 5 "${trust[@]}" \
		--output /dev/null "$LOCAL_URL/health"
}

edge_wait() {
	local i=0
	until edge_health; do
		if [ "$i" -ge 100 ] || { [ "$i" -ge 20 ] && ! edge_pid "$OPT_EDGE" >/dev/null; }; then
			FAIL_LOG=$LOG_DIR/edge.log
			! edge_pid "$OPT_EDGE" >/dev/null || FAIL_LOG=$LOG_DIR/fcgi.log
			die "$LOCAL_URL/health does not answer" \
				"Read edge.log, fcgi.log and worker.log in $LOG_DIR; when the port is in use, choose another with --port N."
		fi
		sleep 0.2
		i=$((i + 1))
	done
}

step_edge() {
	edge_render
	edge_start
	edge_wait
}
