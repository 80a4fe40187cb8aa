#!/bin/sh
# usage: files.sh TOP [FOLDER...]
# Lists the project's files under TOP, one a line, relative to TOP: what git
# tracks or would track, or, in an unpacked tarball, everything that is not a
# product of the build.
top=${1:?usage: files.sh TOP [FOLDER...]}
shift
cd "$top" || exit 1
if [ -e .git ] && command -v git >/dev/null 2>&1; then
	git ls-files --cached --others --exclude-standard -- "$@"
else
	for folder in "${@:-.}"; do
		[ -e "$folder" ] && find "$folder" \
		    \( -name build -o -name var -o -name node_modules \
		    -o -name autom4te.cache -o -name .deps -o -name build-aux \
		    -o -path ./web/dist -o -path web/dist \
		    -o -name 'moltis-[0-9]*' \) -prune \
		    -o -type f ! -name '*.o' ! -name '*.a' ! -name '*.log' \
		    ! -name '*.trs' ! -name .dirstamp ! -name aclocal.m4 \
		    ! -name configure ! -name 'Makefile' ! -name Makefile.in \
		    ! -name 'config.*' ! -name stamp-h1 ! -name '*_gen.[ch]' \
		    -print
	done
fi | sed 's,^\./,,' | LC_ALL=C sort -u | while read -r f; do
	# Tracked, but deleted in the work tree.
	[ -f "$f" ] && printf '%s\n' "$f"
done
exit 0
