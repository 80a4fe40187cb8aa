# moltis-worker: WebSocket, turns, clock.  All but main.c is a library, so that
# unit tests and fuzz targets can link it.

bin_PROGRAMS += moltis-worker
noinst_LIBRARIES += libmoltisworker.a

# sources libmoltisworker_a_SOURCES: worker/*.c worker/*.h ! worker/main.c
libmoltisworker_a_SOURCES = \
	worker/cron.c \
	worker/cron.h \
	worker/curlev.c \
	worker/curlev.h \
	worker/exec_job.c \
	worker/exec_job.h \
	worker/exec_run.c \
	worker/exec_run.h \
	worker/file_job.c \
	worker/file_job.h \
	worker/file_move.c \
	worker/file_move.h \
	worker/hub.c \
	worker/hub.h \
	worker/hub_auth.c \
	worker/hub_fetch.c \
	worker/hub_int.h \
	worker/notify.c \
	worker/notify.h \
	worker/pool.c \
	worker/pool.h \
	worker/provider_http.c \
	worker/provider_http.h \
	worker/relay.c \
	worker/relay.h \
	worker/relay_in.c \
	worker/relay_int.h \
	worker/relay_out.c \
	worker/sandbox_client.c \
	worker/sandbox_client.h \
	worker/sandbox_watch.c \
	worker/sandbox_watch.h \
	worker/tool_call.c \
	worker/tool_call.h \
	worker/tool_cron.c \
	worker/tool_cron.h \
	worker/tool_exec.c \
	worker/tool_exec.h \
	worker/tool_file.c \
	worker/tool_file.h \
	worker/tool_live.c \
	worker/tool_live.h \
	worker/tools.c \
	worker/tools.h \
	worker/turn.c \
	worker/turn.h \
	worker/turn_job.c \
	worker/turn_job.h \
	worker/turn_say.c \
	worker/turn_say.h \
	worker/turn_steps.c \
	worker/turn_steps.h \
	worker/turns.c \
	worker/turns.h \
	worker/workspace.c \
	worker/workspace.h \
	worker/ws_admit.c \
	worker/ws_conn.c \
	worker/ws_conn.h \
	worker/ws_listen.c \
	worker/ws_listen.h \
	worker/ws_login.c \
	worker/ws_note.c \
	worker/ws_out.c \
	worker/ws_out.h \
	worker/ws_rpc.c \
	worker/ws_server.h \
	worker/ws_tally.c \
	worker/ws_tally.h \
	worker/ws_wire.c
# end

moltis_worker_SOURCES = worker/main.c
moltis_worker_LDADD = libmoltisworker.a libmoltis.a $(WSLAY_LIBS) $(EV_LIBS) \
	$(CURL_LIBS) $(MOLTIS_LIBS)

$(libmoltisworker_a_OBJECTS) $(moltis_worker_OBJECTS): | src/db/stmt_gen.h
