#!/bin/sh
# usage: files.sh TOP [FOLDER...]
# Lists the project's files under TOP, one a line, relative to TOP: what git
# tracks or would track, or, in an unpacked tarball, everything that is not a
# product of the build.
top=${1:?usage: files.sh TOP [FOLDER...]}
shift
cd "$top" || exit 1

without_git () {
	find . \( -path ./build -o -path './build-*' -o -path ./var \
	    -o -path ./web/dist -o -path ./autom4te.cache \
	    -o -path './moltis-[0-9]*' -o -name node_modules -o -name .deps \) \
	    -prune -o -type f \
	    ! -name '*.[oa]' ! -name '*~' ! -name '*.log' ! -name '*.trs' ! -name .dirstamp \
	    ! -path ./aclocal.m4 ! -path ./configure ! -path './Makefile' \
	    ! -path ./Makefile.in ! -path './config.*' ! -path ./stamp-h1 \
	    ! -path ./libtool ! -path ./moltis ! -path ./moltis-fcgi \
	    ! -path ./moltis-worker ! -path ./tests/unit/unit \
	    ! -path ./tests/sql/sqltest ! -path ./tests/worker/test_provider_http \
	    ! -path './src/db/*_gen.[ch]' -print |
	    sed 's,^\./,,' |
	    while read -r f; do
		    [ $# -eq 0 ] && echo "$f"
		    for folder in "$@"; do
			    case $f in "$folder"/*) echo "$f" ;; esac
		    done
	    done
}

if [ -e .git ] && command -v git >/dev/null 2>&1; then
	git ls-files --cached --others --exclude-standard -- "$@"
else
	without_git "$@"
fi | LC_ALL=C sort -u | while read -r f; do
	# Tracked, but deleted in the work tree.
	[ -f "$f" ] && printf '%s\n' "$f"
done
exit 0
