/*
 * The schema against the statements, and the rules every table and function
 * of it must follow, read from the catalogue so that a new one cannot escape.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/stmt.h"
#include "tests/sql/sqltest.h"

static void
statements_fit(void)
{
	own_txt struct txt report = { 0 };
	int bad = db_check_statements(info_owner(), &report);

	check(bad == 0, "all %d statements fit the live schema%s%s", STMT_COUNT,
	    bad == 0 ? "" : ":\n", txt_str(&report));
}

/* Everything a migration left behind is reported, not only applied. */
static void
migrating_again(void)
{
	own_txt struct txt report = { 0 };
	long before = owner_count("SELECT count(*) FROM"
				  " public.schema_migrations");

	check(db_migrate(info_owner(), &report) == ST_OK && report.len == 0 &&
		owner_count("SELECT count(*) FROM public.schema_migrations") ==
		    before,
	    "migrating again changes nothing");
}

/* The catalogue gives the sinners' names; none must come. */
static void
none(const char *sentence, const char *sql)
{
	char *names = owner_get("%s", sql);

	if (names[0] == '\0')
		check(true, "%s", sentence);
	else
		check(false, "%s (not so: %s)", sentence, names);
	free(names);
}

#define TABLES \
	"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace" \
	" WHERE n.nspname = 'moltis' AND c.relkind IN ('r', 'p')"
#define HAS_ACCOUNT \
	" AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid" \
	" AND a.attname = 'account_id' AND NOT a.attisdropped)"
#define FUNCTIONS \
	"FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace" \
	" WHERE n.nspname = 'moltis'"

static void
tables_fenced(void)
{
	check(owner_count("SELECT count(*) " TABLES HAS_ACCOUNT) >= 12,
	    "the catalogue shows the tables of accounts");
	none("every table with account_id has row-level security, forced",
	    "SELECT string_agg(c.relname, ', ') " TABLES HAS_ACCOUNT
	    " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)");
	none("every table with account_id has the tenant policy",
	    "SELECT string_agg(c.relname, ', ') " TABLES HAS_ACCOUNT
	    " AND NOT EXISTS (SELECT FROM pg_policy p"
	    " WHERE p.polrelid = c.oid AND p.polname = 'tenant'"
	    " AND p.polcmd = '*' AND p.polqual IS NOT NULL"
	    " AND p.polwithcheck IS NOT NULL)");
	none("no policy but tenant lets the programs through",
	    "SELECT string_agg(c.relname || '.' || p.polname, ', ')"
	    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid,"
	    " unnest(p.polroles) r WHERE p.polname <> 'tenant'"
	    " AND (r = 0 OR pg_has_role('moltis_api', r, 'MEMBER')"
	    " OR pg_has_role('moltis_worker', r, 'MEMBER'))");
	none("every tenant policy compares account_id with the entered one",
	    "SELECT string_agg(c.relname, ', ') FROM pg_policy p"
	    " JOIN pg_class c ON c.oid = p.polrelid"
	    " WHERE p.polname = 'tenant' AND NOT"
	    " (pg_get_expr(p.polqual, c.oid) ="
	    " '(account_id = ( SELECT moltis.ctx_account() AS ctx_account))'"
	    " AND pg_get_expr(p.polwithcheck, c.oid) ="
	    " pg_get_expr(p.polqual, c.oid))");
	none("a table without account_id is not open to the programs",
	    "SELECT string_agg(c.relname, ', ') " TABLES
	    " AND NOT EXISTS (SELECT FROM pg_attribute a"
	    " WHERE a.attrelid = c.oid AND a.attname = 'account_id')"
	    " AND (has_any_column_privilege('moltis_api', c.oid,"
	    " 'SELECT, INSERT, UPDATE') OR"
	    " has_any_column_privilege('moltis_worker', c.oid,"
	    " 'SELECT, INSERT, UPDATE') OR"
	    " has_table_privilege('moltis_api', c.oid, 'DELETE, TRUNCATE')"
	    " OR has_table_privilege('moltis_worker', c.oid,"
	    " 'DELETE, TRUNCATE'))");
}

