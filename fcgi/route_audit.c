/*
 * GET /api/audit/export: the trail as a file.
 *
 * The rows are those of the operation audit.list, page by page through the
 * gate, so a right that is taken away ends the file; nothing holds more than
 * a page in memory.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/audit.h"
#include "base/mem.h"
#include "fcgi/exchange.h"
#include "fcgi/reply.h"
#include "js/js.h"

#define EXPORT_MAX_ROWS 100000

static const struct http_query_field export_query[] = {
	{ "since", HTTP_QUERY_INT },
	{ "until", HTTP_QUERY_INT },
	{ NULL, HTTP_QUERY_TEXT },
};

struct export
{
	bool csv;
	int rows;
	struct txt piece;
};

/* Takes "format" out of the parameters; the rest is audit.list's. */
static enum status
take_params(struct exchange *x, bool *ret_csv)
{
	struct js_error err = { "", "" };
	const char *format;

	x->params = js_new();
	if (http_query_params(x->req.path.query, export_query, x->params,
		&err) != ST_OK) {
		(void)mem_copy_str(x->error.field, sizeof(x->error.field),
		    err.field);
		return exchange_fail(x, ST_INVALID, err.why);
	}
	format = js_text(x->params, "format");
	if (format == NULL ||
	    (strcmp(format, "csv") != 0 && strcmp(format, "jsonl") != 0)) {
		(void)mem_copy_str(x->error.field, sizeof(x->error.field),
		    "format");
		return exchange_fail(x, ST_INVALID,
		    "format must be csv or jsonl");
	}
	*ret_csv = strcmp(format, "csv") == 0;
	json_object_object_del(x->params, "format");
	if (js_get(x->params, "cursor") != NULL ||
	    js_get(x->params, "limit") != NULL)
		return exchange_fail(x, ST_INVALID,
		    "an export has no pages: leave cursor and limit out");
	js_set_int(x->params, "limit", AUDIT_LIST_MAX);
	return ST_OK;
}

static enum status
next_page(struct exchange *x)
{
	js_put(&x->reply);
	return exchange_call(x, "audit.list", x->params);
}

static void
start(struct exchange *x, struct export *e)
{
	struct reply_file file = { .length = -1 };
	time_t now = time(NULL);
	struct tm tm;
	char day[16], name[48];

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0)
		day[0] = '\0';
	(void)snprintf(name, sizeof(name), "moltis-audit-%s.%s", day,
	    e->csv ? "csv" : "jsonl");
	file.type = e->csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
	file.name = name;
	reply_start(x, &file);
	if (e->csv)
		audit_csv_head(&e->piece);
}

/* false: the client is gone. */
static bool
write_page(struct exchange *x, struct export *e)
{
	struct json_object *entries = js_get(x->reply, "entries");
	size_t i, n = json_object_array_length(entries);

	for (i = 0; i < n && e->rows < EXPORT_MAX_ROWS; i++, e->rows++) {
		struct json_object *entry =
		    json_object_array_get_idx(entries, i);

		if (e->csv)
			audit_csv_row(&e->piece, entry);
		else
			audit_jsonl_row(&e->piece, entry);
	}
	if (!reply_write(x, txt_str(&e->piece), e->piece.len))
		return false;
	txt_reset(&e->piece);
	return true;
}

/* Moves on to the next page; false: there is none. */
static bool
turn_page(struct exchange *x, const struct export *e)
{
	const char *cursor = js_text(x->reply, "nextCursor");

	if (cursor == NULL || e->rows >= EXPORT_MAX_ROWS ||
	    x->req.method == HTTP_HEAD)
		return false;
	js_set_text(x->params, "cursor", cursor);
	return true;
}

enum status
route_audit_export(struct exchange *x)
{
	struct export e = { .rows = 0 };
	enum status st = take_params(x, &e.csv);

	if (st != ST_OK)
		return exchange_refuse(x, st);
	st = next_page(x);
	if (st != ST_OK)
		return st;
	start(x, &e);
	while (st == ST_OK && write_page(x, &e) && turn_page(x, &e))
		st = next_page(x);
	if (st != ST_OK)
		reply_abort(x);
	txt_done(&e.piece);
	return st;
}
