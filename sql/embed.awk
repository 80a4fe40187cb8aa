# Turns sql/queries/*/*.sql into stmt_gen.h (mode=header) or stmt_gen.c
# (mode=source): one enum value and one table row a file.
#
# A file is one statement with tags:
#   -- One sentence.
#   -- tenant: row            (or `none: reason`)
#   -- params: key text, max int      (or `none`)
#   -- returns: key text, label text  (or `none`)
# A missing tag stops the build: a statement nobody classified cannot ship.

function fail(msg) {
	printf "%s: %s\n", name, msg > "/dev/stderr"
	bad = 1
}

function quote(s) {
	gsub(/\\/, "&&", s) # not "\\\\": awks read that differently
	gsub(/"/, "\\\"", s)
	return s
}

function count(list,   parts) {
	if (list == "none")
		return 0
	return split(list, parts, /, */)
}

function finish() {
	if (name == "")
		return
	if (summary == "") fail("first line must be a sentence: -- Reads ...")
	if (tenant == "") fail("missing tag -- tenant:")
	if (params == "") fail("missing tag -- params:")
	if (returns == "") fail("missing tag -- returns:")
	if (tenant != "row" && tenant !~ /^none: ./)
		fail("tenant is `row` or `none: reason`")
	n++
	ids[n] = id
	rows[n] = sprintf("\t[STMT_%s] = {\n\t\t.name = \"%s\",\n" \
	    "\t\t.summary = \"%s\",\n\t\t.tenant = %s,\n" \
	    "\t\t.params = \"%s\",\n\t\t.returns = \"%s\",\n" \
	    "\t\t.param_count = %d,\n\t\t.column_count = %d,\n" \
	    "\t\t.sql =%s,\n\t},\n", id, short, quote(summary),
	    tenant == "row" ? "true" : "false", quote(params),
	    quote(returns), count(params), count(returns), sql)
}

FNR == 1 {
	finish()
	name = FILENAME
	k = split(FILENAME, part, "/")
	short = part[k - 1] "/" part[k]
	sub(/\.sql$/, "", short)
	id = toupper(short)
	gsub(/[^A-Z0-9]/, "_", id)
	summary = tenant = params = returns = sql = ""
}

/^-- tenant: /  { tenant = substr($0, 12); next }
/^-- params: /  { params = substr($0, 12); next }
/^-- returns: / { returns = substr($0, 13); next }
/^--/           { if (summary == "") { summary = $0; sub(/^-- */, "", summary) } next }
/^[ \t]*$/      { next }
                { sql = sql "\n\t\t    \"" quote($0) "\\n\"" }

END {
	finish()
	if (bad)
		exit 1
	if (mode == "header") {
		print "/* Made from sql/queries by sql/embed.awk. */"
		print "#ifndef MOLTIS_DB_STMT_GEN_H"
		print "#define MOLTIS_DB_STMT_GEN_H\n"
		print "enum db_stmt {"
		for (i = 1; i <= n; i++)
			printf "\tSTMT_%s,\n", ids[i]
		print "\tSTMT_COUNT\n};\n\n#endif"
	} else {
		print "/* Made from sql/queries by sql/embed.awk. */"
		print "#include \"config.h\"\n"
		print "#include \"db/stmt.h\"\n"
		print "const struct db_stmt_info db_stmts[STMT_COUNT] = {"
		for (i = 1; i <= n; i++)
			printf "%s", rows[i]
		print "};"
	}
}
