package postgres_test

import (
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

func migrationFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := fs.Glob(postgres.Migrations(), "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(postgres.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(raw)
	}
	return files
}

func TestMigrationsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, p := range lintMigrations(migrationFiles(t)) {
		t.Error(p)
	}
}

// TestEveryStatementKeepsTheRules lints every .sql file of the repository.
func TestEveryStatementKeepsTheRules(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case filepath.Ext(path) != ".sql":
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, p := range lintQueries(path, string(raw)) {
			t.Error(p)
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Fatalf("%d files read: %v", files, err)
	}
}

// TestLintBites gives each rule something to refuse.
func TestLintBites(t *testing.T) {
	t.Parallel()
	const good = `create table gridward.x (district text, id uuid, y uuid, primary key (district, id));
		alter table gridward.x enable row level security; alter table gridward.x force row level security;
		create policy scope on gridward.x using (strpos(current_setting('gridward.scope', true), ',' || district || ',') > 0);`
	if p := lintMigrations(map[string]string{"good": good}); p != nil {
		t.Fatalf("the good sample is refused: %v", p)
	}
	for name, c := range map[string]struct{ sql, want string }{
		"primary key":         {strings.Replace(good, "(district, id)", "(id, district)", 1), "primary key does not begin"},
		"column's own key":    {strings.Replace(good, "id uuid,", "id uuid primary key,", 1), "has a key of its own"},
		"no primary key":      {strings.Replace(good, ", primary key (district, id)", "", 1), "no primary key"},
		"no district":         {`create table gridward.y (id uuid);`, "no column district"},
		"unique":              {good + `alter table gridward.x add constraint u unique (y, district);`, "unique does not begin"},
		"foreign key":         {good + `alter table gridward.x add foreign key (y) references gridward.x (id);`, "foreign key does not begin"},
		"referenced key":      {good + `alter table gridward.x add foreign key (district, y) references gridward.x;`, "referenced key does not begin"},
		"references":          {good + `alter table gridward.x add column z uuid references gridward.x (id);`, "has a key of its own"},
		"exclusion":           {strings.Replace(good, "primary key", "exclude using gist (id with =), primary key", 1), "exclude does not begin"},
		"unique index":        {good + `create unique index on gridward.x (y);`, "unique index does not begin"},
		"serial":              {strings.Replace(good, "id uuid", "id BIGSERIAL", 1), "bigserial"},
		"identity":            {strings.Replace(good, "id uuid", "id bigint generated always as identity", 1), "identity"},
		"sequence":            {good + `create sequence gridward.s;`, "sequence"},
		"nextval":             {good + `alter table gridward.x alter id set default nextval('s');`, "nextval"},
		"trigger":             {good + `create /* well */ trigger t after insert on gridward.x execute function f();`, "trigger"},
		"rule":                {good + `create or replace rule r as on insert to gridward.x do nothing;`, "rule"},
		"definer":             {good + `create function gridward.f() returns int language sql security definer return 1;`, "definer"},
		"view":                {good + `create view gridward.v as select 1;`, "security_invoker"},
		"not enabled":         {strings.Replace(good, "enable row", "cluster on row", 1), "not enabled and forced"},
		"not forced":          {strings.Replace(good, "force row", "cluster on row", 1), "not enabled and forced"},
		"switched off":        {good + `alter table gridward.x disable row level security;`, "disable"},
		"no policy":           {good[:strings.Index(good, "create policy")], "no policy"},
		"open policy":         {good + `create policy p on gridward.x using (true);`, "asks no setting"},
		"open check":          {good + `create policy p on gridward.x using (current_setting('gridward.scope') = '') with check (true);`, "asks no setting"},
		"policy on a table":   {good + `create policy p on gridward.x using (current_setting('gridward.scope') = any (select y from gridward.x));`, "reads a table"},
		"policy on a setting": {good + `create policy p on gridward.x using (current_setting('app.user') = district);`, "another setting"},
		"policy on a call":    {good + `create policy p on gridward.x using (may_see(current_setting('gridward.scope')));`, "calls may_see"},
		"upsert":              {good + `insert into gridward.x (district) values ('a') on conflict (district, id) do update set y = now();`, "from now"},
		"down":                {good + "\n-- +goose Down\n", "forward only"},
		"outside":             {good + `create table public.z (district text, primary key (district));`, "outside the schema"},
	} {
		found := strings.Join(lintMigrations(map[string]string{name: c.sql}), "\n")
		if !strings.Contains(found, c.want) {
			t.Errorf("%s: found %q, want %q", name, found, c.want)
		}
	}
	for sql, ok := range map[string]bool{
		`insert into gridward.x as r (a, b) values ($1, $2) on conflict (district, id) do update set a = excluded.a, n = r.n + 1, b = coalesce(excluded.b, r.b) where r.a <> now()`: true,
		`with m as (insert into gridward.x (a) values (1) on conflict (a) do update set a = excluded.a) select now() from m`:                                                        true,
		`insert into gridward.x (a) values (1) on conflict (a) do update set a = $1`:                                                                                                true,
		`insert into gridward.x (a) values (1) on conflict (a) do update set at = current_timestamp`:                                                                                false,
		`insert into gridward.x (a) values (1) on conflict (a) do update set a = (select max(b) from gridward.y)`:                                                                   false,
		`insert into gridward.x (a) values (1) on conflict (a) do update set a = other.b`:                                                                                           false,
		`insert into gridward.x (a) values (1) on conflict (a) do update set (a, b) = (excluded.a, clock_timestamp())`:                                                              false,
		`insert into gridward.x (a) values ('do update set a = now()') on conflict do nothing -- do update set a = now()`:                                                           true,
	} {
		if found := lintQueries("query", sql); (found == nil) != ok {
			t.Errorf("%s: %v", sql, found)
		}
	}
}

// TestSchemaInFact asks the catalogue what the lint read in the text.
func TestSchemaInFact(t *testing.T) {
	t.Parallel()
	owner := testdb.Owner(t, testdb.New(t))
	rows, err := owner.Query(t.Context(), `
		select 'key ' || conname from pg_constraint k
		where connamespace = 'gridward'::regnamespace and contype in ('p', 'u', 'f', 'x')
		  and (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]) <> 'district'
		union all
		select 'referenced key of ' || conname from pg_constraint
		where connamespace = 'gridward'::regnamespace and contype = 'f'
		  and (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[1]) <> 'district'
		union all
		select 'unique index ' || c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
		where c.relnamespace = 'gridward'::regnamespace and i.indisunique
		  and (select attname from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[0]) <> 'district'
		union all
		select 'no primary key: ' || relname from pg_class c
		where relnamespace = 'gridward'::regnamespace and relkind in ('r', 'p')
		  and not exists (select from pg_constraint where conrelid = c.oid and contype = 'p')
		union all
		select 'sequence ' || relname from pg_class where relnamespace = 'gridward'::regnamespace and relkind = 'S'
		union all
		select 'trigger ' || tgname from pg_trigger t join pg_class c on c.oid = tgrelid
		where relnamespace = 'gridward'::regnamespace and not tgisinternal
		union all
		select 'rule ' || rulename from pg_rules where schemaname = 'gridward'
		union all
		select 'unreachable by the service: ' || relname from pg_class c
		where relnamespace = 'gridward'::regnamespace and relkind in ('r', 'p') and not has_table_privilege('gridward_service', c.oid, 'select')`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if diff := cmp.Diff([]string{}, found); diff != "" || err != nil {
		t.Errorf("the schema breaks its rules (%v):\n%s", err, diff)
	}
}
