#!/bin/sh
# Every header compiles alone, and twice in a row.
. "$(dirname "$0")/common.sh"
need_build

cc=${LINT_CC:-cc}
flags="${LINT_CPPFLAGS:--I$build -Isrc -I$build/src -I.}"

c_files src fcgi worker cli tests/unit | grep '\.h$' |
    xargs -P 2 -I '{}' sh -c '
	printf "#include \"%s\"\n#include \"%s\"\n" "$1" "$1" |
	    $2 $3 -std=gnu11 -Wall -Wextra -Wpedantic -include config.h \
	    -fsyntax-only -x c -I. - 2>&1 |
	    grep -E "(error|warning):" | head -n 3 |
	    sed "s,^<stdin>,$1,"
' lint '{}' "$cc" "$flags" | complaints
