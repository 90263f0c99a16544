package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"gridward/internal/postgres"
	"gridward/internal/testdb"
)

const district = "310113"

// TestScopeIsAWall writes rows of two districts and two towns and asks for all
// of them, without a predicate, in different scopes.
func TestScopeIsAWall(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	owner := testdb.Owner(t, db)
	_, err := owner.Exec(t.Context(), `
		insert into gridward.plan (district, id, town, name, status, origin, created_at)
		select d, gen_random_uuid(), t, 'p', 'draft', 'test', now()
		from (values ('310113', '310113003000'), ('310113', '310113007000'), ('310114', '310114001000')) as v(d, t)`)
	if err != nil {
		t.Fatal(err)
	}
	towns := func(s postgres.Scope) (out []string) {
		err := db.Read(t.Context(), postgres.API, s, func(ctx context.Context, tx *postgres.Tx) error {
			rows, err := tx.Query(ctx, `select town from gridward.plan order by town`)
			if err != nil {
				return err
			}
			out, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		scope postgres.Scope
		want  []string
	}{
		{postgres.Scope{District: "310113"}, []string{"310113003000", "310113007000"}},
		{postgres.Scope{District: "310114"}, []string{"310114001000"}},
		{postgres.Scope{District: "310113", Units: []string{"310113007000"}}, []string{"310113007000"}},
		{postgres.Scope{District: "310113", Units: []string{"310113999000"}}, []string{}},
		{postgres.Scope{District: "310115"}, []string{}},
		// A unit of another district, by mistake: neither district's rows.
		{postgres.Scope{District: "310113", Units: []string{"310114001000"}}, []string{}},
	} {
		if diff := cmp.Diff(c.want, towns(c.scope)); diff != "" {
			t.Errorf("scope %+v (-want +got):\n%s", c.scope, diff)
		}
	}
	// Writing outside the scope is refused.
	err = db.InScope(t.Context(), postgres.API, postgres.Scope{District: "310113", Units: []string{"310113007000"}}, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into gridward.plan (district, id, town, name, status, origin, created_at) values ('310113', gen_random_uuid(), '310113003000', 'x', 'draft', 't', now())`)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("a row of another town was written: %v", err)
	}
	// Nothing of a scope is left on the connection.
	err = db.Read(t.Context(), postgres.API, postgres.Scope{District: "310113"}, func(context.Context, *postgres.Tx) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []postgres.Scope{{District: "31011"}, {District: "310113'"}, {District: "310113", Units: []string{"310113003000'; drop table x"}}, {District: "310113", Units: []string{"310113"}}} {
		if err := db.Read(t.Context(), postgres.API, bad, func(context.Context, *postgres.Tx) error { return nil }); err == nil {
			t.Errorf("scope %+v was taken", bad)
		}
	}
}

func TestWriteOnce(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	scope := postgres.Scope{District: district, Actor: "tester"}
	key := uuid.New()
	runs := 0
	write := func(request string) (json.RawMessage, bool, error) {
		return db.Write(t.Context(), scope, key, request, func(ctx context.Context, tx *postgres.Tx) (any, error) {
			runs++
			tx.Change("test", key, nil)
			tx.Audit("write", "test", key.String(), nil)
			return map[string]int{"run": runs}, nil
		})
	}
	for i := range 3 {
		raw, repeated, err := write("a")
		if err != nil || repeated != (i > 0) {
			t.Fatalf("write %d: repeated %v, error %v", i, repeated, err)
		}
		var got map[string]int
		if err := json.Unmarshal(raw, &got); err != nil || got["run"] != 1 {
			t.Fatalf("write %d answered %s", i, raw)
		}
	}
	if _, _, err := write("b"); !errors.Is(err, postgres.ErrKeyReused) {
		t.Errorf("another request under the key: %v", err)
	}
	var changes, audits int
	err := testdb.Owner(t, db).QueryRow(t.Context(), `select (select count(*) from gridward.change_feed), (select count(*) from gridward.audit where actor = 'tester')`).Scan(&changes, &audits)
	if err != nil || runs != 1 || changes != 1 || audits != 1 {
		t.Errorf("%d runs, %d changes, %d audit rows, error %v; want one each", runs, changes, audits, err)
	}
}

// TestWriteSurvivesACut kills the connection inside the transaction on its
// first try: the same key does the work once.
func TestWriteSurvivesACut(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	owner := testdb.Owner(t, db)
	tries := 0
	_, _, err := db.Write(t.Context(), postgres.Scope{District: district}, uuid.New(), nil, func(ctx context.Context, tx *postgres.Tx) (any, error) {
		if tries++; tries == 1 {
			var pid int
			if err := tx.QueryRow(ctx, `select pg_backend_pid()`).Scan(&pid); err != nil {
				return nil, err
			}
			if _, err := owner.Exec(ctx, `select pg_terminate_backend($1)`, pid); err != nil {
				return nil, err
			}
		}
		tx.Change("cut", uuid.Nil, nil)
		return "ok", nil
	})
	var n int
	if err := errors.Join(err, owner.QueryRow(t.Context(), `select count(*) from gridward.change_feed`).Scan(&n)); err != nil || n != 1 || tries != 2 {
		t.Fatalf("%d rows after %d tries, error %v; want 1 row after 2", n, tries, err)
	}
}

// TestConcurrentWritesOfOneKey sends one request from many clients at once;
// what it writes has the key for its own id, as an inspection has.
func TestConcurrentWritesOfOneKey(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	key := uuid.New()
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers, first := map[string]int{}, 0
	for range 8 {
		wg.Go(func() {
			raw, repeated, err := db.Write(t.Context(), postgres.Scope{District: district}, key, "same", func(ctx context.Context, tx *postgres.Tx) (any, error) {
				tx.Change("once", uuid.Nil, nil)
				_, err := tx.Exec(ctx, `insert into gridward.plan (district, id, town, name, status, origin, created_at) values ($1, $2, '310113003000', '', 'draft', '', now())`, district, key)
				return map[string]any{"b": 1.50, "a": nil}, err
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[string(raw)]++
			if !repeated {
				first++
			}
		})
	}
	wg.Wait()
	if len(answers) != 1 || first != 1 {
		t.Errorf("%d first answers, and these bytes: %v", first, answers)
	}
	var n int
	if err := testdb.Owner(t, db).QueryRow(t.Context(), `select count(*) from gridward.change_feed`).Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d rows, error %v; want 1", n, err)
	}
}
