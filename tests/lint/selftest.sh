#!/bin/sh
# Sees every lint fail on a small violation, and pass without it: a lint that
# cannot fail would be worse than none.
#
# Each case is a tiny tree in a scratch folder.  `file PATH` writes one file
# of it from standard input, `fails LINT PLACE` runs a lint and wants PLACE
# (FILE:LINE, or a fixed text) among its complaints, `passes LINT` wants none.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
LINT_ROOT=$scratch/tree
export LINT_ROOT
unset LINT_BUILD LINT_CPPFLAGS
wrong=0
cases=0

tree () {
	rm -rf "$LINT_ROOT"
	mkdir -p "$LINT_ROOT"
}

file () {
	mkdir -p "$LINT_ROOT/$(dirname "$1")"
	cat >"$LINT_ROOT/$1"
}

# A file of C: the opening comment (lines 1-3), then standard input.
source_file () {
	{ printf '/*\n * A sample of some lines that tells its duty.\n */\n'
	cat; } | file "$1"
}

check () {
	out=$(sh "$here/$1.sh" 2>&1)
	status=$?
	cases=$((cases + 1))
}

fails () {
	check "$1"
	case $status:$out in
	1:*"$2"*) return ;;
	esac
	echo "$here/$1.sh:1: does not see $2 (exit $status)"
	printf '%s\n' "$out" | sed 's/^/    /'
	wrong=1
}

passes () {
	check "$1"
	[ $status -eq 0 ] && return
	echo "$here/$1.sh:1: complains about good code (exit $status)"
	printf '%s\n' "$out" | sed 's/^/    /'
	wrong=1
}

# layers
tree
source_file src/base/txt.c <<-'END'
	#include "base/txt.h"
END
source_file src/http/cookie.c <<-'END'
	#include "js/js.h"
END
source_file src/cron/cron_ops.c <<-'END'
	#include "config.h"
	#include <stdio.h>
	#include "chat/chat.h"
	#include "cron/cron_store.h"
	#include "op/op.h"
END
source_file src/op_table.c <<-'END'
	#include "cron/cron.h"
END
source_file worker/main.c <<-'END'
	#include "op_table.h"
	#include "worker/pool.h"
END
source_file src/op_table.h </dev/null
source_file worker/pool.h </dev/null
passes layers
source_file src/base/up.c <<-'END'
	#include "db/db.h"
END
fails layers src/base/up.c:4
rm "$LINT_ROOT/src/base/up.c"
source_file src/js/side.c <<-'END'
	#include "db/db.h"
END
fails layers src/js/side.c:4
rm "$LINT_ROOT/src/js/side.c"
source_file src/op/up.c <<-'END'
	#include "auth/auth.h"
END
fails layers src/op/up.c:4
rm "$LINT_ROOT/src/op/up.c"
source_file src/chat/rows.c <<-'END'
	/* #include "cron/cron.h" is fine */
	#include "cron/cron_store.h"
END
fails layers src/chat/rows.c:5
rm "$LINT_ROOT/src/chat/rows.c"
source_file src/chat/top.c <<-'END'
	#include "op_table.h"
END
fails layers src/chat/top.c:4
rm "$LINT_ROOT/src/chat/top.c"
source_file fcgi/cross.c <<-'END'
	#include "worker/pool.h"
END
fails layers fcgi/cross.c:4
rm "$LINT_ROOT/fcgi/cross.c"
source_file src/auth/up.c <<-'END'
	#include "fcgi/request.h"
END
fails layers src/auth/up.c:4

# banned
tree
source_file src/base/good.c <<-'END'
	/* strcpy(a, b); printf("x"); SELECT 1 FROM t */
	int x = txt_strcpy(1) + bus->system(2);
	const char *s = "strcpy(a, b)", *t = "select one of these";
	const char *u = "Delete the file first", *v = "BEGIN";
END
source_file src/db/migrate.c <<-'END'
	const char *s = "SELECT max(version) FROM schema_version";
END
source_file cli/main.c <<-'END'
	printf("%s\n", name);
END
source_file worker/pool_dns.c <<-'END'
	getaddrinfo(a, b, c, d);
END
passes banned
for call in strcpy strcat sprintf vsprintf strtok gets atoi atol atof system \
    popen alloca mktemp tmpnam printf puts; do
	echo "	$call(a);" | source_file src/base/bad.c
	fails banned "src/base/bad.c:4: $call"
done
rm "$LINT_ROOT/src/base/bad.c"
for call in sleep usleep PQconnectdb getaddrinfo; do
	echo "	x = $call(a);" | source_file worker/turn.c
	fails banned "worker/turn.c:4: $call"
