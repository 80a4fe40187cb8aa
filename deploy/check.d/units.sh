# shellcheck shell=bash
#
# Helper functions of deploy/lib.

unit_reach() {
	local top=$WORK/reach
	mkdir -p "$top/open/deep" "$top/shut/deep"
	chmod 0755 "$WORK" "$top" "$top/open" "$top/open/deep" "$top/shut/deep"
	chmod 0700 "$top/shut"
	path_reachable "$top/open/deep"
	path_reachable "$top/open/not/yet"
	fails path_reachable "$top/shut/deep"
	fails path_reachable "$top/shut/not/yet"
	ln -s "$top/shut/deep" "$top/open/link"
	fails path_reachable "$(abs_path "$top/open/link")"
}

unit_reach_kernel() {
	local top=$WORK/reach
	path_reachable_as_nobody "$top/open/not/yet"
	fails path_reachable_as_nobody "$top/shut/deep"
}

unit_path_check() {
	local bad
	path_check folder "/srv/a b/c-d_e.f~+=@,ä"
	for bad in 'a"b' "a'b" 'a\b' 'a$b' 'a:b' 'a;b' 'a{b' 'a#b' 'a%b' $'a\nb'; do
		fails path_check folder "/srv/$bad"
	done
}

unit_quotes() {
	local text="it's \"a\" \\ \$b"
	equal "$(eval "printf %s $(sh_quote "$text")")" "$text"
	equal "$(conf_quote 'a "b" \c')" '"a \"b\" \\c"'
}

unit_conf_get() {
	local file=$WORK/get.conf
	cat >"$file" <<'CONF'
# tls: { cert_path = "no"; };
/* tls: { cert_path = "no"; }; */
providers: { x: { enabled = false; cert_path = "no"; models = [ "a", "b" ]; }; };
tls: {
	enabled = true; // tls.enabled = false
	cert_path = "/etc/a b/c.pem";
};
server = { external_url = "https://agents.example.com"; };
CONF
	equal "$(conf_get tls cert_path "$file")" "/etc/a b/c.pem"
	equal "$(conf_get tls enabled "$file")" true
	equal "$(conf_get tls key_path "$file")" ''
	equal "$(conf_get server external_url "$file")" https://agents.example.com
}

unit_options() {
	local file=$WORK/options
	options_defaults
	options_parse --port=9000 --conf "/a b.conf" --conf /c.conf --host localhost --edge-set RATE_API=5
	options_save "$file"
	OPT_CONF=() OPT_EDGE_SET=()
	options_defaults
	options_load "$file"
	options_parse --tls
	equal "$OPT_PORT/$OPT_TLS/$OPT_HOST/${OPT_CONF[*]}/${OPT_EDGE_SET[*]}" \
		"9000/yes/localhost//a b.conf /c.conf/RATE_API=5"
	options_parse --conf /only.conf
	equal "${OPT_CONF[*]}" /only.conf
	fails options_parse --port 0
	fails options_parse --port 65536
	fails options_parse --port x
	fails options_parse --port
	fails options_parse --edge apache
	fails options_parse --cert /x
	fails options_parse --no-tls --host agents.example.com
	fails options_parse --nonsense
}

# A remembered option is data, never a command.
unit_options_inert() {
	printf 'PORT=$(touch %s/owned)\nPATH=/x\nTLS=`id`\n' "$WORK" >"$WORK/evil"
	options_defaults
	local before=$PATH
	options_load "$WORK/evil"
	[ ! -e "$WORK/owned" ]
	equal "$PATH" "$before"
	fails options_check
}

unit_environment() {
	local out
	out=$(PGHOST=x PGSERVICE=y MOLTIS_FCGI_SOCKET=z MAKEFLAGS=-n LC_ALL=C bash -c \
		'. "$1/lib/base.sh"; env; umask' bash "$DEPLOY_DIR")
	absent -E '^(PGHOST|PGSERVICE|MOLTIS_|MAKEFLAGS)' <<<"$out"
	grep -qx LC_ALL=C.UTF-8 <<<"$out"
	grep -qx 0022 <<<"$out"
}

