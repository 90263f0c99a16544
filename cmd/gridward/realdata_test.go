package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/internal/httpapi"
	"gridward/internal/postgres"
	"gridward/layers"
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
	// Late in a month what is new owes nothing before the next: the day matters.
	p := newProgram(t, "999001")
	do, has := p.do, p.has
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
	p.inspectVaduz()
	hazards := p.file("hazards.csv", "id,type,discovered_at,lon,lat\n1,lpg_misuse,2026-10-01 09:30,9.5209,47.1410\n2,dragons,2026-10-01,9.5209,47.1410\n3,clutter,soon,9.5209,47.1410\n4,clutter,2026-10-01,8,47\n")
	has(do(true, "import", "--hazards", "--crs", "WGS84", hazards), "4 rows: 1 good, 3 bad", "dragons", "soon", "outside the district")
	has(do(false, "import", "--hazards", "--crs", "WGS84", "--accept-good-rows", hazards), "1 added, 0 known")
	has(do(false, "import", "--hazards", "--crs", "WGS84", "--accept-good-rows", hazards), "0 added, 1 known")
	out := filepath.Join(t.TempDir(), "shops.gpkg")
	has(do(false, "export", "--layer", "street-shop", "--out", out), "82 places written")
	has(do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--source", "again", "--dry-run", out), "82 added", "dry run: nothing was kept")
}

// inspectVaduz serves the district, reports visits as an inspector of Vaduz and
// lets GDAL read what is served of it.
func (p *program) inspectVaduz() {
	p.t.Helper()
	token := func(role, unit string) string {
		return strings.TrimSpace(p.do(false, "token", "create", "--role", role, "--unit", unit))
	}
	admin, inspector := token("admin", "999001000000"), token("inspector", "999001001006")
	db, err := postgres.Open(p.t.Context(), postgres.Config{URL: os.Getenv("DATABASE_URL")}, false)
	if err != nil {
		p.t.Fatal(err)
	}
	set, err := layers.Shipped()
	if err != nil {
		p.t.Fatal(err)
	}
	api := httpapi.New(httpapi.Options{DB: db, Layers: set, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return p.now }})
	server := httptest.NewServer(api.Handler())
	defer db.Close()
	defer api.Close()
	defer server.Close()
	ask := func(token, method, path string, body any, into any) int {
		p.t.Helper()
		var in io.Reader
		if body != nil {
			raw, err := json.Marshal(body)
			if err != nil {
				p.t.Fatal(err)
			}
			in = bytes.NewReader(raw)
		}
		req, err := http.NewRequestWithContext(p.t.Context(), method, server.URL+path, in)
		if err != nil {
			p.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		a, err := http.DefaultClient.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		defer a.Body.Close()
		raw, err := io.ReadAll(a.Body)
		if err != nil {
			p.t.Fatal(err)
		}
		switch into := into.(type) {
		case nil:
		case *[]byte:
			*into = raw
		default:
			if err := json.Unmarshal(raw, into); err != nil {
				p.t.Fatalf("%s %s: %s: %v", method, path, raw, err)
			}
		}
		return a.StatusCode
	}
	type figures struct {
		Unit   string
		Total  int
		States struct{ Met, Attempted int }
	}
	var before, after figures
	ask(inspector, "GET", "/api/coverage", nil, &before)
	var missing, elsewhere struct{ Items []struct{ Place uuid.UUID } }
	ask(inspector, "GET", "/api/coverage/places?limit=5", nil, &missing)
	ask(admin, "GET", "/api/coverage/places?unit=999001002000&limit=1", nil, &elsewhere)
	if before.Unit != "999001001006" || before.States.Met != 0 || len(missing.Items) != 5 || len(elsewhere.Items) != 1 {
		p.t.Fatalf("before the visits: %+v, %d missing", before, len(missing.Items))
	}
	visit := func(place uuid.UUID, outcome string) int {
		return ask(inspector, "POST", "/api/inspections", map[string]any{"id": uuid.New(), "place": place, "at": p.now.Add(-time.Hour), "inspector": "M. Beck", "outcome": outcome, "checklist": "class-1"}, nil)
	}
	for i, m := range missing.Items {
		outcome := "done"
		if i == 4 {
			outcome = "no_access"
		}
		if code := visit(m.Place, outcome); code != http.StatusCreated {
			p.t.Errorf("a visit in Vaduz: %d", code)
		}
	}
	if code := visit(elsewhere.Items[0].Place, "done"); code != http.StatusNotFound {
		p.t.Errorf("an inspector of Vaduz reports a visit in the Unterland: %d", code)
	}
	ask(inspector, "GET", "/api/coverage", nil, &after)
	if after.Total != before.Total || after.States.Met != 4 || after.States.Attempted != 1 {
		p.t.Errorf("four visits and one closed door: %+v before, %+v after", before, after)
	}
	p.has(p.do(false, "coverage", "--json", "--unit", "999001001006"), `"met":4`, `"attempted":1`)

	for _, tool := range []string{"ogrinfo", "ogr2ogr"} {
		if _, err := exec.LookPath(tool); err != nil {
			p.t.Log(tool + " is not here; the tiles go unread")
			return
		}
	}
	gdal := func(args ...string) string {
		p.t.Helper()
		out, err := exec.CommandContext(p.t.Context(), args[0], args[1:]...).CombinedOutput()
		if err != nil || strings.Contains(string(out), "Warning") || strings.Contains(string(out), "ERROR") {
			p.t.Errorf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	dir := p.t.TempDir()
	for _, layer := range []string{"units", "grids", "building", "coverage"} {
		tile := maptile.At(orb.Point{9.5209, 47.1410}, 14) // the middle of Vaduz
		address := fmt.Sprintf("%s/14/%d/%d.mvt", layer, tile.X, tile.Y)
		var raw []byte
		if code := ask(admin, "GET", "/tiles/"+address, nil, &raw); code != http.StatusOK {
			p.t.Errorf("%s: %d", address, code)
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(address)) // GDAL takes the place from it
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, raw, 0o600)); err != nil {
			p.t.Fatal(err)
		}
		copied := filepath.Join(dir, layer+".gpkg")
		gdal("ogr2ogr", "-f", "GPKG", "-nlt", "PROMOTE_TO_MULTI", "-t_srs", "EPSG:4326", copied, "MVT:"+path)
		if out := gdal("ogrinfo", "-al", "-so", "-ro", copied); !regexp.MustCompile(`Feature Count: [1-9]`).MatchString(out) || !strings.Contains(out, "(9.5") {
			p.t.Errorf("GDAL does not find %s in Vaduz:\n%s", layer, out)
		}
	}
}
