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

// TestARealDistrict imports a real country as a district: units with exclaves,
// buildings, shops; plans it, verifies it and asks for coverage.
func TestARealDistrict(t *testing.T) {
	data, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", "liechtenstein"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); err != nil {
		t.Skipf("the real data is not here: %v", err)
	}
	t.Setenv("DATABASE_URL", testdb.URL(t))
	t.Setenv("GRIDWARD_DISTRICT", "999001")
	t.Setenv("GRIDWARD_DIR", t.TempDir())
	t.Setenv("GRIDWARD_LOG_LEVEL", "warn")
	// Late in a month what is new owes nothing before the next: the day matters.
	clock := func() time.Time { return time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC) }
	do := func(fails bool, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		err := run(t.Context(), args, clock, &out, &errs)
		if (err != nil) != fails {
			t.Fatalf("gridward %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
		}
		return out.String() + errs.String()
	}
	has := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("no %q in\n%s", p, text)
			}
		}
	}
	do(true, "coverage") // there is no district yet
	has(do(false, "import", "--units", "--crs", "EPSG:4326", "--map", "admin_level=kind", "--kind", "2=district;6=town;8=community", data+"/boundaries.geojson"),
		"14 units, 0 violations", "999001001006 community Vaduz (in 999001001000)")
	has(do(false, "import", "--layer", "building", "--crs", "EPSG:4326", "--map", "building=use", "--value", "use.house=residential;use.yes=other;use.*=other", "--from", "2026-10-01", "--accept-good-rows", data+"/buildings.geojson"),
		"8994 rows: 8961 good, 33 bad", "outside the district")
	shops := []string{"import", "--layer", "street-shop", "--crs", "EPSG:4326", data + "/shops.geojson"}
	has(do(true, shops...), "82 rows: 0 good, 82 bad", "missing attribute")
	shops = append(shops, "--value", "trade.=other")
	has(do(false, shops...), "street-shop: 82 added")
	has(do(false, shops...), "street-shop: 0 added, 0 changed, 82 unchanged")
	do(true, "verify") // no plan yet: every place is without a grid
	has(do(false, "plan", "generate"), "each town proved")
	has(do(false, "verify"), "proved: 2 towns, 11 communities", "9043 places each have a class")
	has(do(false, "coverage", "--json"), `"complete":false`, `"total":8961`) // the shops came five days before the month's end
	has(do(false, "token", "create", "--role", "inspector", "--unit", "999001001006"), "gw.999001.")
	do(true, "token", "create", "--role", "inspector", "--unit", "999001009999")
	hazards := filepath.Join(t.TempDir(), "hazards.csv")
	if err := os.WriteFile(hazards, []byte("id,type,discovered_at,lon,lat\n1,lpg_misuse,2026-10-01 09:30,9.5209,47.1410\n2,dragons,2026-10-01,9.5209,47.1410\n3,clutter,soon,9.5209,47.1410\n4,clutter,2026-10-01,8,47\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	has(do(true, "import", "--hazards", "--crs", "WGS84", hazards), "4 rows: 1 good, 3 bad", "dragons", "soon", "outside the district")
	has(do(false, "import", "--hazards", "--crs", "WGS84", "--accept-good-rows", hazards), "1 added, 0 known")
	has(do(false, "import", "--hazards", "--crs", "WGS84", "--accept-good-rows", hazards), "0 added, 1 known")
	out := filepath.Join(t.TempDir(), "shops.gpkg")
	has(do(false, "export", "--layer", "street-shop", "--out", out), "82 places written")
	has(do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--source", "again", "--dry-run", out), "82 added", "dry run: nothing was kept")
}
