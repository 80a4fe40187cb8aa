# shellcheck shell=bash
#
# Where things are: the state folder, what other users must reach of it, and
# the folders with their owners.  See deploy/README.md for the layout.
#
#   STATE  env, options, log, and links; readable by who runs the deployment
#   BASE   app, conf, run, pg, tls; STATE itself, or a folder below
#          /var/lib/moltis when other users could not enter STATE

SHARED_ROOT=${SHARED_ROOT:-/var/lib/moltis}
# sun_path holds 108 bytes; the longest name below run/ is
# /pg/.s.PGSQL.5432.lock.
RUN_PATH_MAX=80

# Makes a path absolute and free of links, also when it does not exist yet.
abs_path() {
	realpath -m -- "$1"
}

# The characters of a path end up in nginx, libconfig and libpq settings.
path_check() {
	local what=$1 path=$2
	case $path in
	*[[:cntrl:]]* | *[\'\"\\\$:\;{}\#%]*)
		die "$what \"$path\" has a character that configuration files cannot carry (one of ' \" \\ \$ : ; { } # % or a control character)" \
			"Choose another folder."
		;;
	esac
}

# Can a user who is neither owner nor in the group enter DIR?  Every ancestor
# must let others pass.  Folders that do not exist yet will be made 0755.
path_reachable() {
	local dir=$1 mode
	while :; do
		if [ -e "$dir" ]; then
			mode=$(stat -L -c %a -- "$dir")
			[ $((8#$mode & 1)) -ne 0 ] || return 1
		fi
		[ "$dir" != / ] || return 0
		dir=$(dirname -- "$dir")
	done
}

# The same asked of the kernel, which also knows access lists and mount
# options: the nearest existing folder as user nobody.
path_reachable_as_nobody() {
	local dir=$1
	while [ ! -e "$dir" ]; do
		dir=$(dirname -- "$dir")
	done
	(cd / && setpriv --reuid 65534 --regid 65534 --clear-groups -- \
		/bin/sh -c 'cd -- "$1"' sh "$dir") 2>/dev/null
}

path_hash() {
	printf '%s' "$1" | sha256sum | cut -c 1-12
}

# Decides BASE for STATE.  The link STATE/shared remembers the decision, so
# that data never moves by itself.
paths_base() {
	local n=1 name
	BASE=$STATE
	if [ -L "$STATE/shared" ]; then
		BASE=$(realpath -m -- "$STATE/shared")
		return 0
	fi
	is_root || return 0
	if path_reachable "$STATE" && path_reachable_as_nobody "$STATE"; then
		return 0
	fi
	[ ! -d "$STATE/pg" ] || die \
		"$STATE holds a database, but users other than root can no longer enter it" \
		"Let others pass again (chmod o+x on the folder and its ancestors)."
	name=$SHARED_ROOT/$(path_hash "$STATE")
	BASE=$name
	# Left by a state folder that was deleted: somebody's data, not ours.
	while [ -e "$BASE" ]; do
		note "$BASE belongs to an earlier, deleted state folder; remove it when nobody needs it"
		n=$((n + 1))
		BASE=$name-$n
	done
	note "other users cannot enter $STATE: the database and what they must read go to $BASE"
}

# Sockets need a short path.
paths_run() {
	local short
	RUN=$BASE/run
	[ "${#RUN}" -gt "$RUN_PATH_MAX" ] || return 0
	if is_root; then
		short=$SHARED_ROOT/run-$(path_hash "$BASE")
	else
		short=/tmp/moltis-$ME_UID-$(path_hash "$BASE")
	fi
	mkdir -p -- "$(dirname -- "$short")"
	mkdir -m 0755 -- "$short" 2>/dev/null || true
	if [ -L "$short" ] || [ ! -O "$short" ]; then
		die "$short is not ours" "Remove it, or choose a shorter --state folder."
	fi
	RUN=$short
}

# Sets every path that the other files use.  NEW=yes makes the folders.
paths_set() {
	APP=$BASE/app
	CONF_DIR=$BASE/conf
	PG_DATA=$BASE/pg
	PG_RUN=$RUN/pg
	APP_RUN=$RUN/app
	EDGE_RUN=$RUN/edge
	KEEP_RUN=$RUN/keep
	CA_DIR=$BASE/ca
	TLS_DIR=$BASE/tls
	PUBLIC_DIR=$BASE/public
	LOG_DIR=$STATE/log
	WEB_DIR=$APP/share/moltis/web
	DEPLOY_LOG=$LOG_DIR/deploy.log
	FCGI_SOCKET=$APP_RUN/fcgi.sock
	WORKER_SOCKET=$APP_RUN/worker.sock
	FCGI_PID_FILE=$APP_RUN/fcgi.pid
	WORKER_PID_FILE=$APP_RUN/worker.pid
	SANDBOX_RUN=$RUN/sandbox
	SANDBOX_SOCKET=$SANDBOX_RUN/sandboxd.sock
	SANDBOX_PID_FILE=$SANDBOX_RUN/sandboxd.pid
	SANDBOX_STATE=$BASE/sandbox
	EDGE_PID_FILE=$EDGE_RUN/nginx.pid
	MAIN_CONF=$CONF_DIR/moltis.conf
}

# For scripts that only look: where an existing deployment has its things.
# Fails when there is none.
paths_find() {
	STATE=$(abs_path "$1")
	BASE=$STATE
	[ ! -L "$STATE/shared" ] || BASE=$(realpath -m -- "$STATE/shared")
	[ -e "$BASE/run" ] || return 1
	paths_run
	paths_set
}

# Users by duty.
users_set() {
	if is_root; then
		PG_USER=postgres
		APP_USER=moltis
	else
		PG_USER=$ME_USER
		APP_USER=$ME_USER
	fi
	edge_user_set
}

edge_user_set() {
	EDGE_USER=$ME_USER
	EDGE_GROUP=$(id -gn)
	if is_root; then
		case ${OPT_EDGE:-nginx} in
		caddy) EDGE_USER=caddy ;;
		*) EDGE_USER=www-data ;;
		esac
		EDGE_GROUP=$EDGE_USER
	fi
}

# Makes DIR with MODE and, for root, OWNER.
make_dir() {
	local dir=$1 mode=$2 owner=$3
	mkdir -p -- "$dir"
	if is_root; then
		chown "$owner" "$dir"
	fi
	chmod "$mode" "$dir"
}

# State folder first: the log must be there before the first step.
paths_make_state() {
	mkdir -p -- "$STATE/log" || die "cannot create $STATE" \
		"Choose a folder you may write to with --state DIR."
	[ -w "$STATE" ] || die "cannot write to $STATE" \
		"Choose a folder you may write to with --state DIR."
	[ -O "$STATE" ] || is_root || die "$STATE belongs to another user" \
		"Run as that user, or choose another folder with --state DIR."
	chmod 0750 "$STATE/log"
}

paths_make_base() {
	if [ "$BASE" != "$STATE" ]; then
		make_dir "$SHARED_ROOT" 0755 root:root
		make_dir "$BASE" 0755 root:root
		ln -sfn -- "$BASE" "$STATE/shared"
	fi
	mkdir -p -- "$APP" "$CONF_DIR" "$RUN" "$KEEP_RUN"
	chmod 0755 "$APP" "$CONF_DIR" "$RUN" "$KEEP_RUN"
	if [ "$RUN" != "$BASE/run" ]; then
		rmdir -- "$BASE/run" 2>/dev/null || true
		ln -sfn -- "$RUN" "$BASE/run"
	fi
}

# Folders of the programs; after the packages, which bring the users.
paths_make_users() {
	local app_group=$APP_USER
	is_root || app_group=$(id -gn)
	# Set group id: sockets made here belong to the edge's group.
	make_dir "$APP_RUN" 2750 "$APP_USER:$EDGE_GROUP"
	# Set group id again: the sandbox daemon's socket is for the worker's
	# group, and nobody else comes near it.
	make_dir "$SANDBOX_RUN" 2750 "$ME_USER:$app_group"
	make_dir "$SANDBOX_STATE" 0711 "$ME_USER:$(id -gn)"
	make_dir "$PG_RUN" 2750 "$PG_USER:$app_group"
	make_dir "$EDGE_RUN" 0755 "$ME_USER:$(id -gn)"
	make_dir "$PUBLIC_DIR" 0755 "$ME_USER:$(id -gn)"
	APP_GROUP=$app_group
}
