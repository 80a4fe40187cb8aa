# shellcheck shell=bash
#
# Configuration of the programs: the external URL and the hosts that belong to
# it, the generated moltis.conf, the operator's extra files, and STATE/env.

# Prints the value of GROUP.KEY as the last of FILES has it: a string or a
# word.  Understands what the deployment asks for (top-level groups, scalar
# settings), not all of libconfig.
conf_get() {
	local group=$1 key=$2
	shift 2
	[ "$#" -gt 0 ] || return 0
	awk -v group="$group" -v key="$key" '
	{
		text = $0
		# Comments, but not inside a string.
		if (text !~ /"[^"]*(\/\/|#)/) {
			sub(/(\/\/|#).*/, "", text)
		}
		all = all " " text
	}
	END {
		gsub(/\/\*([^*]|\*[^\/])*\*\//, " ", all)
		depth = 0
		name = ""
		while (match(all, /"([^"\\]|\\.)*"|[A-Za-z*][A-Za-z0-9_*-]*|[0-9.]+|[][{}():=;,]/)) {
			token = substr(all, RSTART, RLENGTH)
			all = substr(all, RSTART + RLENGTH)
			if (token ~ /^[[{(]$/) {
				path[++depth] = name
				name = ""
			} else if (token ~ /^[]})]$/) {
				depth--
			} else if (token ~ /^[:=]$/) {
				name = last
				wants = 1
				continue
			} else if (wants && depth == 1 && path[1] == group && name == key) {
				gsub(/^"|"$/, "", token)
				gsub(/\\"/, "\"", token)
				found = token
			}
			wants = 0
			last = token
		}
		print found
	}' "$@"
}

# Copies the operator's files to where the programs may read them.  A source
# that is gone leaves its copy in place.
conf_extra() {
	local file copy n=0
	EXTRA_CONF=()
	for file in "${OPT_CONF[@]}"; do
		n=$((n + 1))
		copy=$CONF_DIR/extra-$n.conf
		if [ -r "$file" ]; then
			write_file "$copy" 0640 "root:$APP_GROUP" <"$file"
		elif [ -f "$copy" ]; then
			note "--conf $file is gone; its copy $copy stays in force (--no-conf forgets it)"
		else
			die "--conf $file cannot be read" "Give a file that exists."
		fi
		EXTRA_CONF+=("$copy")
	done
	while n=$((n + 1)) && [ -e "$CONF_DIR/extra-$n.conf" ]; do
		rm -f -- "$CONF_DIR/extra-$n.conf"
	done
}

# TLS settings that the operator's files carry.
conf_tls_wishes() {
	local cert key
	TLS_ON=$OPT_TLS
	[ "${#EXTRA_CONF[@]}" -gt 0 ] || return 0
	[ "$(conf_get tls enabled "${EXTRA_CONF[@]}")" != true ] || TLS_ON=yes
	cert=$(conf_get tls cert_path "${EXTRA_CONF[@]}")
	key=$(conf_get tls key_path "${EXTRA_CONF[@]}")
	if [ -n "$cert" ] && [ -n "$key" ] && [ -z "$OPT_CERT" ]; then
		OPT_CERT=$cert
		OPT_KEY=$key
	fi
	[ "$TLS_ON" = yes ] && [ -z "$OPT_CERT" ] || return 0
	[ "$(conf_get tls auto_generate "${EXTRA_CONF[@]}")" != false ] ||
		die "tls.auto_generate is false and no certificate is given" \
			"Give --cert and --key, or tls.cert_path and tls.key_path."
}

# host[:port] for a URL of SCHEME.
conf_host_port() {
	local scheme=$1 host=$2
	case $host in *:*) host="[$host]" ;; esac
	case $scheme/$OPT_PORT in
	http/80 | https/443) printf '%s' "$host" ;;
	*) printf '%s:%s' "$host" "$OPT_PORT" ;;
	esac
}

# URL: what is printed and configured.  HOSTS: every host[:port] that is
# served.
conf_url() {
	local main name url='' listed
	local -a names=()
	SCHEME=http
	[ "$TLS_ON" != yes ] || SCHEME=https
	main=${OPT_HOST:-127.0.0.1}
	names=(127.0.0.1 localhost ::1)
	[ "$TLS_ON" != yes ] || names+=(moltis.localhost)
	if [ "$OPT_PUBLIC" = yes ]; then
		main=${OPT_HOST:-$(tls_host_name)}
		names=(127.0.0.1 localhost "$(tls_host_name)")
		mapfile -t -O "${#names[@]}" names < <(host_addresses)
	fi
	URL=$SCHEME://$(conf_host_port "$SCHEME" "$main")
	HOSTS=$(conf_host_port "$SCHEME" "$main")
	for name in "${names[@]}"; do
		listed=$(conf_host_port "$SCHEME" "$name")
		case " $HOSTS " in *" $listed "*) continue ;; esac
		# The programs take eight origins, and a --conf may add one.
		[ "$(wc -w <<<"$HOSTS")" -lt 7 ] || break
		HOSTS+=" $listed"
	done
	[ "${#EXTRA_CONF[@]}" -eq 0 ] || url=$(conf_get server external_url "${EXTRA_CONF[@]}")
	LOCAL_URL=$SCHEME://$(conf_host_port "$SCHEME" 127.0.0.1)
	[ -z "$url" ] || URL=${url%/}
}

