# Turns sql/schema/NNNN_name.sql into schema_gen.c: the migrations, in order.
function quote(s) {
	gsub(/\\/, "&&", s) # not "\\\\": awks read that differently
	gsub(/"/, "\\\"", s)
	return s
}
FNR == 1 {
	if (n++)
		print ",\n\t},"
	else {
		print "/* Made from sql/schema by sql/embed_schema.awk. */"
		print "#include \"config.h\"\n"
		print "#include \"db/migrate.h\"\n"
		print "const struct db_migration db_migrations[] = {"
	}
	k = split(FILENAME, part, "/")
	file = part[k]
	sub(/\.sql$/, "", file)
	printf "\t{\n\t\t.version = %d,\n\t\t.name = \"%s\",\n\t\t.sql =", \
	    substr(file, 1, 4) + 0, file
}
/^[ \t]*$/ { next }
{ printf "\n\t\t    \"%s\\n\"", quote($0) }
END {
	print ",\n\t},\n\t{ .version = 0 }\n};"
}
