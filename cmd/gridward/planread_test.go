package main

import (
	"fmt"
	"strings"
	"testing"
)

// westPlan is the west town's two communities as a plan's file, a grid each.
func westPlan(west, middle string) string {
	grid := func(code string, x0, x1 float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q},"geometry":{"type":"Polygon","coordinates":[[[%v,31.3],[%v,31.3],[%v,31.4],[%v,31.4],[%v,31.3]]]}}`, code, x0, x1, x1, x0, x0)
	}
	return `{"type":"FeatureCollection","features":[` + strings.Join([]string{grid(west, 121.4, 121.45), grid(middle, 121.45, 121.5)}, ",") + `]}`
}

// TestAGridBearsNoOtherCode reads plans whose grids tile the town and whose
// codes belong elsewhere, or to a grid that was there before.
func TestAGridBearsNoOtherCode(t *testing.T) {
	p := newDistrict(t)
	p.has(p.do(false, "import", "--layer", "street-shop", "--crs", "EPSG:4326", "--from", "2026-01-01", p.file("shops.csv", "id,trade,lon,lat\n1,retail,121.41,31.35\n2,retail,121.51,31.35\n")), "2 good")
	read := func(fails bool, west, middle string) string {
		return p.do(fails, "plan", "read", "--town", "310113001000", "--crs", "EPSG:4326", p.file("plan.geojson", westPlan(west, middle)))
	}
	for _, c := range []struct{ west, middle, bad, why string }{
		{"310113002001001", "310113001002001", "310113002001001", "begins with 310113002001"}, // the other town's
		{"310113001001001", "310113001001002", "310113001001002", "begins with 310113001001"}, // the other community's
		{"310113001001001", "31011300100200", "31011300100200", "15 digits"},
	} {
		said := read(true, c.west, c.middle)
		p.has(said, c.bad, c.why, "wrong code", "1 violations")
		p.lacks(said, "fell to no grid", "proved:")
	}
	p.has(read(false, "310113001001001", "310113001002001"), "proved: 2 grids", "1 places of town 310113002000 have no grid")
	p.has(read(false, "310113001001001", "310113001002002"), "proved: 2 grids") // 001 ended, 002 is new
	said := read(true, "310113001001001", "310113001002001")
	p.has(said, "310113001002001", "code given before", "got it on 2026-10-27")

	// The community's name and code change; the grid is the same and keeps its own.
	p.do(false, "import", "--units", "--crs", "EPSG:4326", "--map", "bm=code;lx=kind;mc=name", "--from", "2026-10-20", p.file("units.geojson", strings.ReplaceAll(littleDistrict, "310113001002", "310113001003")))
	p.has(read(false, "310113001001001", "310113001002002"), "proved: 2 grids")
	p.has(read(true, "310113001001001", "310113001002009"), "310113001002009", "a new grid of community 310113001003")
}
