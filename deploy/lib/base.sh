# shellcheck shell=bash
#
# What every script of deploy/ shares: a clean environment, messages, failure
# reports, quoting, and running a command as another user.  Sourced first;
# does nothing but set variables and define functions.

# The caller's locale, libpq settings and file mask must not change what we
# write or where we connect to.
export LC_ALL=C.UTF-8
umask 022
moltis_clean_env() {
	local name
	for name in $(compgen -e); do
		case $name in
		PG* | MOLTIS_* | CDPATH | BASH_ENV | ENV | MAKEFLAGS | MFLAGS | MAKELEVEL | DESTDIR)
			unset "$name"
			;;
		esac
	done
	PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
	export PATH
	if [ -z "${HOME:-}" ]; then
		HOME=$(getent passwd "$(id -u)" | cut -d: -f6) || true
		export HOME="${HOME:-/}"
	fi
}
moltis_clean_env

ME_UID=$(id -u)
ME_USER=$(id -un 2>/dev/null || echo "$ME_UID")
PROGRAM=${PROGRAM:-deploy/up}

# What the failure report says; the code that fails sets them.
FAIL_WHY=''
FAIL_HINT=''
FAIL_LOG=''

is_root() {
	[ "$ME_UID" -eq 0 ]
}

# Ends the script.  WHY is one sentence, HINT what the reader can do.
die() {
	FAIL_WHY=$1
	FAIL_HINT=${2:-}
	exit 1
}

usage_error() {
	printf '%s: %s\nSee: %s --help\n' "$PROGRAM" "$1" "$PROGRAM" >&2
	exit 2
}

# Single-quotes a value for sh.
sh_quote() {
	printf "'%s'" "${1//\'/\'\\\'\'}"
}

# Double-quotes a value for libconfig and for libpq inside it.
conf_quote() {
	local text=${1//\\/\\\\}
	printf '"%s"' "${text//\"/\\\"}"
}

# Runs a command as USER with a small, clean environment.  Root changes user;
# anybody else can only be himself.  The sanitizers' options go through so
# that the tests can steer a sanitized build.
run_as() {
	local user=$1 home name group
	local -a env=() become=()
	shift
	home=$(getent passwd "$user" | cut -d: -f6) || true
	for name in ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS; do
		[ -z "${!name:-}" ] || env+=("$name=${!name}")
	done
	env+=("PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" LANG=C.UTF-8
		"HOME=${home:-/}" "USER=$user" "LOGNAME=$user")
	if is_root && [ "$user" != "$ME_USER" ]; then
		group=$(id -gn "$user")
		become=(setpriv --reuid "$user" --regid "$group" --init-groups --)
	fi
	"${become[@]}" env -i "${env[@]}" "$@"
}

# Starts a command that outlives us: its own session, no terminal, none of
# our descriptors, output appended to LOG.
start_detached() {
	local log=$1 fd
	shift
	(
		cd /
		exec </dev/null >>"$log" 2>&1
		for fd in /proc/"$BASHPID"/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || [ "$fd" -eq 255 ] || eval "exec $fd>&-"
		done
		exec setsid -f "$@" 255>&-
	)
}

# Milliseconds since some point in the past.
now_ms() {
	local up
	read -r up _ </proc/uptime
	printf '%s' "$((10#${up%.*} * 1000 + 10#${up#*.} * 10))"
}

# Replaces FILE with standard input in one step, with MODE and, for root,
# OWNER (user:group).
write_file() {
	local file=$1 mode=$2 owner=${3:-} tmp
	tmp=$(mktemp "$file.XXXXXX")
	cat >"$tmp"
	chmod "$mode" "$tmp"
	if is_root && [ -n "$owner" ]; then
		chown "$owner" "$tmp"
	fi
	mv -f "$tmp" "$file"
}
