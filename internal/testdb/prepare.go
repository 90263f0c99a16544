package testdb

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gridward/internal/postgres"
)

// PrepareAll holds every sql/*.sql of a package to the schema: it is one
// statement with a comment before it, it prepares, and the service's role has
// the rights that it needs. So a mistake is found though no test runs the
// statement.
func PrepareAll(t testing.TB, db *postgres.DB, name string, fsys fs.FS) {
	t.Helper()
	conn := Owner(t, db)
	if _, err := conn.Exec(t.Context(), `set role gridward_service`); err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	queries := postgres.LoadQueries(fsys)
	// The one table that exists only inside an import.
	if staging, ok := queries["create_staging"]; ok {
		if _, err := tx.Exec(t.Context(), staging); err != nil {
			t.Fatalf("%s/sql/create_staging.sql: %v", name, err)
		}
	}
	for _, statement := range slices.Sorted(maps.Keys(queries)) {
		sql := queries[statement]
		if !strings.HasPrefix(sql, "--") {
			t.Errorf("%s/sql/%s.sql: it begins with no comment that says what it does and what its parameters are", name, statement)
		}
		if err := plan(t, tx, statement, sql); err != nil {
			t.Errorf("%s/sql/%s.sql: %v", name, statement, err)
		}
	}
}

// plan prepares a statement and has it planned with NULL for each parameter,
// which checks the rights of the role without running anything.
func plan(t testing.TB, outer pgx.Tx, name, sql string) error {
	ctx := t.Context()
	tx, err := outer.Begin(ctx) // a savepoint: a mistake does not spoil what follows
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	conn := tx.Conn().PgConn()
	prepared, err := conn.Prepare(ctx, "q_"+name, sql, nil)
	if err != nil {
		return err
	}
	nulls := ""
	if n := len(prepared.ParamOIDs); n > 0 {
		nulls = "(" + strings.TrimSuffix(strings.Repeat("null, ", n), ", ") + ")"
	}
	_, err = conn.Exec(ctx, `explain execute "q_`+name+`"`+nulls).ReadAll()
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42809" {
		return nil // no plan: a statement of the kind of CREATE TABLE
	}
	return err
}
