package testdb

import (
	"io/fs"
	"testing"

	"gridward/internal/postgres"
)

// PrepareAll prepares every sql/*.sql of a package against the schema, so that
// a mistake in a statement is found though no test runs it.
func PrepareAll(t *testing.T, db *postgres.DB, name string, fsys fs.FS) {
	t.Helper()
	conn := Owner(t, db)
	// The one table that exists only inside an import.
	if raw, err := fs.ReadFile(fsys, "sql/create_staging.sql"); err == nil {
		if _, err := conn.Exec(t.Context(), "begin; "+string(raw)); err != nil {
			t.Fatalf("%s: create_staging: %v", name, err)
		}
	}
	for statement, sql := range postgres.LoadQueries(fsys) {
		if _, err := conn.PgConn().Prepare(t.Context(), statement, sql, nil); err != nil {
			t.Errorf("%s/sql/%s.sql: %v", name, statement, err)
			if conn.PgConn().TxStatus() == 'E' {
				t.Fatal("the transaction is lost; mend this statement first")
			}
		}
	}
}