unit_hosts() {
	OPT_PORT=8080 OPT_PUBLIC=no OPT_HOST='' TLS_ON=no EXTRA_CONF=()
	conf_url
	equal "$URL $HOSTS" "http://127.0.0.1:8080 127.0.0.1:8080 localhost:8080 [::1]:8080"
	OPT_PORT=443 TLS_ON=yes OPT_HOST=agents.example.com
	conf_url
	equal "$URL" https://agents.example.com
	equal "$HOSTS" "agents.example.com 127.0.0.1 localhost [::1] moltis.localhost"
	equal "$(redirect_port)" 80
	OPT_PORT=8443
	equal "$(redirect_port)" 8444
}

unit_packages() {
	local file=$WORK/packages
	printf '# x\nrun no-such-package-a\nrun bash-is-here bash\nbuild no-such-package-b\n' >"$file"
	equal "$(packages_missing "$file" run)" no-such-package-a
	equal "$(packages_missing "$file" run build | tr '\n' ' ')" "no-such-package-a no-such-package-b "
}

unit_detached() {
	local out
	# A pipe's reader waits for every writer: what is started must be none.
	out=$(
		exec 7>&1
		start_detached "$WORK/detached.log" sleep 3
		printf started
	)
	equal "$out" started
	[ "$((SECONDS - START))" -lt 3 ]
}

unit_tls() {
	OPT_PUBLIC=no OPT_HOST=agents.example.com OPT_EDGE=nginx OPT_CERT='' STEP_NOTES=()
	CA_DIR=$WORK/ca TLS_DIR=$WORK/tls PUBLIC_DIR=$WORK/public
	local first ca
	mkdir -p "$PUBLIC_DIR"
	tls_make
	equal "$(stat -c %a "$CA_DIR" "$TLS_DIR" "$CA_DIR/ca.key" "$TLS_DIR/server.key" | tr '\n' ' ')" "700 700 600 600 "
	openssl verify -CAfile "$PUBLIC_DIR/ca.pem" "$TLS_DIR/server.pem"
	for first in agents.example.com localhost moltis.localhost; do
		equal "$(openssl x509 -in "$TLS_DIR/server.pem" -noout -checkhost "$first")" "Hostname $first does match certificate"
	done
	equal "$(openssl x509 -in "$TLS_DIR/server.pem" -noout -checkip ::1)" "IP ::1 does match certificate"
	absent 'PRIVATE KEY' "$PUBLIC_DIR/ca.pem"
	first=$(sha256sum <"$TLS_DIR/server.pem") ca=$(sha256sum <"$CA_DIR/ca.pem")
	tls_make
	equal "$(sha256sum <"$TLS_DIR/server.pem")" "$first"
	# 400 days ahead of a one-year certificate: renewed, the authority kept.
	TLS_RENEW_SECS=$((400 * 86400))
	tls_make
	fails equal "$(sha256sum <"$TLS_DIR/server.pem")" "$first"
	equal "$(sha256sum <"$CA_DIR/ca.pem")" "$ca"
}

# make and configure take no blank in a path.
unit_build_alias() {
	local alias
	CHECKOUT=$WORK/plain
	equal "$(build_alias)" "$WORK/plain"
	CHECKOUT="$WORK/with a blank"
	mkdir -p "$CHECKOUT"
	alias=$(build_alias)
	fails grep -q '[[:blank:]]' <<<"$alias"
	[ "$alias" -ef "$CHECKOUT" ]
	equal "$(stat -c %a "$(dirname "$alias")")" 700
	rm -rf -- "${alias%/src}"
	ln -s "$WORK" "${alias%/src}"
	fails build_alias
	rm -f -- "${alias%/src}"
}

START=$SECONDS
check 'a folder is reachable when every ancestor lets others pass' unit_reach
! is_root || check 'the kernel agrees about reachable folders' unit_reach_kernel
check 'paths that configuration files cannot carry are refused' unit_path_check
check 'values are quoted for sh and for libconfig' unit_quotes
check 'settings are read from libconfig files' unit_conf_get
check 'options are parsed, remembered and refused' unit_options
check 'remembered options are data' unit_options_inert
check 'libpq, MOLTIS_ and make variables of the caller are dropped' unit_environment
check 'external URL and served hosts follow the options' unit_hosts
check 'a checkout with a blank in its path is built by another name' unit_build_alias
check 'missing packages are found by group, commands count' unit_packages
START=$SECONDS
check 'a detached process holds no pipe of the caller' unit_detached
! command -v openssl >/dev/null || check 'certificates: modes, names, renewal, authority kept' unit_tls
