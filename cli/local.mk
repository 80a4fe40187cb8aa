# moltis: the command line.

bin_PROGRAMS += moltis

# sources moltis_SOURCES: cli/*.c cli/*.h
moltis_SOURCES = \
	cli/args.c \
	cli/cli.h \
	cli/cmd_audit.c \
	cli/cmd_auth.c \
	cli/cmd_cron.c \
	cli/cmd_database.c \
	cli/cmd_doctor.c \
	cli/cmd_exec.c \
	cli/cmd_explain.c \
	cli/cmd_ops.c \
	cli/cmd_people.c \
	cli/commands.c \
	cli/doctor.h \
	cli/doctor_db.c \
	cli/main.c \
	cli/say.c \
	cli/say.h
# end

moltis_LDADD = libmoltis.a $(MOLTIS_LIBS)

$(moltis_OBJECTS): | src/db/stmt_gen.h
