# shellcheck shell=bash
#
# Builds the programs and the page from the checkout and installs both below
# APP.  Incremental: what has not changed is not built again.

step_build() {
	local dir=$CHECKOUT/build
	FAIL_HINT="Mend what the compiler says above; the whole output is in $DEPLOY_LOG."
	if [ -n "$OPT_BUILD" ]; then
		dir=$OPT_BUILD
		[ -f "$dir/Makefile" ] || die "$dir is not a build folder (no Makefile)" \
			"Run configure and make there, or leave --build out."
		build_copy "$dir"
	else
		build_make "$dir"
	fi
	FAIL_HINT=''
}

# Prints a name of the checkout that make and configure can work with: neither
# takes a blank in a path.  The link sits in a folder that only we may change.
build_alias() {
	local dir
	case $CHECKOUT in
	*[[:blank:]]*) ;;
	*)
		printf '%s' "$CHECKOUT"
		return 0
		;;
	esac
	dir=/tmp/moltis-src-$ME_UID-$(path_hash "$CHECKOUT")
	mkdir -m 0700 -- "$dir" 2>/dev/null || true
	if [ -L "$dir" ] || [ ! -O "$dir" ]; then
		die "$dir is not ours" "Remove it, or move the checkout to a path without blanks."
	fi
	ln -sfn -- "$CHECKOUT" "$dir/src"
	printf '%s' "$dir/src"
}

build_make() {
	local dir=$1 src
	mkdir -p -- "$dir" 2>/dev/null || true
	[ -w "$dir" ] && [ -w "$CHECKOUT" ] || die "$CHECKOUT is not yours to write to" \
		"Copy the checkout to a folder of yours, or give a built folder with --build DIR."
	# Two deployments may share one checkout.
	exec 8>"$dir/.deploy.lock"
	flock 8
	src=$(build_alias)
	if [ ! -x "$CHECKOUT/configure" ]; then
		(cd "$src" && autoreconf --install --force 8>&-)
	fi
	if [ ! -f "$dir/Makefile" ]; then
		(cd "$src/build" && ../configure 8>&-)
	fi
	(cd "$src/build" && make -j"$(nproc)" 8>&-)
	(cd "$src/build" && make install prefix="$APP" 8>&-)
	exec 8>&-
}

# A built folder is taken as it is: no make, so no surprise rebuild.
build_copy() {
	local dir=$1 name
	for name in moltis-fcgi moltis-worker moltis-sandboxd moltis-canary moltis; do
		[ -x "$dir/$name" ] || die "$dir holds no program $name" "Run make there first."
	done
	mkdir -p -- "$APP/bin"
	for name in moltis-fcgi moltis-worker moltis-sandboxd moltis-canary moltis; do
		install -m 0755 -- "$dir/$name" "$APP/bin/$name.new"
		mv -f -- "$APP/bin/$name.new" "$APP/bin/$name"
	done
}

# The page.  Its stamp names everything it was made from.
step_web() {
	local stamp="$WEB_DIR/.stamp" sum next="$APP/share/moltis/web.next"
	[ -f "$CHECKOUT/web/build.mjs" ] || die "the checkout has no web/build.mjs" \
		"Check the tree out again, completely."
	sum=$(web_sum)
	if [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && [ -f "$WEB_DIR/index.html" ]; then
		note "unchanged"
		return 0
	fi
	FAIL_HINT="Check the network and npm's registry; the whole output is in $DEPLOY_LOG."
	web_modules
	rm -rf -- "$next"
	mkdir -p -- "$next"
	(cd "$CHECKOUT/web" && node build.mjs --outdir "$next")
	[ -f "$next/index.html" ] || die "the page's build made no index.html"
	printf '%s\n' "$sum" >"$next/.stamp"
	chmod -R a+rX "$next"
	rm -rf -- "$WEB_DIR.old"
	[ ! -d "$WEB_DIR" ] || mv -- "$WEB_DIR" "$WEB_DIR.old"
	mv -- "$next" "$WEB_DIR"
	rm -rf -- "$WEB_DIR.old"
	FAIL_HINT=''
}

web_sum() {
	(
		cd "$CHECKOUT/web" || exit
		find . \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print0 |
			sort -z | xargs -0 sha256sum
		node --version
	) | sha256sum | cut -d' ' -f1
}

# npm writes node_modules/.package-lock.json last.
web_modules() {
	local done_file="$CHECKOUT/web/node_modules/.package-lock.json"
	[ -w "$CHECKOUT/web" ] || die "$CHECKOUT/web is not yours to write to" \
		"Copy the checkout to a folder of yours."
	exec 8>"$CHECKOUT/web/.deploy.lock"
	flock 8
	if [ ! -f "$done_file" ] || [ "$CHECKOUT/web/package-lock.json" -nt "$done_file" ]; then
		(cd "$CHECKOUT/web" && npm ci --no-audit --no-fund 8>&-)
		mkdir -p -- "${done_file%/*}"
		touch "$done_file"
	fi
	exec 8>&-
	rm -f -- "$CHECKOUT/web/.deploy.lock"
}
