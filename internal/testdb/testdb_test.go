package testdb_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"gridward/internal/testdb"
)

// TestDatabasesAreApart writes to one database and looks into another.
func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	one, two := testdb.Owner(t, testdb.New(t)), testdb.Owner(t, testdb.New(t))
	if _, err := one.Exec(t.Context(), `insert into gridward.audit (district, id, at, actor, action, kind, entity) values ('310113', gen_random_uuid(), now(), 'a', 'a', 'k', 'e')`); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := two.QueryRow(t.Context(), `select count(*) from gridward.audit`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of another test, %v", n, err)
	}
}

// TestDatabasesAreDropped looks for a test's database after its end.
func TestDatabasesAreDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("inner", func(t *testing.T) {
		if err := testdb.Owner(t, testdb.New(t)).QueryRow(t.Context(), `select current_database()`).Scan(&name); err != nil {
			t.Fatal(err)
		}
	})
	var there bool
	err := testdb.Owner(t, testdb.New(t)).QueryRow(t.Context(), `select exists (select from pg_database where datname = $1)`, name).Scan(&there)
	if err != nil || there || name == "" {
		t.Errorf("the database %q is still there: %v, %v", name, there, err)
	}
}

// heard is a test that keeps its complaints to itself.
type heard struct {
	testing.TB
	said []string
}

func (h *heard) Errorf(format string, args ...any) {
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

// TestPrepareAllBites gives statements that do not fit the schema.
func TestPrepareAllBites(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	if _, err := testdb.Owner(t, db).Exec(t.Context(), `revoke insert on gridward.exemption from gridward_service`); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		"-- Good.\nselect district from gridward.place where district = $1 and id = $2":        "",
		"-- Good.\ncreate temporary table t (id int) on commit drop":                           "",
		"-- Typing error.\nselect distrct from gridward.place":                                 "distrct",
		"-- Two.\nselect 1; select 2":                                                          "multiple commands",
		"select 1":                                                                             "no comment",
		"-- No right.\ndelete from gridward.audit where district = $1":                         "permission denied",
		"-- No right any more.\ninsert into gridward.exemption (district, id) values ($1, $2)": "permission denied",
	} {
		h := &heard{TB: t}
		testdb.PrepareAll(h, db, "sample", fstest.MapFS{"sql/s.sql": {Data: []byte(sql)}})
		if said := strings.Join(h.said, "\n"); (want == "") != (said == "") || !strings.Contains(said, want) {
			t.Errorf("%s: said %q, want %q", sql, said, want)
		}
	}
}
