#!/bin/sh
# Global symbols of libmoltis start with their module's prefix, and never with
# a prefix that a library has taken: the linker would quietly prefer one.
#
# A file src/cron/job_store.c may define cron_ (its folder), job_store_ (its
# name) and job_ (its name without _store or _ops); prefixes.allow gives the
# rest: "GLOB PREFIX...".
. "$(dirname "$0")/common.sh"
need_build

allow=${LINT_ALLOW:-$here/prefixes.allow}
library_symbols -f posix | "$awk" -v allow="$allow" '
BEGIN {
	while ((getline line < allow) > 0) {
		n = split(line, word, " ")
		if (n < 2 || word[1] ~ /^#/)
			continue
		globs[++count] = word[1]
		for (i = 2; i <= n; i++)
			more[count] = more[count] " " word[i]
	}
	taken = split("config_ strbuf_ scanctx_ json_ array_list_ lh_ mc_ " \
	    "printbuf_ ev_ event_ pg_ lo_ FCGX_ FCGI_ CU_ PQ", library, " ")
}

function starts(text, prefix)
{
	return substr(text, 1, length(prefix)) == prefix
}

function matches(path, glob, stem)
{
	if (glob !~ /\*$/)
		return path == glob
	stem = substr(glob, 1, length(glob) - 1)
	return starts(path, stem)
}

# Prefixes of one source file, separated by blanks.
function prefixes(path, part, n, stem, list, i)
{
	n = split(path, part, "/")
	stem = part[n]
	sub(/\.c$/, "", stem)
	list = stem "_"
	if (sub(/_(ops|store)$/, "", stem))
		list = list " " stem "_"
	if (n > 2)
		list = list " " part[2] "_"
	for (i = 1; i <= count; i++)
		if (matches(path, globs[i]))
			list = list more[i]
	return list
}

{
	path = $1
	sub(/\.o:$/, ".c", path)
	symbol = $2
	# Reserved names are the sanitizers and the linker.
	if (symbol ~ /^_/)
		next
	for (i = 1; i <= taken; i++)
		if (starts(symbol, library[i])) {
			print path ":1: " symbol ": " library[i] \
			    " belongs to a library"
			next
		}
	n = split(prefixes(path), mine, " ")
	for (i = 1; i <= n; i++)
		# An entry without "_" at its end is a whole name.
		if (mine[i] ~ /_$/ ? starts(symbol, mine[i]) : \
		    symbol == mine[i])
			next
	print path ":1: " symbol " should start with " prefixes(path) \
	    " (or see prefixes.allow)"
}' | complaints
