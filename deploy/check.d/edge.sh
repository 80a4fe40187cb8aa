# shellcheck shell=bash
#
# Both edges answering with nothing behind them: what they refuse and serve by
# themselves, and what every answer carries.

# Prints a port nobody listens on, and its successor is free as well.
free_port() {
	local port=$((20000 + RANDOM % 20000))
	while [ -n "$(port_inodes "$port")$(port_inodes "$((port + 1))")" ]; do
		port=$((port + 2))
	done
	printf '%s' "$port"
}

edge_up() {
	local kind=$1 i=0
	P=$(free_port)
	local -a settings=("${RENDER_COMMON[@]}" "URL=https://localhost:$P" "HOSTS=agents.example.com:$P" "LISTEN=127.0.0.1:$P"
		"REDIRECT_LISTEN=127.0.0.1:$((P + 1))" "CERT=$WORK/edge tls/server.pem" "KEY=$WORK/edge tls/server.key"
		"CA_FILE=$WORK/edge tls/ca.pem")
	case $kind in
	nginx)
		! is_root || settings+=(USER=root)
		"$DEPLOY_DIR/render" nginx-main "${settings[@]}" >"$WORK/live.conf"
		nginx -e "$WORK/edge.log" -c "$WORK/live.conf" -g 'daemon off;' &
		;;
	caddy)
		"$DEPLOY_DIR/render" caddy "${settings[@]}" >"$WORK/Live"
		env "HOME=$WORK" "XDG_DATA_HOME=$WORK/xdg" "XDG_CONFIG_HOME=$WORK/xdg" \
			caddy run --config "$WORK/Live" --adapter caddyfile >"$WORK/caddy.log" 2>&1 &
		;;
	esac
	EDGE=$!
	CHILDREN+=("$EDGE")
	until [ -n "$(port_inodes "$P")" ]; do
		[ "$i" -lt 100 ] || return 1
		i=$((i + 1))
		sleep 0.1
	done
}

edge_down() {
	kill -TERM "$EDGE"
	wait "$EDGE" 2>/dev/null
}

get() {
	rm -f "$WORK/head" "$WORK/body"
	touch "$WORK/head" "$WORK/body"
	curl -q --silent --noproxy '*' --max-time 10 --cacert "$WORK/edge tls/ca.pem" --dump-header "$WORK/head" \
		--output "$WORK/body" --write-out '%{http_code}' "$@"
}

# Sends raw bytes to the TLS port and prints the status line.
raw() {
	local answer
	answer=$(printf '%b' "$1" | timeout 10 openssl s_client -quiet -ign_eof -connect "127.0.0.1:$P" 2>/dev/null | tr -d '\0\r') || true
	printf '%s\n' "${answer%%$'\n'*}"
}

# refused STATUS REQUEST: the status line of a raw request.
refused() {
	local line
	line=$(raw "$2")
	[[ $line =~ ^HTTP/1\.[01]\ $1\  ]] || {
		printf 'answer: %s\nrequest: %s\n' "$line" "$2"
		return 1
	}
}

# The error shape: error, code, request_id (a UUID), and the headers of data.
edge_error() {
	local wanted=$1 code=$2
	shift 2
	equal "$(get "$@")" "$wanted"
	grep -qE "^\{\"error\":\"[^\"]+\",\"code\":\"$code\",\"request_id\":\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"" "$WORK/body" || {
		printf 'wanted code: %s\nbody: %s\n' "$code" "$(cat "$WORK/body")"
		return 1
	}
	grep -qi '^content-type: application/json' "$WORK/head"
	grep -qi '^cache-control: no-store' "$WORK/head"
	grep -qi '^x-request-id: ' "$WORK/head"
	grep -qi '^x-content-type-options: nosniff' "$WORK/head"
}

edge_page() {
	local path
	for path in / /chat/some/where /index.html; do
		equal "$(get "https://localhost:$P$path")" 200
		grep -q '<title>page' "$WORK/body"
		grep -qi "^content-security-policy: default-src 'self'; script-src 'self'; style-src 'self';.*connect-src 'self' wss://localhost:$P;.*frame-ancestors 'none'" "$WORK/head"
		grep -qi '^cache-control: no-cache' "$WORK/head"
		grep -qi '^x-frame-options: DENY' "$WORK/head"
		grep -qi '^referrer-policy: strict-origin-when-cross-origin' "$WORK/head"
		grep -qi '^permissions-policy: ' "$WORK/head"
		grep -qi '^cross-origin-opener-policy: same-origin' "$WORK/head"
		grep -qi '^cross-origin-resource-policy: same-origin' "$WORK/head"
	done
	absent -i unsafe "$WORK/head"
}

edge_assets() {
	equal "$(get "https://localhost:$P/assets/app-1.js")" 200
	grep -qi '^cache-control: .*immutable' "$WORK/head"
	grep -qi '^content-type: text/javascript' "$WORK/head"
	equal "$(get "https://localhost:$P/assets/none.js")" 404
	absent -i immutable "$WORK/head"
}

edge_hsts() {
	get "https://localhost:$P/" >/dev/null
	absent -i '^strict-transport' "$WORK/head"
	get --resolve "agents.example.com:$P:127.0.0.1" "https://agents.example.com:$P/" >/dev/null
	grep -qi '^strict-transport-security: max-age=31536000' "$WORK/head"
}

edge_traversal() {
	local path
	for path in /assets../secret.txt /assets/../../secret.txt /..%2f..%2fsecret.txt /assets/..%2f..%2f..%2fsecret.txt \
		/.stamp /assets/%2e%2e/.stamp //..//secret.txt /certs/../.stamp /certs/server.key; do
		get --path-as-is "https://localhost:$P$path" >/dev/null
		absent -e secret -e 'PRIVATE KEY' "$WORK/body"
	done
}

