package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

// TestWallsStand breaks the wall in each way that concerns one database and
// asks whether serving would be refused.
func TestWallsStand(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	if err := db.CheckWalls(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner := testdb.Owner(t, db)
	for _, c := range []struct{ breach, mend, want string }{
		{`alter table gridward.hazard no force row level security`, `alter table gridward.hazard force row level security`, "table hazard"},
		{`alter table gridward.audit disable row level security`, `alter table gridward.audit enable row level security`, "table audit"},
		{`create table gridward.fresh (district text)`, `drop table gridward.fresh`, "table fresh"},
		{`create policy all_of_it on gridward.place using (true)`, `drop policy all_of_it on gridward.place`, "policy all_of_it"},
		{`create policy checked on gridward.place using (current_setting('gridward.scope', true) = '') with check (true)`, `drop policy checked on gridward.place`, "policy checked"},
		{`grant truncate on gridward.audit to gridward_service`, `revoke truncate on gridward.audit from gridward_service`, "truncate the table audit"},
		{`grant trigger on gridward.audit to public`, `revoke trigger on gridward.audit from public`, "table audit"},
		{`create view gridward.all_places as select * from gridward.place; grant select on gridward.all_places to gridward_service`, `drop view gridward.all_places`, "view all_places"},
		{`create materialized view gridward.frozen as select * from gridward.place; grant select on gridward.frozen to gridward_service`, `drop materialized view gridward.frozen`, "view frozen"},
		{`create function gridward.peek() returns bigint language sql security definer return (select count(*) from gridward.place)`, `drop function gridward.peek()`, "function gridward.peek()"},
		{`alter table gridward.plan owner to gridward_service`, `alter table gridward.plan owner to current_user`, "owns table gridward.plan"},
	} {
		if _, err := owner.Exec(t.Context(), c.breach); err != nil {
			t.Fatalf("%s: %v", c.breach, err)
		}
		if err := db.CheckWalls(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.breach, err, c.want)
		}
		if _, err := owner.Exec(t.Context(), c.mend); err != nil {
			t.Fatalf("%s: %v", c.mend, err)
		}
		if err := db.CheckWalls(t.Context()); err != nil {
			t.Fatalf("after %s: %v", c.mend, err)
		}
	}
	// What is harmless is not refused: a view that asks as its reader, and the
	// temporary tables of an import that is under way.
	if _, err := owner.Exec(t.Context(), `create view gridward.mine with (security_invoker = true) as select * from gridward.place; grant select on gridward.mine to gridward_service`); err != nil {
		t.Fatal(err)
	}
	err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `create temporary table staged (id int)`); err != nil {
			return err
		}
		return db.CheckWalls(ctx)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTheRoleCannotClimb tries, as the service and inside its transactions,
