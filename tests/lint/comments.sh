#!/bin/sh
# Comments: /* */ only, a file starts with a comment that says its duty, open
# ends carry an issue number, and old code lives in git, not in comments.
. "$(dirname "$0")/common.sh"

{
stripped code src fcgi worker cli sandboxd tests | "$awk" '
{
	split($0, at, ":")
	text = substr($0, length(at[1]) + length(at[2]) + 3)
}
text ~ /\/\// { print at[1] ":" at[2] ": use /* */ and not //" }
text ~ /^[ \t]*#[ \t]*if[ \t]+0/ { print at[1] ":" at[2] ": #if 0" }
'

stripped comments src fcgi worker cli sandboxd tests | "$awk" '
{
	split($0, at, ":")
	where = at[1] ":" at[2] ": "
	text = substr($0, length(at[1]) + length(at[2]) + 3)
	sub(/^[ \t*]+/, "", text)
	sub(/[ \t]+$/, "", text)
}
text ~ /(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/ && text !~ /#[0-9]/ {
	print where "an open end without an issue number"
}
text ~ /^[A-Za-z_][A-Za-z0-9_>.-]*\(.*\);$/ ||
text ~ /^[A-Za-z_*][A-Za-z0-9_>.\[\]-]* [-+|&]?= .*;$/ ||
text ~ /^return([ (].*)?;$/ ||
text ~ /^(if|for|while|switch) \(.*\)( \{)?$/ ||
text ~ /^(\}|\{|else|break;|continue;|\} else \{)$/ ||
text ~ /^#[ \t]*(include|define|if|ifdef|ifndef|endif)([ \t]|$)/ {
	print where "looks like commented-out code"
}
'

# A file starts with its duty, and a source in more than a few words.
c_files src fcgi worker cli sandboxd tests | xargs "$awk" '
FNR == 1 {
	words = ""
	open = /^\/\*/
	if (!open)
		print FILENAME ":1: starts without a comment on its duty"
}
open {
	text = $0
	ends = sub(/\*\/.*/, "", text)
	gsub(/[ \t*\/]/, "", text)
	words = words text
	if (ends) {
		if (FILENAME ~ /\.c$/ && length(words) < 30)
			print FILENAME ":1: the first comment is too short" \
			    " to tell the duty"
		open = 0
	}
}' /dev/null
} | complaints