edge_hosts() {
	local host
	for host in evil.example "evil.example:$P" localhost "localhost:1" "localhost.:$P" "x.localhost:$P" "169.254.169.254:$P"; do
		edge_error 421 MISDIRECTED -H "Host: $host" "https://localhost:$P/api/status"
	done
	equal "$(get -H "Host: LOCALHOST:$P" "https://localhost:$P/")" 200
}

edge_methods() {
	local method
	for method in TRACE PROPFIND FOO; do
		edge_error 405 METHOD_NOT_ALLOWED -X "$method" "https://localhost:$P/api/status"
	done
	edge_error 405 METHOD_NOT_ALLOWED -X POST -d x "https://localhost:$P/"
}

edge_sizes() {
	# HTTP/1.1, where a client asks before it sends: over HTTP/2 the answer can
	# be lost with the stream.
	head -c 2097153 /dev/zero >"$WORK/big"
	edge_error 413 PAYLOAD_TOO_LARGE --http1.1 --data-binary "@$WORK/big" "https://localhost:$P/api/status"
	# The same body is welcome as an upload; there is only nobody to take it.
	edge_error 503 UNAVAILABLE --http1.1 --data-binary "@$WORK/big" "https://localhost:$P/api/sessions/main/workspace/file"
	head -c 26214401 /dev/zero >"$WORK/big"
	edge_error 413 PAYLOAD_TOO_LARGE --http1.1 --data-binary "@$WORK/big" "https://localhost:$P/api/sessions/main/workspace/file"
	rm -f "$WORK/big"
}

edge_duplicates() {
	local get="GET /api/status HTTP/1.1\r\nHost: localhost:$P\r\nConnection: close\r\n"
	local post="POST /api/x HTTP/1.1\r\nHost: localhost:$P\r\nConnection: close\r\n"
	refused 503 "${get}Origin: https://a\r\n\r\n"
	refused 400 "${get}Host: localhost:$P\r\n\r\n"
	refused 400 "${get}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"
	refused 400 "${get}Cookie: moltis_session=a\r\nCookie: moltis_session=b\r\n\r\n"
	refused 400 "${get}Origin: https://a, https://b\r\n\r\n"
	refused 400 "${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
	refused 400 "${post}Content-Length: -3\r\n\r\n"
	refused 400 "${post}Content-Length: 99999999999999999999\r\n\r\n"
	refused '(400|501)' "${post}Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n"
}

edge_closed() {
	edge_error 503 UNAVAILABLE "https://localhost:$P/api/status"
	grep -qi '^retry-after: 1' "$WORK/head"
	edge_error 503 UNAVAILABLE "https://localhost:$P/health"
	edge_error 503 UNAVAILABLE "https://localhost:$P/ws"
	edge_error 403 FORBIDDEN "https://localhost:$P/metrics"
	edge_error 404 NOT_FOUND "https://localhost:$P/ws/other"
	edge_error 404 NOT_FOUND "https://localhost:$P/certs/other"
}

edge_redirect() {
	equal "$(get "http://localhost:$((P + 1))/a?b=c")" 308
	grep -qi "^location: https://localhost:$P/a?b=c" "$WORK/head"
	get -H 'Host: evil.example' "http://localhost:$((P + 1))//evil.example" >/dev/null
	grep -qi "^location: https://localhost:$P//evil.example" "$WORK/head"
	equal "$(get "http://localhost:$((P + 1))/certs/ca.pem")" 200
	grep -q 'BEGIN CERTIFICATE' "$WORK/body"
}

edge_tls_versions() {
	local out
	out=$(openssl s_client -connect "127.0.0.1:$P" -tls1_2 </dev/null 2>/dev/null) || true
	grep -q 'Protocol  : TLSv1.2' <<<"$out"
	grep -q 'Cipher    : ECDHE' <<<"$out"
	# At this level Debian's OpenSSL offers the old version itself.
	out=$(openssl s_client -connect "127.0.0.1:$P" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null 2>&1) || true
	grep -q 'alert protocol version' <<<"$out"
}

edge_log() {
	local log=$1
	get -H 'Authorization: Bearer mk_top-secret' -H 'Cookie: moltis_session=top-secret' -H 'Referer: https://localhost/top-secret' \
		"https://localhost:$P/api/status?key=top-secret" >/dev/null
	sleep 0.2
	grep -q '/api/status' "$log"
	absent 'top-secret' "$log"
}

edge_checks() {
	local kind=$1 log=$2
	if ! edge_up "$kind"; then
		check "$kind starts" false
		return 0
	fi
	check "$kind: page, its paths and its headers" edge_page
	check "$kind: assets are immutable, missing ones are not" edge_assets
	check "$kind: HSTS for real names, not for localhost" edge_hsts
	check "$kind: nothing outside the page is read" edge_traversal
	check "$kind: other hosts are refused with 421" edge_hosts
	check "$kind: other methods are refused with 405" edge_methods
	check "$kind: bodies over 2 MiB and uploads over 25 MiB are refused with 413" edge_sizes
	check "$kind: repeated and malformed headers are refused" edge_duplicates
	check "$kind: with nothing behind it, errors have the API's shape" edge_closed
	check "$kind: plain HTTP only redirects to the configured name" edge_redirect
	check "$kind: TLS 1.2 works, 1.1 does not" edge_tls_versions
	check "$kind: neither query strings nor secrets are logged" edge_log "$log"
	edge_down
}

! command -v nginx >/dev/null || edge_checks nginx "$WORK/access.log"
! command -v caddy >/dev/null || edge_checks caddy "$WORK/caddy.log"
