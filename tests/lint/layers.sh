#!/bin/sh
# Dependencies point one way:
#   base <- net <- js, conf, db, http <- op <- features <- op_table <- programs
# Of js, conf, db and http, http and db may use js.  A feature sees another
# feature through its main header (cron/cron.h) and never through its
# rows.  The programs never see each other, and nothing sees the tests.
. "$(dirname "$0")/common.sh"

list=$(mktemp) || exit 1
c_files src fcgi worker cli sandboxd >"$list"
trap 'rm -f "$list"' EXIT

stripped strings src fcgi worker cli sandboxd | "$awk" -v list="$list" '
BEGIN {
	while ((getline path < list) > 0)
		exists[path] = 1
	rank["base"] = 0
	rank["net"] = 0.5
	rank["js"] = rank["conf"] = rank["db"] = rank["http"] = 1
	rank["op"] = 2
	rank["op_table"] = 4
	rank["fcgi"] = rank["worker"] = rank["cli"] = rank["sandboxd"] = 5
	rank["tests"] = 6
	# event_ belongs to a library, so the main header has another name.
	main_header["event"] = "src/event/feed.h"
}

function layer(path, part, n)
{
	n = split(path, part, "/")
	if (part[1] != "src")
		return part[1]
	return n == 2 ? "op_table" : part[2]
}

function rank_of(name)
{
	return name in rank ? rank[name] : 3
}

# The path of an included name, seen from FILE.
function resolve(file, name, folder, top)
{
	folder = file
	sub(/[^\/]*$/, "", folder)
	if (name !~ /\// && (folder name) in exists)
		return folder name
	top = name
	sub(/\/.*/, "", top)
	if (top == "fcgi" || top == "worker" || top == "cli" ||
	    top == "sandboxd" || top == "tests")
		return name
	return "src/" name
}

{
	split($0, at, ":")
	file = at[1]
	text = substr($0, length(at[1]) + length(at[2]) + 3)
	if (text !~ /^[ \t]*#[ \t]*include[ \t]*"/)
		next
	name = text
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	if (name == "config.h")
		next
	from = layer(file)
	target = resolve(file, name)
	to = layer(target)
	if (from == to ||
	    (to == "js" && (from == "http" || from == "db")))
		next
	why = ""
	if (rank_of(to) > rank_of(from))
		why = from " must not know " to
	else if (rank_of(to) == rank_of(from)) {
		if (rank_of(from) != 3)
			why = from " and " to " stand beside each other"
		else if (target != "src/" to "/" to ".h" &&
		    target != main_header[to])
			why = from " may use " to " through " to "/" to ".h only"
	}
	if (why != "")
		print file ":" at[2] ": includes \"" name "\": " why
}' | complaints
