package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gridward/internal/testdb"
)

// program is the whole program on a database of its own, at noon of a day.
type program struct {
	t   *testing.T
	now time.Time
}

func newProgram(t *testing.T, district string) *program {
	t.Helper()
	t.Setenv("DATABASE_URL", testdb.URL(t))
	t.Setenv("GRIDWARD_DISTRICT", district)
	t.Setenv("GRIDWARD_DIR", t.TempDir())
	t.Setenv("GRIDWARD_LOG_LEVEL", "warn")
	return &program{t, time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC)}
}

// littleDistrict is the units of [newDistrict], their columns named in Chinese
// initials.
const littleDistrict = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"bm":"310113000000","lx":"district","mc":"区"},"geometry":{"type":"Polygon","coordinates":[[[121.4,31.3],[121.45,31.3],[121.5,31.3],[121.6,31.3],[121.6,31.4],[121.5,31.4],[121.45,31.4],[121.4,31.4],[121.4,31.3]]]}},
{"type":"Feature","properties":{"bm":"310113001000","lx":"town","mc":"西镇"},"geometry":{"type":"Polygon","coordinates":[[[121.4,31.3],[121.45,31.3],[121.5,31.3],[121.5,31.4],[121.45,31.4],[121.4,31.4],[121.4,31.3]]]}},
{"type":"Feature","properties":{"bm":"310113002000","lx":"town","mc":"东镇"},"geometry":{"type":"Polygon","coordinates":[[[121.5,31.3],[121.6,31.3],[121.6,31.4],[121.5,31.4],[121.5,31.3]]]}},
{"type":"Feature","properties":{"bm":"310113001001","lx":"community","mc":"西村"},"geometry":{"type":"Polygon","coordinates":[[[121.4,31.3],[121.45,31.3],[121.45,31.4],[121.4,31.4],[121.4,31.3]]]}},
{"type":"Feature","properties":{"bm":"310113001002","lx":"community","mc":"中村"},"geometry":{"type":"Polygon","coordinates":[[[121.45,31.3],[121.5,31.3],[121.5,31.4],[121.45,31.4],[121.45,31.3]]]}},
{"type":"Feature","properties":{"bm":"310113002001","lx":"community","mc":"东村"},"geometry":{"type":"Polygon","coordinates":[[[121.5,31.3],[121.6,31.3],[121.6,31.4],[121.5,31.4],[121.5,31.3]]]}}]}`

// newDistrict is the program with a little district: two towns side by side,
// the west one of two communities.
func newDistrict(t *testing.T) *program {
	t.Helper()
	p := newProgram(t, "310113")
	p.has(p.do(false, "import", "--units", "--crs", "EPSG:4326", "--map", "bm=code;lx=kind;mc=name", "--from", "2026-01-01", p.file("units.geojson", littleDistrict)),
		"6 units, 0 violations")
	return p
}

// do runs the program and returns all that it says, its error too; fails says
// whether it must fail.
func (p *program) do(fails bool, args ...string) string {
	p.t.Helper()
	var out, errs bytes.Buffer
	err := run(p.t.Context(), args, func() time.Time { return p.now }, &out, &errs)
	said := out.String() + errs.String()
	if err != nil {
		said += "gridward: " + err.Error() + "\n"
	}
	if (err != nil) != fails {
		p.t.Fatalf("gridward %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return said
}

func (p *program) has(text string, parts ...string) {
	p.t.Helper()
	for _, s := range parts {
		if !strings.Contains(text, s) {
			p.t.Errorf("no %q in\n%s", s, text)
		}
	}
}

func (p *program) lacks(text string, parts ...string) {
	p.t.Helper()
	for _, s := range parts {
		if strings.Contains(text, s) {
			p.t.Errorf("%q in\n%s", s, text)
		}
	}
}

// file writes a file and returns its path.
func (p *program) file(name, text string) string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}
