#!/bin/sh
# Every header compiles alone, and twice in a row.
. "$(dirname "$0")/common.sh"
need_build

cc=${LINT_CC:-cc}
# Our folders first and relative, so that messages name files as we do.
flags="-Isrc -I. ${LINT_CPPFLAGS:--I$build -I$build/src}"

c_files src fcgi worker cli sandboxd tests/unit | grep '\.h$' |
    xargs -P 2 -I '{}' sh -c '
	printf "#include \"%s\"\n#include \"%s\"\n" "$1" "$1" |
	    $2 $3 -std=gnu11 -Wall -Wextra -Wpedantic -include config.h \
	    -fsyntax-only -x c - 2>&1 |
	    grep -E "(error|warning):" | head -n 3 |
	    sed "s,^<stdin>,$1,"
' lint '{}' "$cc" "$flags" | sort -u | complaints
