# shellcheck shell=bash
#
# Certificates made here when none is given: a local authority (10 years) and
# a server certificate (1 year).  Keys are 0600 in folders of mode 0700; files
# are replaced by rename; a certificate is renewed when less than 30 days are
# left or its names have changed; the authority is kept.

TLS_RENEW_SECS=$((30 * 86400))

# Prints the subjectAltName of this deployment.
tls_names() {
	local name list='' host
	host=$(tls_host_name)
	for name in "$host" localhost moltis.localhost "$OPT_HOST"; do
		[ -n "$name" ] || continue
		case ",$list," in *",DNS:$name,"*) continue ;; esac
		list+=${list:+,}DNS:$name
	done
	list+=,IP:127.0.0.1,IP:::1
	if [ "$OPT_PUBLIC" = yes ]; then
		for name in $(host_addresses); do
			list+=,IP:$name
		done
	fi
	printf '%s' "$list"
}

tls_host_name() {
	local name
	name=$(hostname -f 2>/dev/null || hostname 2>/dev/null || uname -n)
	name=${name,,}
	case $name in
	*[!a-z0-9.-]* | '') name=localhost ;;
	esac
	printf '%s' "$name"
}

# Addresses of this machine that people may type, one a line.
host_addresses() {
	local address
	for address in $(hostname -I 2>/dev/null); do
		case $address in
		*.*) printf '%s\n' "$address" ;;
		fe80:*) ;;
		*:*) printf '%s\n' "$address" ;;
		esac
	done
}

# Puts standard input into TLS_DIR as NAME.  Written where only we may and
# renamed over: the folder can belong to the edge's user.
tls_put() {
	write_file "$CA_DIR/$1.out" 0600 "$TLS_OWNER"
	mv -fT -- "$CA_DIR/$1.out" "$TLS_DIR/$1"
}

tls_key() {
	(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1")
}

tls_fresh() {
	openssl x509 -in "$1" -noout -checkend "$TLS_RENEW_SECS" >/dev/null 2>&1
}

tls_ca() {
	if [ -f "$CA_DIR/ca.key" ] && tls_fresh "$CA_DIR/ca.pem"; then
		return 0
	fi
	note "made a local certificate authority; browsers trust it after importing /certs/ca.pem"
	tls_key "$CA_DIR/ca.key.new"
	(umask 077 && openssl req -x509 -new -key "$CA_DIR/ca.key.new" -sha256 -days 3650 \
		-subj "/CN=Moltis local authority ($(tls_host_name))" \
		-addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
		-addext 'keyUsage=critical,keyCertSign,cRLSign' \
		-out "$CA_DIR/ca.pem.new")
	mv -f -- "$CA_DIR/ca.key.new" "$CA_DIR/ca.key"
	mv -f -- "$CA_DIR/ca.pem.new" "$CA_DIR/ca.pem"
	rm -f -- "$TLS_DIR/server.pem"
}

tls_server() {
	local names work
	names=$(tls_names)
	if [ -f "$TLS_DIR/server.key" ] && tls_fresh "$TLS_DIR/server.pem" &&
		[ "$(cat "$TLS_DIR/names" 2>/dev/null)" = "$names" ] &&
		openssl verify -CAfile "$CA_DIR/ca.pem" "$TLS_DIR/server.pem" >/dev/null 2>&1; then
		return 0
	fi
	note "made a server certificate for $names"
	work=$CA_DIR/work
	rm -rf -- "$work"
	mkdir -m 0700 -- "$work"
	tls_key "$work/server.key"
	openssl req -new -key "$work/server.key" -subj "/CN=${OPT_HOST:-$(tls_host_name)}" -out "$work/csr"
	{
		printf 'basicConstraints=critical,CA:FALSE\n'
		printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
		printf 'subjectAltName=%s\n' "$names"
	} >"$work/ext"
	openssl x509 -req -in "$work/csr" -CA "$CA_DIR/ca.pem" -CAkey "$CA_DIR/ca.key" \
		-set_serial "0x$(openssl rand -hex 16)" -sha256 -days 365 -extfile "$work/ext" -out "$work/cert"
	cat -- "$work/cert" "$CA_DIR/ca.pem" | tls_put server.pem
	tls_put server.key <"$work/server.key"
	printf '%s\n' "$names" | tls_put names
	rm -rf -- "$work"
}

# A given pair is copied, so that the edge's user can read it.
tls_given() {
	local key
	key=$(openssl pkey -in "$OPT_KEY" -pubout 2>/dev/null) ||
		die "--key $OPT_KEY is not a private key without a passphrase" "Give a PEM key."
	[ "$(openssl x509 -in "$OPT_CERT" -noout -pubkey 2>/dev/null)" = "$key" ] ||
		die "--cert $OPT_CERT does not belong to --key $OPT_KEY" "Give a matching pair, PEM."
	tls_put server.pem <"$OPT_CERT"
	tls_put server.key <"$OPT_KEY"
	rm -f -- "$TLS_DIR/names" "$PUBLIC_DIR/ca.pem"
	openssl x509 -in "$OPT_CERT" -noout -checkend "$TLS_RENEW_SECS" >/dev/null ||
		note "the given certificate ends within 30 days"
}

# nginx reads keys as root; Caddy runs as its own user and reads them itself.
tls_make() {
	TLS_OWNER=$ME_USER:$(id -gn)
	if is_root && [ "$OPT_EDGE" = caddy ]; then
		TLS_OWNER=caddy:caddy
	fi
	make_dir "$CA_DIR" 0700 "$ME_USER:$(id -gn)"
	make_dir "$TLS_DIR" 0700 "$TLS_OWNER"
	if [ -n "$OPT_CERT" ]; then
		tls_given
		return 0
	fi
	tls_ca
	tls_server
	if is_root; then
		chown -h "$TLS_OWNER" "$TLS_DIR"/*
	fi
	write_file "$PUBLIC_DIR/ca.pem" 0644 <"$CA_DIR/ca.pem"
}
