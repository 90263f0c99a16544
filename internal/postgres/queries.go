package postgres

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Queries are the SQL statements of one package by file name.
type Queries map[string]string

// LoadQueries reads sql/*.sql of a package's embedded files, one statement
// each. It panics when there is none: a mistake of the build.
func LoadQueries(fsys fs.FS) Queries {
	names, err := fs.Glob(fsys, "sql/*.sql")
	if err != nil || len(names) == 0 {
		panic(fmt.Sprintf("postgres: no sql/*.sql embedded: %v", err))
	}
	q := make(Queries, len(names))
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			panic(err)
		}
		q[strings.TrimSuffix(path.Base(name), ".sql")] = strings.TrimSpace(string(raw))
	}
	return q
}

// Get is a statement by name. It panics for an unknown name: a mistake in the
// program, which the test that runs the statement finds.
func (q Queries) Get(name string) string {
	s, ok := q[name]
	if !ok {
		panic("postgres: no statement " + name)
	}
	return s
}
