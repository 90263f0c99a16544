// Package archtest holds the house's rules: which package may import which,
// what migrations may say, and that every statement fits the schema.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// floors order the packages from the ground up; a package imports only from
// lower floors, or its own parts. internal/postgres serves every domain.
var floors = []string{
	"gridward/geo",
	"gridward/layers",
	"gridward/grids/coverage/evidence",
	"gridward/grids/coverage/patrol",
	"gridward/grids/coverage/policy",
	"gridward/grids",
	"gridward/grids/roster",
	"gridward/grids/plan",
	"gridward/grids/coverage",
	"gridward/tiles",
	"gridward/fixtures",
	"gridward/internal/auth",
	"gridward/internal/jobs",
	"gridward/web",
	"gridward/internal/httpapi",
	"gridward/cmd/gridward",
}

// only says who alone may import a library.
var only = map[string][]string{
	"github.com/gorilla/mux":                   {"gridward/internal/httpapi"},
	"github.com/pressly/goose/v3":              {"gridward/internal/postgres"},
	"github.com/jackc/pgx/v5/pgxpool":          {"gridward/internal/postgres", "gridward/internal/jobs"}, // the queue's own
	"github.com/riverqueue/river":              {"gridward/internal/jobs"},
	"gridward/internal/testdb":                 {},
	"gridward/geo/geotest":                     {},
	"pgregory.net/rapid":                       {},
	"github.com/google/go-cmp/cmp":             {},
	"github.com/alecthomas/kong":               {"gridward/cmd/gridward"},
	"github.com/getkin/kin-openapi/openapi3":   {},
	"github.com/transparency-dev/merkle":       {"gridward/grids/coverage/certificate"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"gridward/grids/coverage/policy"},
}

// floor is the highest floor whose name the package's begins with, most
// specific first; -1 when it stands on none.
func floor(pkg string) int {
	best, at := -1, -1
	for i, f := range floors {
		if (pkg == f || strings.HasPrefix(pkg, f+"/")) && len(f) > best {
			best, at = len(f), i
		}
	}
	return at
}

func TestImportsRunDownwards(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "gridward/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	n := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		n++
		from := floor(p.ImportPath)
		for _, i := range p.Imports {
			if to := floor(i); from >= 0 && to > from {
				t.Errorf("%s imports %s, which stands above it", p.ImportPath, i)
			}
			if allowed, ruled := only[i]; ruled && p.ImportPath != "gridward/internal/testdb" && p.ImportPath != "gridward/geo/geotest" {
				ok := false
				for _, a := range allowed {
					ok = ok || a == p.ImportPath
				}
				if !ok {
					t.Errorf("%s imports %s, which is for %v alone", p.ImportPath, i, allowed)
				}
			}
		}
	}
	if n < 15 {
		t.Fatalf("only %d packages were seen", n)
	}
}