static void
references_composite(void)
{
	none("a reference between tables of accounts carries account_id",
	    "SELECT string_agg(k.conname, ', ') FROM pg_constraint k"
	    " JOIN pg_class c ON c.oid = k.conrelid"
	    " JOIN pg_class f ON f.oid = k.confrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE n.nspname = 'moltis' AND k.contype = 'f'"
	    " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
	    " AND a.attname = 'account_id')"
	    " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = f.oid"
	    " AND a.attname = 'account_id')"
	    " AND NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey)"
	    " AS x (here, there)"
	    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = here"
	    " JOIN pg_attribute b ON b.attrelid = f.oid AND b.attnum = there"
	    " WHERE a.attname = 'account_id' AND b.attname = 'account_id')");
	none("every table of accounts goes when its account goes",
	    "SELECT string_agg(c.relname, ', ') " TABLES HAS_ACCOUNT
	    " AND c.relname <> 'accounts' AND NOT EXISTS"
	    " (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid"
	    " AND k.contype = 'f' AND k.confdeltype = 'c')");
}

static void
functions_pinned(void)
{
	check(owner_count("SELECT count(*) " FUNCTIONS " AND p.prosecdef") > 20,
	    "the catalogue shows the definer functions");
	none("every definer function has a pinned search_path",
	    "SELECT string_agg(p.proname, ', ') " FUNCTIONS
	    " AND p.prosecdef AND NOT coalesce("
	    "'search_path=pg_catalog' = ANY (p.proconfig), false)");
	none("every definer function belongs to the owner role",
	    "SELECT string_agg(p.proname, ', ') " FUNCTIONS
	    " AND p.prosecdef AND p.proowner <> 'moltis_owner'::regrole");
	none("the programs may create nothing in our schemas",
	    "SELECT string_agg(r || ' in ' || s, ', ')"
	    " FROM unnest('{moltis_api,moltis_worker}'::text[]) r,"
	    " unnest('{moltis,public}'::text[]) s"
	    " WHERE has_schema_privilege(r, s, 'CREATE')");
	none("the programs' roles have no special rights",
	    "SELECT string_agg(rolname, ', ') FROM pg_roles"
	    " WHERE rolname IN ('moltis_api', 'moltis_worker')"
	    " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
	    " OR rolreplication)");
	none("the programs' roles are members of nothing",
	    "SELECT string_agg(roleid::regrole::text, ', ')"
	    " FROM pg_auth_members WHERE member IN"
	    " ('moltis_api'::regrole, 'moltis_worker'::regrole)");
}

/* The reason behind "tenant: none:" stands in the file of the statement. */
static bool
has_reason(const char *name)
{
	const char *top = getenv("srcdir");
	own_txt struct txt path = { 0 };
	char line[512];
	bool found = false;
	FILE *f;

	txt_format(&path, "%s/sql/queries/%s.sql", top == NULL ? "." : top,
	    name);
	f = fopen(txt_str(&path), "r");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "-- tenant: none: ", 17) == 0 &&
		    strlen(line) > 17 + 6;
	(void)fclose(f);
	return found;
}

/* One line a statement: name and reason, in tests/data. */
static bool
is_listed(const char *name)
{
	const char *top = getenv("srcdir");
	own_txt struct txt path = { 0 };
	size_t n = strlen(name);
	char line[512];
	bool found = false;
	FILE *f;

	txt_format(&path, "%s/tests/data/no_tenant.tsv",
	    top == NULL ? "." : top);
	f = fopen(txt_str(&path), "r");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, name, n) == 0 && line[n] == '\t';
	(void)fclose(f);
	return found;
}

static void
tenantless_reasons(void)
{
	for (int i = 0; i < STMT_COUNT; i++) {
		const struct db_stmt_info *s = &db_stmts[i];

		if (s->tenant)
			continue;
		check(has_reason(s->name), "%s says why it has no tenant",
		    s->name);
		check(is_listed(s->name),
		    "%s is in tests/data/no_tenant.tsv (add it after a review)",
		    s->name);
	}
}

void
test_schema(void)
{
	statements_fit();
	migrating_again();
	tables_fenced();
	references_composite();
	functions_pinned();
	tenantless_reasons();
}