conf_origins() {
	local host text=''
	for host in $HOSTS; do
		text+=${text:+, }$(conf_quote "$SCHEME://$host")
	done
	case ", $text, " in
	*", $(conf_quote "$URL"), "*) ;;
	*) text="$(conf_quote "$URL"), $text" ;;
	esac
	printf '%s' "$text"
}

conf_database() {
	conf_quote "host='$PG_RUN' port=5432 dbname=moltis user=$1"
}

conf_write() {
	write_file "$MAIN_CONF" 0640 "root:$APP_GROUP" <<CONF
# Written by deploy/up at every run.  Your settings belong in a file of your
# own, given with --conf: it wins over this one setting by setting.
server: {
	external_url = $(conf_quote "$URL");
	allowed_origins = [ $(conf_origins) ];
};
fcgi: {
	socket = $(conf_quote "$FCGI_SOCKET");
	pid_file = $(conf_quote "$FCGI_PID_FILE");
};
worker: {
	socket = $(conf_quote "$WORKER_SOCKET");
	pid_file = $(conf_quote "$WORKER_PID_FILE");
};
sandbox: {
	socket = $(conf_quote "$SANDBOX_SOCKET");
	pid_file = $(conf_quote "$SANDBOX_PID_FILE");
	state_dir = $(conf_quote "$SANDBOX_STATE");
	worker_user = $(conf_quote "$APP_USER");
};
database: {
	api = $(conf_database moltis_api);
	worker = $(conf_database moltis_worker);
	owner = $(conf_database moltis_owner);
};
$(conf_tls)
CONF
	conf_workers
	conf_arguments
}

# Each worker but the first has a small file that is read last.
conf_workers() {
	local name
	for name in $(worker_names); do
		[ "$name" != worker ] || continue
		write_file "$CONF_DIR/$name.conf" 0640 "root:$APP_GROUP" <<-CONF
		# Written by deploy/up: what is this worker's own.
		worker: {
		    socket = $(conf_quote "$(worker_socket "$name")");
		    pid_file = $(conf_quote "$APP_RUN/$name.pid");
		};
		CONF
	done
}

# CONF_FILES and CONF_ARGS: what every program is started with.
conf_arguments() {
	local file n=1
	CONF_FILES=("$MAIN_CONF")
	while [ -f "$CONF_DIR/extra-$n.conf" ]; do
		CONF_FILES+=("$CONF_DIR/extra-$n.conf")
		n=$((n + 1))
	done
	CONF_ARGS=()
	for file in "${CONF_FILES[@]}"; do
		CONF_ARGS+=(--conf "$file")
	done
}

conf_tls() {
	[ "$TLS_ON" = yes ] || return 0
	printf 'tls: {\n\tenabled = true;\n\tcert_path = %s;\n\tkey_path = %s;\n};\n' \
		"$(conf_quote "$TLS_DIR/server.pem")" "$(conf_quote "$TLS_DIR/server.key")"
}

# One line of STATE/env.
env_line() {
	printf 'export %s=%s\n' "$1" "$(sh_quote "$2")"
}

# No libpq variables: a test or a shell that sources this file must not talk
# to our database by accident.
conf_env() {
	local confs
	confs=$(IFS=: && printf '%s' "${CONF_FILES[*]}")
	{
		printf '# Source this file: . %s\n' "$(sh_quote "$STATE/env")"
		env_line MOLTIS_URL "$URL"
		env_line MOLTIS_LOCAL_URL "$LOCAL_URL"
		env_line MOLTIS_CLI "$APP/bin/moltis"
		env_line MOLTIS_CONF "$confs"
		env_line MOLTIS_STATE "$STATE"
		env_line MOLTIS_LOG_DIR "$LOG_DIR"
		env_line MOLTIS_FCGI_PID_FILE "$FCGI_PID_FILE"
		env_line MOLTIS_FCGI_SOCKET "$FCGI_SOCKET"
		env_line MOLTIS_WORKER_PID_FILE "$WORKER_PID_FILE"
		env_line MOLTIS_WORKER_SOCKET "$WORKER_SOCKET"
		env_line MOLTIS_SANDBOXD_PID_FILE "$SANDBOX_PID_FILE"
		env_line MOLTIS_SANDBOXD_SOCKET "$SANDBOX_SOCKET"
		env_line MOLTIS_SANDBOX_STATE "$SANDBOX_STATE"
		env_line MOLTIS_PG_PID_FILE "$PG_DATA/postmaster.pid"
		env_line MOLTIS_PG_SOCKET_DIR "$PG_RUN"
		env_line MOLTIS_EDGE "$OPT_EDGE"
		env_line MOLTIS_EDGE_PID_FILE "$EDGE_RUN/$OPT_EDGE.pid"
		env_line MOLTIS_NGINX_PID_FILE "$EDGE_PID_FILE"
		[ "$TLS_ON" != yes ] || env_line MOLTIS_CA_FILE "$PUBLIC_DIR/ca.pem"
	} | write_file "$STATE/env" 0644
}

step_configuration() {
	conf_extra
	conf_tls_wishes
	[ "$TLS_ON" != yes ] || tls_make
	conf_url
	conf_write
	conf_env
}

# Migrations run with the owner's rights, so as who deploys.
step_migrate() {
	FAIL_HINT="The database is as it was before the failing migration; mend it and run the same command again."
	(cd / && run_as "$ME_USER" "$APP/bin/moltis" "${CONF_ARGS[@]}" migrate)
	FAIL_HINT=''
}
