#!/bin/sh
# State belongs to contexts that are passed along.  At most ten writable
# external variables in all of libmoltis; constant tables are free.
. "$(dirname "$0")/common.sh"
need_build

library_symbols -f sysv | "$awk" -F '|' -v most="${LINT_GLOBALS:-10}" '
function trim(text)
{
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}
# FILE.o:NAME|value|class|type|size|line|section; constants that hold
# addresses are in .data.rel.ro, which the loader makes read-only.
NF >= 7 && trim($3) ~ /^[BCDGS]$/ && trim($7) !~ /^\.data\.rel\.ro/ {
	name = trim($1)
	path = name
	sub(/\.o:.*/, ".c", path)
	sub(/^.*:/, "", name)
	if (name ~ /^_/)
		next
	found[++count] = path ":1: writable external variable " name
}
END {
	if (count <= most)
		exit 0
	for (i = 1; i <= count; i++)
		print found[i]
	print count " writable external variables, at most " most
}' | complaints
