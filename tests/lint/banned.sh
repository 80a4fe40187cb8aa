#!/bin/sh
# Calls that have no place here: unbounded string functions, shells, blocking
# calls in the worker's loop, output to stdout outside the command line, SQL
# text outside sql/ and src/db/.
. "$(dirname "$0")/common.sh"

{
stripped code src fcgi worker cli sandboxd | "$awk" '
function split_line(at)
{
	split($0, at, ":")
	file = at[1]
	where = at[1] ":" at[2] ": "
	text = " " substr($0, length(at[1]) + length(at[2]) + 3)
}

# Does the line call one of NAMES ("a|b|c")?  Sets called.
function calls(names)
{
	if (!match(text, "[^A-Za-z0-9_.>](" names ")[ \t]*\\("))
		return 0
	called = substr(text, RSTART + 1, RLENGTH - 1)
	sub(/[ \t]*\($/, "", called)
	return 1
}

{ split_line() }

calls("strcpy|stpcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atoll|atof") {
	print where called " is banned: use txt_, or a parser that checks"
}
calls("system|popen|alloca|mktemp|tmpnam|tempnam") {
	print where called " is banned"
}

file ~ /^worker\// && file !~ /^worker\/pool[^\/]*\.c$/ {
	if (calls("sleep|usleep|nanosleep|PQconnectdb|PQconnectdbParams|" \
	    "getaddrinfo|gethostbyname"))
		print where called " blocks the loop: give it to the pool"
}

file !~ /^cli\// {
	if (calls("printf|vprintf|puts|putchar"))
		print where called " writes to stdout: use log_"
	else if (text ~ /[^A-Za-z0-9_]stdout[^A-Za-z0-9_]/)
		print where "stdout belongs to the command line: use log_"
}
'

stripped strings src fcgi worker cli sandboxd | grep -v '^src/db/' |
    grep -E '"[^"]*(SELECT |INSERT INTO|UPDATE [a-z_.]+ SET|DELETE FROM|(CREATE|ALTER|DROP) (TABLE|ROLE|FUNCTION|INDEX|POLICY|SCHEMA|TYPE|DATABASE)|TRUNCATE |GRANT |REVOKE |SET LOCAL |LOCK TABLE)|"(select|insert into|update|delete from|with) [a-z_]' |
    grep -E '"[^"]*(SELECT |INSERT |UPDATE |DELETE |CREATE |ALTER |DROP |TRUNCATE |GRANT |REVOKE |SET LOCAL |LOCK |select .* from |insert into |update .* set |delete from |with .* as \()' |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: SQL text: put it in sql\/queries\//'
} | complaints
