# shellcheck shell=bash
#
# The private PostgreSQL cluster: created once, reachable over a Unix socket
# only, peer authentication with a map from system users to roles.

PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}
PG_LOG_NAME=postgres.log

# Is the cluster's server running?  The pid file may be older than the last
# boot, so the process must also sit in our data folder, or have been told to
# (a root that may not trace cannot see where others sit).
db_running() {
	local pid
	pid=$(db_pid) || return 1
	is_alive "$pid" || return 1
	[ "/proc/$pid/cwd" -ef "$PG_DATA" ] || has_argument "$pid" "$PG_DATA"
}

db_pid() {
	local pid
	[ -f "$PG_DATA/postmaster.pid" ] || return 1
	read -r pid <"$PG_DATA/postmaster.pid" || return 1
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	printf '%s' "$pid"
}

db_create() {
	local fresh=$PG_DATA.new
	[ ! -d "$PG_DATA" ] || return 0
	# Made beside and renamed: half a cluster is never taken for a whole one.
	rm -rf -- "$fresh"
	make_dir "$fresh" 0700 "$PG_USER:$(id -gn "$PG_USER")"
	(cd / && run_as "$PG_USER" "$PG_BIN/initdb" --pgdata "$fresh" \
		--username postgres --encoding UTF8 --locale C.UTF-8 \
		--auth peer --data-checksums)
	mv -- "$fresh" "$PG_DATA"
}

# Writes standard input to a file of the cluster, as its owner: root does not
# write into folders that belong to others.
db_owned_file() {
	# shellcheck disable=SC2016
	run_as "$PG_USER" /bin/sh -c 'umask 077 && cat >"$1.new" && mv -f "$1.new" "$1"' sh "$PG_DATA/$1"
}

# Our settings live in a file of their own, so that an operator's changes to
# postgresql.conf after the include win.
db_settings() {
	db_owned_file moltis.conf <<SETTINGS
# Written by deploy/up at every run.  Put your own settings at the end of
# postgresql.conf.
listen_addresses = ''
unix_socket_directories = '"$PG_RUN"'
unix_socket_permissions = 0770
port = 5432
max_connections = 200
shared_buffers = '128MB'
max_wal_size = '2GB'
wal_compression = on
fsync = on
full_page_writes = on
synchronous_commit = on
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %u '
log_min_duration_statement = '1s'
# Values may be messages or keys; statements carry none of their own.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
SETTINGS
	# shellcheck disable=SC2016
	grep -q "^include 'moltis.conf'" "$PG_DATA/postgresql.conf" ||
		printf "\ninclude 'moltis.conf'\n" | run_as "$PG_USER" /bin/sh -c 'cat >>"$1"' sh "$PG_DATA/postgresql.conf"
	db_owned_file pg_hba.conf <<'HBA'
# Written by deploy/up at every run: nothing but the socket, and who you are
# there decides which role you may take (pg_ident.conf).
local all all peer map=moltis
HBA
	db_ident | db_owned_file pg_ident.conf
}

# The programs' user may not become the owner; who deploys may become all.
db_ident() {
	local user role
	printf '# Written by deploy/up at every run.\n'
	for role in postgres moltis_owner moltis_api moltis_worker; do
		printf 'moltis "%s" %s\n' "$ME_USER" "$role"
	done
	if is_root; then
		printf 'moltis %s postgres\n' "$PG_USER"
		for role in moltis_api moltis_worker; do
			printf 'moltis %s %s\n' "$APP_USER" "$role"
		done
	fi
}

db_start() {
	local pid
	FAIL_LOG=$LOG_DIR/$PG_LOG_NAME
	if db_running; then
		run_as "$PG_USER" "$PG_BIN/pg_ctl" -D "$PG_DATA" reload
		db_wait
		return 0
	fi
	# Left by a crash or a reboot; the number may belong to anybody now.
	if pid=$(db_pid); then
		note "removed the pid file of a server that is no longer there (process $pid)"
	fi
	rm -f -- "$PG_DATA/postmaster.pid" "$PG_RUN"/.s.PGSQL.5432*
	touch "$FAIL_LOG"
	if is_root && [ "$PG_USER" != "$ME_USER" ]; then
		start_detached "$FAIL_LOG" setpriv --reuid "$PG_USER" \
			--regid "$(id -gn "$PG_USER")" --init-groups -- \
			env -i PATH=/usr/bin:/bin LANG=C.UTF-8 \
			"$PG_BIN/postgres" -D "$PG_DATA"
	else
		start_detached "$FAIL_LOG" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 \
			"$PG_BIN/postgres" -D "$PG_DATA"
	fi
	db_wait
}

# Recovery after a crash can take a while; a server that ended does not.
db_wait() {
	local i=0 seen=no
	while ! run_as "$PG_USER" "$PG_BIN/pg_isready" -q -h "$PG_RUN" -d postgres; do
		if db_running; then
			seen=yes
		elif [ "$seen" = yes ] || [ "$i" -ge 50 ]; then
			die "PostgreSQL did not start" "Read $FAIL_LOG."
		fi
		[ "$i" -lt 1200 ] || die "PostgreSQL did not answer in 120 s" "Read $FAIL_LOG."
		sleep 0.1
		i=$((i + 1))
	done
	FAIL_LOG=''
}

# As superuser, over the socket.
db_psql() {
	run_as "$PG_USER" psql -X -q -v ON_ERROR_STOP=1 -h "$PG_RUN" -U postgres "$@"
}

db_roles() {
	(
		cd /
		db_psql -d postgres <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', r)
FROM unnest(ARRAY['moltis_owner', 'moltis_api', 'moltis_worker']) AS r
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
ALTER ROLE moltis_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE moltis_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE moltis_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
SELECT format('GRANT %I TO moltis_owner', r)
FROM unnest(ARRAY['moltis_api', 'moltis_worker']) AS r
WHERE NOT pg_has_role('moltis_owner', r, 'MEMBER') \gexec
SELECT 'CREATE DATABASE moltis OWNER moltis_owner TEMPLATE template0 ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'moltis') \gexec
REVOKE ALL ON DATABASE moltis FROM PUBLIC;
GRANT CONNECT ON DATABASE moltis TO moltis_api, moltis_worker;
SQL
	)
}

db_stop() {
	local i=0
	db_running || return 0
	run_as "$PG_USER" "$PG_BIN/pg_ctl" -D "$PG_DATA" -m fast -s -w -t 60 stop || true
	while db_running; do
		[ "$i" -lt 100 ] || return 1
		sleep 0.1
		i=$((i + 1))
	done
}

step_database() {
	db_create
	db_settings
	db_start
	db_roles
}
