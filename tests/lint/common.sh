# Read by every lint: goes to the project's top (or to LINT_ROOT, for the
# self-test) and says where things are.
#
# shellcheck shell=sh disable=SC2034
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "${LINT_ROOT:-$here/../..}" || exit 1
awk=${AWK:-awk}
build=${LINT_BUILD:-}

# C files of the folders given, without generated ones.
c_files () {
	sh "$here/files.sh" . "$@" | grep '\.[ch]$' | grep -v '_gen\.[ch]$'
}

# Prints FILE:LINE:TEXT for each line of the folders given; what TEXT holds is
# said by the first argument, see strip.awk.
stripped () {
	keep=$1
	shift
	c_files "$@" | xargs "$awk" -f "$here/strip.awk" -v keep="$keep" \
	    /dev/null
}

# Ends a pipe: prints what comes in, and fails when anything did.
complaints () {
	if grep .; then
		return 1
	fi
	return 0
}

# Lints of the built library say 77 (skipped) when there is none.
need_build () {
	if [ -z "$build" ] || [ ! -f "$build/config.h" ]; then
		echo "needs a build: run make lint"
		exit 77
	fi
}

# Goes to the build and runs nm over the objects of libmoltis with the options
# given.  Objects of sources deleted since may still lie around: left out.
library_symbols () {
	top=$(pwd)
	cd "$build" || exit 1
	find src -name '*.o' | sort | while read -r object; do
		source=${object%.o}.c
		if [ -f "$top/$source" ] || [ -f "$source" ]; then
			echo "$object"
		fi
	done | xargs "${LINT_NM:-nm}" -A -g --defined-only "$@"
}
