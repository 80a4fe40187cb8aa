/*
 * Fuzz target: the bytes that the worker and moltis-sandboxd send each other.
 *
 * Each frame is read as everything it could be; what is accepted must give
 * the same bytes when it is written again, and pass or fail the rules without
 * reading beyond them.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/sbx_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Was OUT's body made of the same bytes as BODY? */
static void
same(struct txt *out, struct sbx_text body)
{
	must(out->len == body.n + SBX_HEAD_BYTES);
	must(memcmp(out->data + SBX_HEAD_BYTES, body.p, body.n) == 0);
	txt_done(out);
}

static void
check_run(const struct sbx_frame *f)
{
	struct sbx_run *run = malloc(sizeof(*run));
	struct txt out = { 0 };
	const char *field = NULL;

	must(run != NULL);
	if (sbx_get_run(f->body, run)) {
		must(sbx_run_check(run, &field) == ST_OK || field != NULL);
		sbx_put_run(&out, f->job, run);
		same(&out, f->body);
	}
	free(run);
}

static void
check_requests(const struct sbx_frame *f)
{
	struct txt out = { 0 };
	struct sbx_file file;

	if (sbx_get_file(f->body, &file)) {
		must(file.path.n <= SBX_MAX_PATH);
		sbx_put_file(&out, SBX_READ, f->job, &file);
		same(&out, f->body);
	}
	sbx_put_bytes(&out, SBX_OUT, f->job, f->body);
	same(&out, f->body);
}

static void
check_answers(const struct sbx_frame *f)
{
	struct txt out = { 0 };
	struct sbx_result result;
	struct sbx_report report;
	struct sbx_entry entry;
	struct sbx_error error;
	struct sbx_data file;

	if (sbx_get_end(f->body, &result)) {
		sbx_put_end(&out, f->job, &result);
		same(&out, f->body);
	}
	if (sbx_get_entry(f->body, &entry)) {
		sbx_put_entry(&out, f->job, &entry);
		same(&out, f->body);
	}
	if (sbx_get_data(f->body, &file)) {
		sbx_put_data(&out, f->job, &file);
		same(&out, f->body);
	}
	if (sbx_get_report(f->body, &report)) {
		sbx_put_report(&out, f->job, &report);
		same(&out, f->body);
	}
	if (sbx_get_error(f->body, &error))
		must(error.status != ST_OK && error.text.n <= SBX_MAX_WHY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct sbx_frame f;
	size_t taken = 0;

	while (sbx_frame_next(p, size, &f, &taken) == SBX_NEXT_FRAME) {
		must(taken >= SBX_HEAD_BYTES && taken <= size);
		check_run(&f);
		check_requests(&f);
		check_answers(&f);
		p += taken;
		size -= taken;
	}
	return 0;
}