done
rm "$LINT_ROOT/worker/turn.c"
echo '	fputs(text, stdout);' | source_file fcgi/out.c
fails banned fcgi/out.c:4
rm "$LINT_ROOT/fcgi/out.c"
for text in 'SELECT 1' 'select id from app.users' 'INSERT INTO t VALUES (1)' \
    'UPDATE t SET a = 1' 'DELETE FROM t' 'SET LOCAL ROLE x'; do
	echo "	const char *s = \"$text\";" | source_file src/cron/sql.c
	fails banned src/cron/sql.c:4
done

# state
tree
source_file worker/turn.c <<-'END'
	static void
	turn_enter(struct turn *t, enum turn_state next)
	{
		t->state = next;
	}

	static void
	turn_step(struct turn *t)
	{
		if (t->state == TURN_DONE)
			turn_enter(t, TURN_FREE);
	}
END
passes state
source_file worker/job.c <<-'END'
	static void
	job_step(struct job *j)
	{
		j->state = JOB_DONE;
	}
END
fails state worker/job.c:7

# comments
tree
source_file src/base/good.c <<-'END'
	/* See https://example.org; TODO(#12) then.  If (x) is set, return it;
	 * the caller frees. */
	const char *url = "http://example.org";
END
passes comments
echo '	int x; // one' | source_file src/base/bad.c
fails comments src/base/bad.c:4
echo '	/* TO''DO later */' | source_file src/base/bad.c
fails comments src/base/bad.c:4
echo '	/* count_all(list); */' | source_file src/base/bad.c
fails comments src/base/bad.c:4
printf '\t/* x = 1;\n\t * y->next = NULL;\n\t */\n' |
    source_file src/base/bad.c
fails comments src/base/bad.c:5
echo '#if 0' | source_file src/base/bad.c
fails comments src/base/bad.c:4
echo 'int x;' | file src/base/bad.c
fails comments src/base/bad.c:1
printf '/* A file. */\nint x;\n' | file src/base/bad.c
fails comments src/base/bad.c:1

# sources
tree
printf '# sources lib_SOURCES: %s\nlib_SOURCES = \\\n\t%s\n# end\n' \
    'src/*/*.c' src/base/txt.c | file src/local.mk
