#!/bin/sh
# A state changes in one place: ->state is assigned only in a function called
# *_enter, which logs the edge and moves the timer.
. "$(dirname "$0")/common.sh"

stripped code src fcgi worker cli sandboxd | "$awk" '
{
	split($0, at, ":")
	text = substr($0, length(at[1]) + length(at[2]) + 3)
}
text ~ /^[a-z_][A-Za-z0-9_]*\(/ {
	name = text
	sub(/\(.*/, "", name)
}
text ~ /^}/ { name = "" }
text ~ /(->|[A-Za-z0-9_)\]]\.)state[ \t]*=([^=]|$)/ && name !~ /_enter$/ {
	print at[1] ":" at[2] ": ->state is assigned in " \
	    (name == "" ? "no function" : name) ", not in a *_enter"
}' | complaints
