# shellcheck shell=bash
#
# The rendered configurations and the scripts themselves.

RENDER_COMMON=("WEB=$WORK/web root" "FCGI_SOCKET=$WORK/run a/fcgi.sock" "WORKER_SOCKET=$WORK/run a/worker.sock"
	"RUN_DIR=$WORK/edge" "ACCESS_LOG=$WORK/access.log" "ERROR_LOG=$WORK/edge.log")
RENDER_HTTP=(URL=http://127.0.0.1:8080 HOSTS="localhost:8080 [::1]:8080" "LISTEN=127.0.0.1:8080")
RENDER_TLS=(URL=https://agents.example.com "LISTEN=127.0.0.1:8443" REDIRECT_LISTEN=127.0.0.1:8444
	"CERT=$WORK/edge tls/server.pem" "KEY=$WORK/edge tls/server.key" "CA_FILE=$WORK/edge tls/ca.pem")

render_files() {
	mkdir -p "$WORK/web root/assets" "$WORK/edge" "$WORK/edge tls" "$WORK/run a"
	printf '<!doctype html><title>page</title>' >"$WORK/web root/index.html"
	printf 'x = 1' >"$WORK/web root/assets/app-1.js"
	printf 'secret' >"$WORK/web root/.stamp"
	printf 'secret' >"$WORK/secret.txt"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,DNS:agents.example.com' \
		-keyout "$WORK/edge tls/server.key" -out "$WORK/edge tls/server.pem" 2>/dev/null
	cp "$WORK/edge tls/server.pem" "$WORK/edge tls/ca.pem"
}

render_nginx() {
	"$DEPLOY_DIR/render" nginx-main "${RENDER_COMMON[@]}" "$@" >"$WORK/nginx.conf"
	absent -nE '@[A-Z_]+@|^#(if|end|include|each)' "$WORK/nginx.conf"
	nginx -t -q -e stderr -c "$WORK/nginx.conf"
}

render_caddy() {
	"$DEPLOY_DIR/render" caddy "${RENDER_COMMON[@]}" "$@" >"$WORK/Caddyfile"
	absent -nE '@[A-Z_]+@|^#(if|end|include|each)' "$WORK/Caddyfile"
	env "HOME=$WORK" "XDG_DATA_HOME=$WORK/xdg" "XDG_CONFIG_HOME=$WORK/xdg" \
		caddy validate --config "$WORK/Caddyfile" --adapter caddyfile
}

# One fastcgi_param more in a nested block would drop the whole list; Debian's
# own list must not come in.
render_params() {
	local list
	"$DEPLOY_DIR/render" nginx "${RENDER_COMMON[@]}" "${RENDER_HTTP[@]}" >"$WORK/site.conf"
	absent -E 'include|fastcgi_params' <(grep -v '^[[:space:]]*#' "$WORK/site.conf")
	equal "$(grep -c 'fastcgi_pass ' "$WORK/site.conf")" 4
	equal "$(grep -c 'fastcgi_param REQUEST_URI ' "$WORK/site.conf")" 4
	equal "$(grep -c 'fastcgi_param HTTP_PROXY "";' "$WORK/site.conf")" 4
	equal "$(grep -c 'fastcgi_ignore_headers X-Accel-Redirect' "$WORK/site.conf")" 4
	list=$(grep -c 'Content-Security-Policy' "$WORK/site.conf")
	[ "$list" -ge 10 ]
	absent 'add_header Strict-Transport-Security' "$WORK/site.conf"
}

# TLS ended by somebody before us: the programs still hear of https.
render_outer_tls() {
	"$DEPLOY_DIR/render" nginx "${RENDER_COMMON[@]}" URL=https://agents.example.com TLS=off LISTEN=127.0.0.1:8080 >"$WORK/outer.conf"
	equal "$(grep -c 'fastcgi_param HTTPS on;' "$WORK/outer.conf")" 4
}

shell_files() {
	local file
	for file in "$DEPLOY_DIR"/*; do
		[ -f "$file" ] && head -n 1 "$file" | grep -q '^#!/bin/bash' && printf '%s\n' "$file"
	done
	printf '%s\n' "$DEPLOY_DIR"/lib/*.sh "$DEPLOY_DIR"/check.d/*.sh
}

shell_syntax() {
	local file
	while IFS= read -r file; do
		bash -n "$file"
	done < <(shell_files)
}

# SC2034, SC2154: variables cross files.  SC2015: A && B || die is our idiom.
shell_lint() {
	local -a files=()
	mapfile -t files < <(shell_files)
	shellcheck -S warning -e SC1090,SC2034,SC2154,SC2015 "${files[@]}"
}

render_files
check 'scripts parse' shell_syntax
! have shellcheck || check 'shellcheck is content' shell_lint
refuse 'render refuses an unknown setting' "$DEPLOY_DIR/render" nginx URL=http://127.0.0.1 NOSUCH=1
refuse 'render refuses a URL with a path' "$DEPLOY_DIR/render" nginx URL=https://a.example/b
refuse 'render refuses TLS without a certificate' "$DEPLOY_DIR/render" nginx URL=https://a.example
refuse 'render refuses a value that ends a directive' "$DEPLOY_DIR/render" nginx URL=http://127.0.0.1 'WEB=/x;y'
refuse 'render refuses a value with a variable' "$DEPLOY_DIR/render" nginx URL=http://127.0.0.1 'WEB=/x$y'
check 'the whole parameter list stands in every FastCGI location' render_params
check 'TLS ended before nginx is passed on as https' render_outer_tls
if have nginx; then
	check 'nginx accepts the HTTP configuration' render_nginx "${RENDER_HTTP[@]}"
	check 'nginx accepts the HTTPS configuration' render_nginx "${RENDER_TLS[@]}"
	check 'nginx accepts a site beside others' render_nginx "${RENDER_TLS[@]}" DEFAULT_SERVER=off
fi
if have caddy; then
	check 'Caddy accepts the HTTP configuration' render_caddy "${RENDER_HTTP[@]}"
	check 'Caddy accepts the HTTPS configuration' render_caddy "${RENDER_TLS[@]}"
	check 'Caddy accepts its internal authority' render_caddy URL=https://agents.example.com LISTEN=127.0.0.1:8443 TLS_INTERNAL=on
fi