source_file src/base/txt.c </dev/null
source_file tests/unit/base/test_txt.c </dev/null
file tests/lint/sources.allow <<-'END'
	# PATTERN REASON
	src/*/only_*.c nothing to decide
END
echo '	db_run(call, STMT_JOB_LIST, &res);' | source_file src/base/rows.c
source_file src/base/only_table.c </dev/null
(cd "$LINT_ROOT" && sh "$here/sources.sh" --write) >/dev/null
echo 'SUITE(base_other) SUITE(base_new)' | file tests/unit/suites.h
fails sources 'tests/unit/base/test_txt.c:1: no SUITE(base_txt)'
echo 'SUITE(base_txt) SUITE(base_new)' | file tests/unit/suites.h
passes sources
source_file src/base/new.c </dev/null
fails sources 'src/base/new.c:1: not listed'
fails sources 'src/base/new.c:1: no tests/unit/base/test_new.c'
(cd "$LINT_ROOT" && sh "$here/sources.sh" --write) >/dev/null
source_file tests/unit/base/test_new.c </dev/null
passes sources
rm "$LINT_ROOT/src/base/new.c"
fails sources 'src/base/new.c is gone'
(cd "$LINT_ROOT" && sh "$here/sources.sh" --write) >/dev/null
echo 'src/base/old.c once' >>"$LINT_ROOT/tests/lint/sources.allow"
fails sources tests/lint/sources.allow:3

# docs
tree
file README.md <<-'END'
	Start `deploy/up --port 80`, read `GET /api/status` and `src/*.c`.
	Add `src/FEATURE/` of your own.
END
file ARCHITECTURE.md </dev/null
file deploy/up </dev/null
file src/a.c </dev/null
passes docs
# shellcheck disable=SC2016
echo 'See `src/gone.c`.' | file ARCHITECTURE.md
fails docs ARCHITECTURE.md:1
# shellcheck disable=SC2016
printf '\nSee `src/a.c:12`.\n' | file ARCHITECTURE.md
fails docs ARCHITECTURE.md:2
rm "$LINT_ROOT/ARCHITECTURE.md"
fails docs ARCHITECTURE.md:1
file ARCHITECTURE.md </dev/null
printf 'check(x, "a key "\n\t"needs a scope");\n' | file tests/sql/test_a.c
proof () {
	printf '| promise | proof |\n|---|---|\n| so | %s |\n' "$1" |
	    file doc/security.md
}
# shellcheck disable=SC2016
proof '`tests/sql/test_a.c` "a key needs a scope"'
passes docs
proof 'not yet: issue 4'
passes docs
# shellcheck disable=SC2016
proof '`tests/sql/test_a.c` "a key needs two"'
fails docs doc/security.md:3
# shellcheck disable=SC2016
proof '`tests/sql/test_b.c` "a key needs a scope"'
fails docs doc/security.md:3
proof 'trust us'
fails docs doc/security.md:3

# paths
tree
echo 'Look at src/work/x and /usr/share/.' | file doc/a.md
passes paths
echo 'cd /ho''me/me/moltis' | file doc/a.md
fails paths doc/a.md:1
echo '"resolved": "https://regi''stry.npm''js.org/x"' | file web/lock.json
rm "$LINT_ROOT/doc/a.md"
fails paths web/lock.json:1

# metrics
# usage: lines N BEFORE AFTER
long_function () {
	printf 'static int\nlong_one(%s)\n{\n' "$2"
	i=0
	while [ $i -lt "$1" ]; do
		echo "	x++;"
		i=$((i + 1))
	done
	printf '}\n'
}
tree
long_function 90 'int a, int b, int c, int d, f (*e)(int, int)' |
    source_file src/base/a.c
passes metrics
long_function 100 void | source_file src/base/a.c
fails metrics 'src/base/a.c:5: long_one has 103 lines'
long_function 1 'int a, int b, int c, int d, int e, int f' |
    source_file src/base/a.c
fails metrics 'src/base/a.c:5: long_one takes 6'
source_file src/base/a.c <<-'END'
	static int
	deep(void)
	{
		struct x y = { { { { { { 0 } } } } } };
		if (a) { if (b) { if (c) { if (d) { if (e) { f(); } } } } }
	}
END
fails metrics 'src/base/a.c:5: deep nests 5'
source_file src/base/a.c <<-'END'
	static int deep(void) {
	}
END
fails metrics src/base/a.c:4
yes 'int x;' | head -n 148 | source_file src/base/a.h
echo 'int x;' | source_file src/base/a.c
fails metrics src/base/a.h:1
rm "$LINT_ROOT/src/base/a.h"
yes 'int x;' | head -n 798 | source_file src/base/a.c
fails metrics src/base/a.c:1
rm "$LINT_ROOT/src/base/a.c"
yes 'int x;' | head -n 900 | source_file tests/unit/base/test_a.c
passes metrics

# headers, prefixes, globals: these look at a build.
tree
LINT_BUILD=$scratch/build
export LINT_BUILD
build_object () {
	mkdir -p "$LINT_BUILD/$(dirname "$1")"
	${LINT_CC:-cc} -w -c -o "$LINT_BUILD/${1%.c}.o" "$LINT_ROOT/$1" ||
	    wrong=1
}
mkdir -p "$LINT_BUILD"
: >"$LINT_BUILD/config.h"
source_file src/base/a.h <<-'END'
	#ifndef BASE_A_H
	#define BASE_A_H
	#include <stddef.h>
	struct a { size_t n; };
	#endif
END
passes headers
source_file src/base/a.h <<-'END'
	struct b { struct a a; };
END
fails headers src/base/a.h
source_file src/base/a.h <<-'END'
	enum twice { TWICE };
END
fails headers src/base/a.h
source_file src/base/a.c <<-'END'
	static int hidden;
	const char *const a_names[] = { "x" };
	int a_count(void) { return hidden; }
	int base_count(void) { return hidden; }
END
build_object src/base/a.c
echo 'int job_add(void) { return 0; }' | source_file src/cron/job_ops.c
build_object src/cron/job_ops.c
passes prefixes
passes globals
echo 'int other_count(void) { return 0; }' | source_file src/base/a.c
build_object src/base/a.c
fails prefixes 'src/base/a.c:1: other_count'
echo 'int json_count(void) { return 0; }' | source_file src/js/json.c
build_object src/js/json.c
fails prefixes 'src/js/json.c:1: json_count'
rm "$LINT_ROOT/src/js/json.c"
i=0
while [ $i -lt 11 ]; do
	echo "int a_var$i; "
	i=$((i + 1))
done | source_file src/base/a.c
build_object src/base/a.c
fails globals 'src/base/a.c:1: writable external variable a_var3'

[ $wrong -eq 0 ] && echo "$cases cases"
exit $wrong
