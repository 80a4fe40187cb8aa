#!/bin/sh
# The documents tell the truth about the tree: every path that ARCHITECTURE.md
# and README.md put in backticks exists, and no line numbers are given.
. "$(dirname "$0")/common.sh"

# Prints "LINE FILE TITLE" for each `tests/FILE` "TITLE" of the document, and
# complains about rows of its tables that name neither a test nor a reason.
proofs () {
	"$awk" '{
		rest = $0
		found = 0
		while (match(rest, /`tests\/[^`]+` "[^"]+"/)) {
			one = substr(rest, RSTART + 1, RLENGTH - 2)
			rest = substr(rest, RSTART + RLENGTH)
			split(one, part, "` \"")
			print FNR " " part[1] " " part[2]
			found = 1
		}
		if ($0 ~ /^\| / && $0 !~ /^\| promise / && !found &&
		    $0 !~ /not yet: issue [0-9]|\| text/)
			print FNR " - a promise without a test"
	}' "$1"
}

# Text of a test as it is printed: literals in pieces become one.
whole_text () {
	"$awk" '{ all = all $0 "\n" }
	    END { gsub(/"[ \t\n]*[+]?[ \t\n]*"/, "", all); printf "%s", all }' "$1"
}

{
doc=doc/security.md
if [ -f "$doc" ]; then
	proofs "$doc" | while read -r line file title; do
		if [ "$file" = - ]; then
			echo "$doc:$line: $title"
		elif [ ! -f "$file" ]; then
			echo "$doc:$line: \`$file\` does not exist"
		elif ! whole_text "$file" | grep -qF -- "$title"; then
			echo "$doc:$line: no test \"$title\" in \`$file\`"
		fi
	done
fi
for doc in README.md ARCHITECTURE.md; do
	if [ ! -f "$doc" ]; then
		echo "$doc:1: missing"
		continue
	fi
	"$awk" '{
		rest = $0
		if (rest ~ /^```/)
			fenced = !fenced
		if (fenced)
			next
		while (match(rest, /`[^`]+`/)) {
			print FNR " " substr(rest, RSTART + 1, RLENGTH - 2)
			rest = substr(rest, RSTART + RLENGTH)
		}
	}' "$doc" | while read -r line text; do
		case $text in
		*.[ch]:[0-9]*|*.sql:[0-9]*|*.sh:[0-9]*|*.ts:[0-9]*|*.tsx:[0-9]*)
			echo "$doc:$line: line number in \`$text\`"
			continue ;;
		esac
		# The path is the first word: `deploy/up --port N`.
		path=${text%% *}
		path=${path#./}
		case $path in
		*[!A-Za-z0-9_.*/-]*) continue ;;
		# A word in capitals stands for any name: `src/FEATURE/`.
		*/[A-Z][A-Z][A-Z]*) continue ;;
		src/*|fcgi/*|worker/*|cli/*|sql/*|deploy/*|tests/*|doc/*|\
		web/*|m4/*|.ci/*|*.md|configure.ac|Makefile.am|autogen.sh)
			;;
		*) continue ;;
		esac
		case $path in
		# Made by the build, by configure or by npm.
		*_gen.[ch]|web/dist|web/dist/*|web/node_modules*) continue ;;
		# Identity documents are rows, not files of the project.
		IDENTITY.md|USER.md|SOUL.md|TOOLS.md|SKILL.md) continue ;;
		esac
		# shellcheck disable=SC2086
		set -- $path
		[ -e "$1" ] || echo "$doc:$line: \`$path\` does not exist"
	done
	grep -nE '\([Ll]ines? [0-9]+|[ ,]lines? [0-9]+ (of|in) `' "$doc" |
	    sed "s,^\([0-9]*\):.*,$doc:\1: line number in the text,"
done
} | complaints
