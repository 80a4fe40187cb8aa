#!/bin/sh
# usage: sources.sh [--write]
# Keeps the source lists of the makefile fragments equal to what is on disk;
# with --write they are rewritten (make sync-sources).  Asks that each
# src/x/y.c has a twin tests/unit/x/test_y.c, unless it runs statements (those
# are tested with a database) or sources.allow has a reason, and that the test
# program calls each twin.
#
# A list stands between "# sources VARIABLE: GLOB... [! GLOB...]" (or "# fuzz
# VARIABLE: ...", one program a file) and "# end".
LC_ALL=C
export LC_ALL
cd "${LINT_ROOT:-$(dirname "$0")/../..}" || exit 1
allow=${LINT_ALLOW:-tests/lint/sources.allow}
bad=0

complain () {
	echo "$1"
	bad=1
}

# Prints the existing files that match GLOBs, without those after "!".
expand () {
	want=
	drop=
	past=no
	for glob in "$@"; do
		if [ "$glob" = '!' ]; then
			past=yes
		elif [ $past = yes ]; then
			drop="$drop $glob "
		elif [ -f "$glob" ]; then
			want="$want $glob"
		fi
	done
	for file in $want; do
		case $file in *_gen.[ch]) continue ;; esac
		case $drop in
		*" $file "*) ;;
		*) echo "$file" ;;
		esac
	done | sort -u
}

# Reads "VARIABLE FILE..." and prints a makefile assignment.
assign () {
	variable=$1
	shift
	if [ $# -eq 0 ]; then
		echo "$variable ="
		return
	fi
	printf '%s =' "$variable"
	printf ' \\\n\t%s' "$@"
	echo
}

fuzz_rules () {
	variable=$1
	shift
	programs=
	for file in "$@"; do
		programs="$programs ${file%.c}"
	done
	# shellcheck disable=SC2086
	assign "$variable" $programs
	for file in "$@"; do
		name=$(echo "${file%.c}" | sed 's/[^A-Za-z0-9]/_/g')
		echo "${name}_SOURCES = $file \$(FUZZ_MAIN)"
		echo "${name}_LDADD = \$(FUZZ_LINK)"
		echo "\$(${name}_OBJECTS): | src/db/stmt_gen.h"
	done
}

# Prints a fragment with fresh lists.
regenerate () {
	inside=no
	while IFS= read -r line; do
		case $line in
		'# sources '*:*|'# fuzz '*:*)
			printf '%s\n' "$line"
			variable=${line#\# * }
			globs=${variable#*:}
			variable=${variable%%:*}
			# shellcheck disable=SC2046,SC2086
			case $line in
			'# fuzz '*) fuzz_rules "$variable" $(expand $globs) ;;
			*) assign "$variable" $(expand $globs) ;;
			esac
			inside=yes
			;;
		'# end')
			inside=no
			printf '%s\n' "$line"
			;;
		*)
			[ $inside = yes ] || printf '%s\n' "$line"
			;;
		esac
	done <"$1"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

for fragment in src/local.mk fcgi/local.mk worker/local.mk sandboxd/local.mk cli/local.mk \
    tests/local.mk tests/fuzz/local.mk; do
	[ -f "$fragment" ] || continue
	regenerate "$fragment" >"$work/new"
	cmp -s "$work/new" "$fragment" && continue
	if [ "$1" = --write ]; then
		cat "$work/new" >"$fragment" && echo "updated $fragment"
		continue
	fi
	diff "$fragment" "$work/new" | sed -n 's/^[<>]//p' | tr -d ' \\\t' |
	    sed -n '/\.[ch]$/p' | sort -u >"$work/names"
	while read -r file; do
		if [ -f "$file" ]; then
			complain "$file:1: not listed in $fragment"
		else
			line=$(grep -n -F "$file" "$fragment" | head -n 1)
			complain "$fragment:${line%%:*}: $file is gone"
		fi
	done <"$work/names"
	[ -s "$work/names" ] ||
	    complain "$fragment:1: source list is out of order"
	echo "run: make sync-sources"
done
[ "$1" = --write ] && exit 0

# Is FILE excused in the allow-list?  Lines: PATTERN REASON.
excused () {
	while read -r pattern reason; do
		case $pattern in ''|'#'*) continue ;; esac
		# shellcheck disable=SC2254
		case $1 in
		$pattern) [ -n "$reason" ] && return 0 ;;
		esac
	done <"$allow"
	return 1
}

for file in src/*/*.c; do
	[ -f "$file" ] || continue
	case $file in *_gen.c) continue ;; esac
	rest=${file#src/}
	twin=tests/unit/${rest%/*}/test_${rest##*/}
	[ -f "$twin" ] || grep -q 'STMT_' "$file" || excused "$file" ||
	    complain "$file:1: no $twin, and no reason in $allow"
done

# A suite that nobody calls would pass for ever.
for file in tests/unit/*/test_*.c; do
	[ -f "$file" ] || continue
	suite=${file#tests/unit/}
	suite=$(echo "${suite%.c}" | sed 's,/test_,_,')
	grep -q "SUITE($suite)" tests/unit/suites.h ||
	    complain "$file:1: no SUITE($suite) in tests/unit/suites.h"
done

if [ -f "$allow" ]; then
	number=0
	while read -r pattern reason; do
		number=$((number + 1))
		case $pattern in ''|'#'*|*'*'*) continue ;; esac
		[ -f "$pattern" ] ||
		    complain "$allow:$number: $pattern does not exist"
		[ -n "$reason" ] ||
		    complain "$allow:$number: $pattern has no reason"
	done <"$allow"
fi
exit $bad
