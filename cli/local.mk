# moltis: the command line.

bin_PROGRAMS += moltis

# sources moltis_SOURCES: cli/*.c cli/*.h
moltis_SOURCES =
# end

moltis_LDADD = libmoltis.a $(MOLTIS_LIBS)

$(moltis_OBJECTS): | src/db/stmt_gen.h
