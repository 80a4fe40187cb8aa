/* Frames there and back, and frames that are none. */
#include "config.h"

#include <string.h>

#include "sandbox/sbx_wire.h"
#include "tests/unit/unit.h"

static struct sbx_text
text(const char *s)
{
	struct sbx_text t = { s, strlen(s) };

	return t;
}

static bool
same(struct sbx_text t, const char *s)
{
	return t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

/* The one frame that OUT holds. */
static struct sbx_frame
only(const struct txt *out, enum sbx_type type, uint32_t job)
{
	struct sbx_frame f = { 0 };
	size_t taken = 0;

	CU_ASSERT_EQUAL(sbx_frame_next(out->data, out->len, &f, &taken),
	    SBX_NEXT_FRAME);
	CU_ASSERT_EQUAL(taken, out->len);
	CU_ASSERT_EQUAL(f.type, type);
	CU_ASSERT_EQUAL(f.job, job);
	/* Any part of it is not yet a frame. */
	for (size_t n = 0; n < out->len; n++) {
		struct sbx_frame g;

		CU_ASSERT_EQUAL(sbx_frame_next(out->data, n, &g, &taken),
		    SBX_NEXT_MORE);
	}
	return f;
}

static void
put_sample(struct txt *out)
{
	struct sbx_run run = { .timeout_secs = 77,
		.limits = { 1ull << 30, 1500, 99, 5ull << 30, 1234 },
		.network = SBX_NET_NONE,
		.env_count = 2 };

	memset(run.account, 1, SBX_ID_BYTES);
	memset(run.session, 2, SBX_ID_BYTES);
	memset(run.run, 3, SBX_ID_BYTES);
	run.command.p = "a\0b\n";
	run.command.n = 4;
	run.cwd = text("w/d");
	run.image = text("i:1");
	run.env[0].name = text("K");
	run.env[0].value = text("");
	run.env[1].name = text("L");
	run.env[1].value = text("value");
	sbx_put_run(out, 7, &run);
}

static void
runs(void)
{
	own_txt struct txt out = { 0 };
	struct sbx_frame f;
	struct sbx_run r;

	put_sample(&out);
	f = only(&out, SBX_RUN, 7);
	CU_ASSERT_TRUE(sbx_get_run(f.body, &r));
	CU_ASSERT_EQUAL(r.account[15], 1);
	CU_ASSERT_EQUAL(r.session[0], 2);
	CU_ASSERT_EQUAL(r.run[7], 3);
	CU_ASSERT_EQUAL(r.command.n, 4);
	CU_ASSERT_EQUAL(memcmp(r.command.p, "a\0b\n", 4), 0);
	CU_ASSERT_TRUE(same(r.cwd, "w/d") && same(r.image, "i:1"));
	CU_ASSERT_EQUAL(r.env_count, 2);
	CU_ASSERT_TRUE(same(r.env[0].name, "K") && r.env[0].value.n == 0);
	CU_ASSERT_TRUE(same(r.env[1].value, "value"));
	CU_ASSERT_EQUAL(r.timeout_secs, 77);
	CU_ASSERT_EQUAL(r.limits.memory_bytes, 1ull << 30);
	CU_ASSERT_EQUAL(r.limits.cpu_millis, 1500);
	CU_ASSERT_EQUAL(r.limits.pids, 99);
	CU_ASSERT_EQUAL(r.limits.disk_bytes, 5ull << 30);
	CU_ASSERT_EQUAL(r.limits.output_bytes, 1234);
	CU_ASSERT_EQUAL(r.network, SBX_NET_NONE);
}

static void
damaged(void)
{
	own_txt struct txt out = { 0 };
	struct sbx_frame f;
	struct sbx_text cut;
	struct sbx_run r;

	put_sample(&out);
	f = only(&out, SBX_RUN, 7);
	cut = f.body;
	for (cut.n = 0; cut.n < f.body.n; cut.n++)
		CU_ASSERT_FALSE(sbx_get_run(cut, &r));
	txt_append_c(&out, '\0'); /* a byte too many */
	cut.p = out.data + SBX_HEAD_BYTES;
	cut.n = f.body.n + 1;
	CU_ASSERT_FALSE(sbx_get_run(cut, &r));
	cut.n--;
	CU_ASSERT_TRUE(sbx_get_run(cut, &r));
	out.data[out.len - 2] = 3; /* an unknown network */
	CU_ASSERT_FALSE(sbx_get_run(cut, &r));
}

static void
heads(void)
{
	static const char short_head[] = { 0, 0, 0, 4, 1, 0, 0, 0 };
	static const char long_head[] = { 0x7f, 0, 0, 0 };
	static const char type_0[] = { 0, 0, 0, 5, 0, 0, 0, 0, 0 };
	static const char type_11[] = { 0, 0, 0, 5, 11, 0, 0, 0, 0 };
	static const char type_73[] = { 0, 0, 0, 5, 73, 0, 0, 0, 0 };
	struct sbx_frame f;
	size_t taken;

	CU_ASSERT_EQUAL(sbx_frame_next(short_head, 8, &f, &taken),
	    SBX_NEXT_BROKEN);
	CU_ASSERT_EQUAL(sbx_frame_next(long_head, 4, &f, &taken),
	    SBX_NEXT_BROKEN);
	CU_ASSERT_EQUAL(sbx_frame_next(type_0, 9, &f, &taken), SBX_NEXT_BROKEN);
	CU_ASSERT_EQUAL(sbx_frame_next(type_11, 9, &f, &taken),
	    SBX_NEXT_BROKEN);
	CU_ASSERT_EQUAL(sbx_frame_next(type_73, 9, &f, &taken),
	    SBX_NEXT_BROKEN);
	CU_ASSERT_EQUAL(sbx_frame_next("", 0, &f, &taken), SBX_NEXT_MORE);
}

static void
files(void)
{
	own_txt struct txt out = { 0 };
	struct sbx_file file = { .offset = 1ull << 40, .size = 9 }, got;
	struct sbx_frame f;

	memset(file.account, 4, SBX_ID_BYTES);
	file.path = text("p/q");
	file.data = text("bytes");
	sbx_put_file(&out, SBX_WRITE, 8, &file);
	f = only(&out, SBX_WRITE, 8);
	CU_ASSERT_TRUE(sbx_get_file(f.body, &got));
	CU_ASSERT_EQUAL(got.offset, 1ull << 40);
	CU_ASSERT_EQUAL(got.size, 9);
	CU_ASSERT_TRUE(same(got.path, "p/q") && same(got.data, "bytes"));
	f.body.n--;
	CU_ASSERT_FALSE(sbx_get_file(f.body, &got));
}

static void
ends(void)
{
	own_txt struct txt out = { 0 };
	struct sbx_result r = { .exit_code = 137,
		.oom_killed = true,
		.err_truncated = true,
		.cpu_ms = 5,
		.wall_ms = 6,
		.peak_memory_bytes = 1ull << 33 };
	struct sbx_result got;
	struct sbx_frame f;

	sbx_put_end(&out, 9, &r);
	f = only(&out, SBX_END, 9);
	CU_ASSERT_TRUE(sbx_get_end(f.body, &got));
	CU_ASSERT_EQUAL(got.exit_code, 137);
	CU_ASSERT_TRUE(got.oom_killed && got.err_truncated);
	CU_ASSERT_FALSE(got.timed_out || got.canceled || got.disk_full ||
	    got.output_flood || got.out_truncated);
	CU_ASSERT_EQUAL(got.cpu_ms, 5);
	CU_ASSERT_EQUAL(got.wall_ms, 6);
	CU_ASSERT_EQUAL(got.peak_memory_bytes, 1ull << 33);
	out.data[SBX_HEAD_BYTES + 4] = 2; /* neither yes nor no */
	CU_ASSERT_FALSE(sbx_get_end(f.body, &got));
}

static void
others(void)
{
	own_txt struct txt out = { 0 };
	struct sbx_entry e = { SBX_KIND_FOLDER, 3, -5, { "n", 1 } };
	struct sbx_data d = { 77, { "data", 4 } };
	struct sbx_error err;
	struct sbx_frame f;

	sbx_put_error(&out, 1, ST_LIMIT, "busy");
	f = only(&out, SBX_ERROR, 1);
	CU_ASSERT_TRUE(sbx_get_error(f.body, &err));
	CU_ASSERT_TRUE(err.status == ST_LIMIT && same(err.text, "busy"));
	out.data[SBX_HEAD_BYTES] = 1; /* a status that is none */
	CU_ASSERT_TRUE(sbx_get_error(f.body, &err));
	CU_ASSERT_EQUAL(err.status, ST_INTERNAL);

	txt_reset(&out);
	sbx_put_entry(&out, 2, &e);
	f = only(&out, SBX_ENTRY, 2);
	memset(&e, 0, sizeof(e));
	CU_ASSERT_TRUE(sbx_get_entry(f.body, &e));
	CU_ASSERT_TRUE(e.kind == SBX_KIND_FOLDER && e.size == 3 &&
	    e.mtime_ms == -5 && same(e.name, "n"));

	txt_reset(&out);
	sbx_put_data(&out, 3, &d);
	f = only(&out, SBX_DATA, 3);
	memset(&d, 0, sizeof(d));
	CU_ASSERT_TRUE(sbx_get_data(f.body, &d));
	CU_ASSERT_TRUE(d.file_size == 77 && same(d.bytes, "data"));

	txt_reset(&out);
	sbx_put_bytes(&out, SBX_OUT, 4, text("raw"));
	f = only(&out, SBX_OUT, 4);
	CU_ASSERT_TRUE(same(f.body, "raw"));
}

static void
reports(void)
{
	own_txt struct txt out = { 0 };
	struct sbx_report r = { .exec_on = true,
		.running = 1,
		.queued = 2,
		.max_running = 3,
		.per_account_max = 4,
		.limits = { 5, 6, 7, 8, 9 },
		.backend = { "bubblewrap", 10 },
		.why = { "runsc: no\n", 10 } };
	struct sbx_report got;
	struct sbx_frame f;

	sbx_put_report(&out, 5, &r);
	f = only(&out, SBX_REPORT, 5);
	CU_ASSERT_TRUE(sbx_get_report(f.body, &got));
	CU_ASSERT_TRUE(got.exec_on && !got.network);
	CU_ASSERT_EQUAL(got.queued, 2);
	CU_ASSERT_EQUAL(got.per_account_max, 4);
	CU_ASSERT_EQUAL(got.limits.disk_bytes, 8);
	CU_ASSERT_TRUE(same(got.backend, "bubblewrap"));
	CU_ASSERT_TRUE(same(got.why, "runsc: no\n"));
}

void
suite_sandbox_sbx_wire(void)
{
	static const struct unit_test tests[] = {
		{ "a command comes back as it was", runs },
		{ "a command that is cut or longer is none", damaged },
		{ "a length or type that cannot be breaks", heads },
		{ "a file request comes back as it was", files },
		{ "a result comes back as it was", ends },
		{ "so do errors, entries, data and output", others },
		{ "and reports", reports },
		{ NULL, NULL },
	};

	unit_add("src/sandbox/sbx_wire.c", tests);
}
