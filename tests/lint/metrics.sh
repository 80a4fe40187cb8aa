#!/bin/sh
# Sizes.  Prints the numbers; fails on the hard limits: function 100 lines,
# file 800 (tests 1000), header 150, five parameters, four levels of nesting.
# metrics.allow excuses by name with a reason.  What is only worth a look is
# marked "note".
. "$(dirname "$0")/common.sh"

allow=${LINT_ALLOW:-$here/metrics.allow}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

c_files src fcgi worker cli sandboxd tests | xargs wc -l /dev/null | "$awk" '
$2 != "total" && $2 != "/dev/null" { print $2, $1 }' >"$work/files"

stripped code src fcgi worker cli sandboxd tests | "$awk" -v allow="$allow" \
    -v lengths="$work/lengths" -v files="$work/files" '
BEGIN {
	while ((getline line < allow) > 0) {
		n = split(line, word, " ")
		if (n >= 3 && word[1] !~ /^#/)
			excused[word[1] " " word[2]] = 1
	}
}

function fail(kind, name, text)
{
	if ((kind " " name) in excused)
		return
	print text
	failed = 1
}

function is_test(path)
{
	return path ~ /^tests\//
}

# Commas outside inner parentheses, plus one.
function parameters(text, i, c, depth, n)
{
	n = 1
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")") {
			if (--depth == 0)
				break
		} else if (c == "," && depth == 1)
			n++
	}
	return n
}

function finish(line, size)
{
	size = line - start + 1
	where = file ":" start ": " name
	if (!is_test(file)) {
		print size > lengths
		if (size > longest) {
			longest = size
			longest_at = where
		}
		functions++
	}
	if (size > 100)
		fail("function", name, where " has " size " lines, at most 100")
	if (nested > 4)
		fail("nesting", name, where " nests " nested " deep, at most 4")
	else if (nested > 3)
		print "note: " where " nests " nested " deep"
	n = parameters(signature)
	if (n > 5)
		fail("parameters", name, where " takes " n \
		    " parameters, at most 5")
	name = ""
}

# Follows the braces of one line; those of initialisers do not nest.
function braces(text, i, c)
{
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "{") {
			kind[++level] = last ~ /[=,({]/ && level > 1 && \
			    (last != "{" || kind[level - 1] == "i") ? "i" : "b"
			if (kind[level] == "b") {
				blocks++
				if (blocks - 1 > nested)
					nested = blocks - 1
			}
		} else if (c == "}") {
			if (kind[level--] == "b")
				blocks--
		}
		if (c !~ /[ \t]/)
			last = c
	}
}

{
	split($0, at, ":")
	if (at[1] != file) {
		name = ""
		body = 0
	}
	file = at[1]
	text = substr($0, length(at[1]) + length(at[2]) + 3)
}
# "type name(...) {" on one line escapes the detection below.
text ~ /^[a-z].*\) *\{$/ {
	fail("form", file, file ":" at[2] \
	    ": return type on its own line, brace on its own line")
}
name == "" && text ~ /^[a-zA-Z_][A-Za-z0-9_]*\(/ && file ~ /\.c$/ {
	name = text
	sub(/\(.*/, "", name)
	start = at[2]
	signature = ""
	body = 0
}
name != "" && !body {
	signature = signature text
	# A macro call or a prototype, not a definition.
	if (text ~ /;[ \t]*$/)
		name = ""
	else if (text ~ /^\{/) {
		body = 1
		level = blocks = nested = 0
		last = ""
	}
}
name != "" && body {
	braces(text)
	if (text ~ /^}/)
		finish(at[2])
}

END {
	while ((getline line < files) > 0) {
		split(line, word, " ")
		path = word[1]
		size = word[2]
		limit = path ~ /\.h$/ ? 150 : is_test(path) ? 1000 : 800
		if (path ~ /\.h$/)
			headers++
		else if (!is_test(path))
			sources++
		total += size
		if (size > limit)
			fail("file", path, path ":1: " size \
			    " lines, at most " limit)
		else if (path ~ /\.c$/ && !is_test(path) && size > 600)
			print "note: " path ":1: " size " lines"
	}
	printf "%d lines in %d sources, %d headers and the tests\n", total,
	    sources, headers
	close(lengths)
	command = "sort -n " lengths
	while ((command | getline line) > 0)
		size_of[++m] = line
	if (m > 0)
		printf "%d functions: p50 %d, p90 %d, longest %d (%s)\n", m,
		    size_of[int((m + 1) / 2)], size_of[int((m * 9 + 9) / 10)],
		    longest, longest_at
	if (m > 20 && size_of[int((m + 1) / 2)] > 20)
		print "note: the median should be at most 20"
	if (m > 20 && size_of[int((m * 9 + 9) / 10)] > 50)
		print "note: p90 should be at most 50"
	exit failed
}'