// what would lead around the policies.
func TestTheRoleCannotClimb(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	owner := testdb.Owner(t, db)
	if _, err := owner.Exec(t.Context(), `insert into gridward.audit (district, id, at, actor, action, kind, entity) values ('310114', gen_random_uuid(), now(), 'a', 'a', 'k', 'e'), ('310113', gen_random_uuid(), now(), 'a', 'a', 'k', 'e')`); err != nil {
		t.Fatal(err)
	}
	for _, class := range []postgres.PoolClass{postgres.API, postgres.Tiles, postgres.Jobs} {
		for _, sql := range []string{
			`set local row_security = off; select count(*) from gridward.audit`,
			`alter table gridward.audit disable row level security`,
			`drop policy scope on gridward.audit`,
			`truncate gridward.audit`,
			`update gridward.audit set actor = 'somebody else'`,
			`delete from gridward.audit`,
			`update gridward.inspection set outcome = 'done'`,
			`update gridward.change_feed set topic = 'another'`,
			`update gridward.write_key set response = '{}'`,
			`insert into gridward.audit (district, id, at, actor, action, kind, entity) values ('310114', gen_random_uuid(), now(), 'a', 'a', 'k', 'e')`,
			`create table gridward.own (district text)`,
			`create table public.own (district text)`,
			`select pg_read_file('/etc/passwd')`,
		} {
			err := db.InScope(t.Context(), class, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
				for s := range strings.SplitSeq(sql, ";") {
					if _, err := tx.Exec(ctx, s); err != nil {
						return err
					}
				}
				return nil
			})
			pg, ok := errors.AsType[*pgconn.PgError](err)
			if ok && pg.Code != "42501" && pg.Code != "25006" {
				t.Errorf("%s: refused for another reason: %v", sql, err)
			} else if !ok {
				t.Errorf("%s was allowed: %v", sql, err)
			}
		}
	}
	// Retention is the whole district's: a town removes nothing.
	if _, err := owner.Exec(t.Context(), `insert into gridward.change_feed (district, id, topic) values ('310113', gen_random_uuid(), 't');
		insert into gridward.write_key (district, key, request_hash, response) values ('310113', gen_random_uuid(), '', '{}')`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		units []string
		want  int64
	}{{[]string{"310113001000"}, 0}, {nil, 1}} {
		err := db.InScope(t.Context(), postgres.Jobs, postgres.Scope{District: district, Units: c.units}, func(ctx context.Context, tx *postgres.Tx) error {
			gone, err := postgres.Purge(ctx, tx, time.Now().Add(time.Hour), time.Now().Add(time.Hour))
			if gone.Changes != c.want || gone.Keys != c.want {
				t.Errorf("a session of %v removes %+v, want %d of each", c.units, gone, c.want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	var all int
	err := db.Read(t.Context(), postgres.API, postgres.Scope{District: district}, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from gridward.audit`).Scan(&all)
	})
	if err != nil || all != 1 {
		t.Errorf("%d rows seen, %v; want the district's one", all, err)
	}
	// Outside a transaction of InScope, on the same connections, there is no scope at all.
	cfg, err := pgx.ParseConfig(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	cfg.RuntimeParams["role"] = "gridward_service"
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), `select count(*) from gridward.audit`).Scan(&all); err != nil || all != 0 {
		t.Errorf("without a scope %d rows are seen, %v", all, err)
	}
}

// TestTownsLeaveTracesTheyCannotRead: a town's session writes change-feed and
// audit rows, and reads neither its own nor anybody else's.
func TestTownsLeaveTracesTheyCannotRead(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	count := func(s postgres.Scope) (n int) {
		err := db.Read(t.Context(), postgres.API, s, func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select (select count(*) from gridward.change_feed) + (select count(*) from gridward.audit)`).Scan(&n)
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	whole, town := postgres.Scope{District: district}, postgres.Scope{District: district, Units: []string{"310113003000"}}
	for _, s := range []postgres.Scope{whole, town} {
		_, _, err := db.Write(t.Context(), s, uuid.New(), "x", func(_ context.Context, tx *postgres.Tx) (any, error) {
			tx.Change("x", uuid.New(), nil)
			tx.Audit("x", "x", "x", nil)
			return nil, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if w, o := count(whole), count(town); w != 4 || o != 0 {
		t.Errorf("the district reads %d rows and the town %d, want 4 and 0", w, o)
	}
}

// TestReady asks a database that can be written, one that cannot and one that
// is not there.
func TestReady(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: url}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	owner := testdb.Owner(t, db)
	if _, err := owner.Exec(t.Context(), `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`); err != nil {
		t.Fatal(err)
	}
	still, err := postgres.Open(t.Context(), postgres.Config{URL: url}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer still.Close()
	if err := still.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a read-only database: %v", err)
	}
	db.Close()
	if err := db.Ready(t.Context()); err == nil {
		t.Error("a closed database is ready")
	}
}

// TestSchemaBehind opens databases whose schema is too old, and one that is newer.
func TestSchemaBehind(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	owner := testdb.Owner(t, db)
	open := func() error {
		again, err := postgres.Open(t.Context(), postgres.Config{URL: db.URL()}, false)
		if err == nil {
			again.Close()
		}
		return err
	}
	for _, c := range []struct {
		change string
		want   error
	}{
		{`insert into public.goose_db_version (version_id, is_applied) values (99999, true)`, nil},
		{`delete from public.goose_db_version where version_id > 1`, postgres.ErrSchemaBehind},
		{`drop table public.goose_db_version`, postgres.ErrSchemaBehind},
	} {
		if _, err := owner.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		if err := open(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.change, err, c.want)
		}
	}
}

// TestMetrics gathers the pools' figures.
func TestMetrics(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	if err := db.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := gather(t, db.Collector())
	for _, name := range []string{"gridward_db_connections/api/idle", "gridward_db_connections/tiles/max", "gridward_db_connections/jobs/used", "gridward_db_waits_total/api", "gridward_db_wait_seconds_total/jobs", "gridward_db_opened_total/api"} {
		if _, ok := got[name]; !ok {
			t.Errorf("no figure %s among %v", name, got)
		}
	}
	if got["gridward_db_connections/api/idle"] != 1 || got["gridward_db_opened_total/api"] != 1 {
		t.Errorf("after one transaction: %v", got)
	}
}
