# shellcheck shell=bash
#
# Debian packages: finds what is missing from deploy/packages.txt and installs
# it with apt, without questions, and without letting the packages start
# servers of their own.

# Prints the packages of the given groups that are not there.  A line is
# "group package [command]"; a command found in PATH counts as the package.
packages_missing() {
	local file=$1 group package command wanted
	shift
	while read -r group package command; do
		case $group in '' | \#*) continue ;; esac
		for wanted in "$@"; do
			[ "$group" = "$wanted" ] || continue
			[ -z "$command" ] || ! command -v "$command" >/dev/null || continue
			package_installed "$package" || printf '%s\n' "$package"
		done
	done <"$file" | sort -u
}

package_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

packages_install() {
	local -a missing=()
	local list
	APT_AS=()
	command -v dpkg-query >/dev/null || die "this is not a Debian system (dpkg-query not found)" \
		"Use Debian 12, or install by hand as deploy/README.md says."
	mapfile -t missing < <(packages_missing "$DEPLOY_DIR/packages.txt" "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	list=${missing[*]}
	if ! is_root; then
		if ! sudo -n true 2>/dev/null; then
			die "missing packages, and sudo without a password is not possible: $list" \
				"As root: apt-get install --no-install-recommends $list"
		fi
		APT_AS=(sudo -n)
	fi
	packages_quiet_servers
	FAIL_HINT="Check the package sources and the network, or install by hand: apt-get install --no-install-recommends $list"
	"${APT_AS[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update
	"${APT_AS[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Options::=--force-confold install --no-install-recommends "${missing[@]}"
	FAIL_HINT=''
	note "installed: $list"
	packages_restore_servers
	packages_disable_servers
}

# Debian starts what it installs: nginx on port 80, a PostgreSQL cluster on
# 5432.  Neither is ours, so both are told not to while apt runs.
packages_quiet_servers() {
	QUIETED=no
	HAD_MAIN_CLUSTER=no
	[ ! -e /etc/postgresql/15/main ] || HAD_MAIN_CLUSTER=yes
	[ ! -e /usr/sbin/policy-rc.d ] || return 0
	QUIETED=yes
	printf '#!/bin/sh\nexit 101\n' | "${APT_AS[@]}" tee /usr/sbin/policy-rc.d >/dev/null
	"${APT_AS[@]}" chmod 0755 /usr/sbin/policy-rc.d
	EXIT_HOOK=packages_restore_servers
}

packages_restore_servers() {
	[ "$QUIETED" = yes ] || return 0
	QUIETED=no
	"${APT_AS[@]}" rm -f /usr/sbin/policy-rc.d
	EXIT_HOOK=''
}

# At the next boot they would start all the same.  The cluster is dropped only
# when the package made it a moment ago.
packages_disable_servers() {
	local name
	case " ${missing[*]} " in
	*" postgresql-15 "*)
		if [ "$HAD_MAIN_CLUSTER" = no ] && [ -e /etc/postgresql/15/main ]; then
			"${APT_AS[@]}" pg_dropcluster 15 main
		fi
		;;
	esac
	[ -d /run/systemd/system ] || return 0
	for name in nginx caddy; do
		case " ${missing[*]} " in
		*" $name "*) "${APT_AS[@]}" systemctl disable --now "$name" || true ;;
		esac
	done
}

# The user the programs run as, when root deploys.
packages_user() {
	is_root || return 0
	getent passwd moltis >/dev/null || useradd --system --user-group \
		--home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin \
		--comment 'Moltis' moltis
}
