# Prints FILE:LINE:TEXT for each line of C, so that the lints need not know
# what is inside a comment or a string.  keep says what TEXT is:
#   code      comments gone, strings and characters emptied ("" and '')
#   strings   comments gone, strings kept
#   comments  the text of comments only
# A line comment leaves its two slashes, which is what comments.sh looks for.
FNR == 1 { incomment = 0 }
{
	rest = $0
	code = ""
	comment = ""
	while (rest != "") {
		if (incomment) {
			end = index(rest, "*/")
			if (end == 0) {
				comment = comment rest
				break
			}
			comment = comment substr(rest, 1, end - 1)
			rest = substr(rest, end + 2)
			incomment = 0
			continue
		}
		if (!match(rest, /"|'|\/\*|\/\//)) {
			code = code rest
			break
		}
		code = code substr(rest, 1, RSTART - 1)
		token = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (token == "/*") {
			incomment = 1
			code = code " "
		} else if (token == "//") {
			code = code token
			break
		} else {
			if (token == "\"")
				closed = match(rest, /^([^"\\]|\\.)*"/)
			else
				closed = match(rest, /^([^'\\]|\\.)*'/)
			text = closed ? substr(rest, 1, RLENGTH - 1) : rest
			rest = closed ? substr(rest, RLENGTH + 1) : ""
			if (keep != "strings")
				text = ""
			code = code token text token
		}
	}
	print FILENAME ":" FNR ":" (keep == "comments" ? comment : code)
}
