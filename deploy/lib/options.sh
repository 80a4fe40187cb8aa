# shellcheck shell=bash
#
# Options of deploy/up: the command line, and STATE/options, which remembers
# them so that a later deploy/up without arguments changes nothing.

OPT_NAMES=(PORT PUBLIC TLS HOST EDGE CERT KEY WORKERS)
OPT_CONF=()
OPT_EDGE_SET=()

options_defaults() {
	OPT_PORT=8080
	OPT_PUBLIC=no
	OPT_TLS=no
	OPT_HOST=''
	OPT_EDGE=nginx
	OPT_CERT=''
	OPT_KEY=''
	OPT_WORKERS=2
}

# Reads STATE/options: NAME=value lines, never executed.
options_load() {
	local line name value known
	[ -f "$1" ] || return 0
	while IFS= read -r line; do
		name=${line%%=*}
		value=${line#*=}
		case $name in
		CONF) OPT_CONF+=("$value") ;;
		EDGE_SET) OPT_EDGE_SET+=("$value") ;;
		*)
			for known in "${OPT_NAMES[@]}"; do
				[ "$name" != "$known" ] || printf -v "OPT_$name" '%s' "$value"
			done
			;;
		esac
	done <"$1"
}

options_save() {
	local name var
	{
		printf '# Written by deploy/up; the options of its last run.\n'
		for name in "${OPT_NAMES[@]}"; do
			var=OPT_$name
			printf '%s=%s\n' "$name" "${!var}"
		done
		for name in "${OPT_CONF[@]}"; do
			printf 'CONF=%s\n' "$name"
		done
		for name in "${OPT_EDGE_SET[@]}"; do
			printf 'EDGE_SET=%s\n' "$name"
		done
	} | write_file "$1" 0644
}

options_usage() {
	cat <<'USAGE'
Usage: deploy/up [OPTION...]

Installs, builds and starts Moltis on this machine, and leaves it running.
Running it again picks up new code and new settings.  deploy/down stops it.

  --state DIR      where data, logs and sockets live   (default: var/ here)
  --port N         port of the web page and the API    (default: 8080)
  --public         listen on every address, with HTTPS (default: loopback)
  --tls            HTTPS on loopback too; plain HTTP on the next port
                   redirects
  --host NAME      the name people type; may carry no port
  --cert FILE, --key FILE
                   certificate and key, PEM            (default: made here)
  --conf FILE      more configuration, wins over the generated one; repeat
                   it for several files
  --edge NAME      nginx or caddy                      (default: nginx)
  --workers N      worker processes, 1 to 16; with one, sockets are gone for
                   a moment when it is replaced        (default: 2)
  --edge-set K=V   a value of the edge's template; see deploy/README.md
  --build DIR      use programs already built in DIR   (default: build here)
  --no-public, --no-tls, --no-conf, --no-edge-set
                   forget what an earlier run was told
  --help           this text

Options other than --state and --build are remembered in the state folder.
USAGE
}

# Takes VALUE as the next argument of option $1.
options_need() {
	[ "$#" -ge 2 ] && [ -n "$2" ] || usage_error "$1 needs a value"
}

# STATE must be known before the remembered options can be read, so it is
# looked for first.
options_state() {
	STATE=$CHECKOUT/var
	while [ "$#" -gt 0 ]; do
		case $1 in
		--state)
			options_need "$@"
			STATE=$2
			shift
			;;
		--state=*) STATE=${1#*=} ;;
		--help | -h)
			options_usage
			exit 0
			;;
		esac
		shift
	done
	STATE=$(abs_path "$STATE")
}

options_parse() {
	local name value conf_given=no edge_given=no
	OPT_BUILD=''
	while [ "$#" -gt 0 ]; do
		name=$1
		shift
		case $name in
		--*=*)
			value=${name#*=}
			name=${name%%=*}
			set -- "$value" "$@"
			;;
		esac
		case $name in
		--state | --port | --host | --cert | --key | --conf | --edge | --edge-set | --build | --workers)
			options_need "$name" "$@"
			value=$1
			shift
			;;
		esac
		case $name in
		--state) ;;
		--port) OPT_PORT=$value ;;
		--host) OPT_HOST=$value ;;
		--cert) OPT_CERT=$(abs_path "$value") ;;
		--key) OPT_KEY=$(abs_path "$value") ;;
		--edge) OPT_EDGE=$value ;;
		--workers) OPT_WORKERS=$value ;;
		--build) OPT_BUILD=$(abs_path "$value") ;;
		--public) OPT_PUBLIC=yes ;;
		--no-public) OPT_PUBLIC=no ;;
		--tls) OPT_TLS=yes ;;
		--no-tls) OPT_TLS=no ;;
		--no-conf) OPT_CONF=() ;;
		--no-edge-set) OPT_EDGE_SET=() ;;
		--conf)
			[ "$conf_given" = yes ] || OPT_CONF=()
			conf_given=yes
			OPT_CONF+=("$(abs_path "$value")")
			;;
		--edge-set)
			[ "$edge_given" = yes ] || OPT_EDGE_SET=()
			edge_given=yes
			OPT_EDGE_SET+=("$value")
			;;
		*) usage_error "unknown option $name" ;;
		esac
	done
	options_check
}

options_check() {
	local value
	case $OPT_PORT in
	'' | *[!0-9]* | ??????*) usage_error "--port $OPT_PORT is not a number from 1 to 65535" ;;
	esac
	OPT_PORT=$((10#$OPT_PORT))
	{ [ "$OPT_PORT" -ge 1 ] && [ "$OPT_PORT" -le 65535 ]; } ||
		usage_error "--port $OPT_PORT is not a number from 1 to 65535"
	case $OPT_EDGE in
	nginx | caddy) ;;
	*) usage_error "--edge $OPT_EDGE is neither nginx nor caddy" ;;
	esac
	case $OPT_WORKERS in
	[1-9] | 1[0-6]) ;;
	*) usage_error "--workers $OPT_WORKERS is not a number from 1 to 16" ;;
	esac
	case $OPT_HOST in
	*[!A-Za-z0-9.-]* | .* | -*) usage_error "--host $OPT_HOST is not a host name" ;;
	esac
	OPT_HOST=${OPT_HOST,,}
	if [ -n "$OPT_CERT" ] || [ -n "$OPT_KEY" ]; then
		{ [ -n "$OPT_CERT" ] && [ -n "$OPT_KEY" ]; } ||
			usage_error "--cert and --key go together"
	fi
	for value in "${OPT_EDGE_SET[@]}"; do
		[[ $value =~ ^[A-Z_]+=.*$ ]] || usage_error "--edge-set $value is not KEY=VALUE"
	done
	if [ "$OPT_PUBLIC" = yes ]; then
		OPT_TLS=yes
	fi
	case $OPT_TLS:$OPT_HOST in
	yes:* | no: | no:localhost | no:*.localhost | no:127.*) ;;
	*) usage_error "--host $OPT_HOST needs --tls: plain HTTP is for loopback names only" ;;
	esac
}
