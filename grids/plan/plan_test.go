package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/grids"
	"gridward/grids/plan"
)

// town is a random town of random communities.
func town(r *rand.Rand) (grids.Area, []grids.Area) {
	cols, rows := 4+r.IntN(6), 4+r.IntN(6)
	origin := geo.Point{X: 1214000000, Y: 313000000}
	seed := r.Uint64()
	same := func() *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
	whole := geotest.Mesh(same(), cols, rows, 1, origin, 40000)[0]
	var communities []grids.Area
	for i, o := range geotest.Mesh(same(), cols, rows, 2+r.IntN(5), origin, 40000) {
		communities = append(communities, grids.Area{Code: fmt.Sprintf("310113003%03d", i+1), Geometry: o.MultiPolygon()})
	}
	return grids.Area{Code: "310113003000", Geometry: whole.MultiPolygon()}, communities
}

// TestGeneratedPlansHold generates plans for random towns under random load
// and proves each; then it moves one vertex of one grid and wants a violation.
func TestGeneratedPlansHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 9))
		town, communities := town(r)
		load := map[string][]plan.Load{}
		for _, c := range communities {
			b := c.Geometry.Bound()
			for range 50 {
				p := geo.Snap(orb.Point{b.Min[0] + r.Float64()*(b.Max[0]-b.Min[0]), b.Min[1] + r.Float64()*(b.Max[1]-b.Min[1])})
				load[c.Code] = append(load[c.Code], plan.Load{At: p, Visits: 10})
			}
		}
		gs, notes, err := plan.Generate(communities, load, 200, map[string]bool{})
		if err != nil {
			t.Fatal(err)
		}
		if bad := plan.Check(town, communities, gs); len(bad) > 0 {
			t.Fatalf("the generated plan does not hold: %v", bad)
		}
		if len(gs) < len(communities)*2-len(notes) {
			t.Fatalf("%d grids for %d communities of 500 visits each, notes %v", len(gs), len(communities), notes)
		}
		g := &gs[r.IntN(len(gs))]
		g.Geometry = g.Geometry.Clone()
		ring := g.Geometry[0][0]
		k := 1 + r.IntN(len(ring)-2)
		ring[k] = orb.Point{ring[k][0] + 0.0002, ring[k][1] + 0.0001}
		bad := plan.Check(town, communities, gs)
		if !slices.ContainsFunc(bad, func(v plan.Violation) bool { return v.AreaM2 > 0 || v.Kind == plan.BadShape }) {
			t.Fatalf("a grid's vertex was moved by 20 m and nothing was found: %v", bad)
		}
	})
}

func TestCheckCodes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	town, communities := town(r)
	gs, _, err := plan.Generate(communities, nil, 100, map[string]bool{communities[0].Code + "001": true})
	if err != nil {
		t.Fatal(err)
	}
	if gs[0].Code != communities[0].Code+"002" {
		t.Errorf("a used code was given again: %s", gs[0].Code)
	}
	gs[0].Code = gs[1].Code
	gs[2%len(gs)].Code = "x"
	kinds := map[plan.Kind]bool{}
	for _, v := range plan.Check(town, communities, gs) {
		kinds[v.Kind] = true
		if v.String() == "" {
			t.Error("a violation without words")
		}
	}
	if !kinds[plan.DuplicateCode] || !kinds[plan.BadCode] {
		t.Errorf("got %v, want a duplicate and a malformed code", kinds)
	}
}

// TestShanghaisDistricts reads sixteen real outlines of ten thousand vertices.
// They are an exact partition as they stand; with every second vertex of one
// of them left out, each sliver that opens is found, with its place and area.
func TestShanghaisDistricts(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "..", "shared", "data", "shanghai", "districts.gcj02.geojson")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the real data is not here: %v", err)
	}
	var fc geojson.FeatureCollection
	if err := json.Unmarshal(raw, &fc); err != nil {
		t.Fatal(err)
	}
	var parts []grids.Area
	var baoshan int
	for i, f := range fc.Features {
		o, err := geo.NewOutline(f.Geometry) // closes the rings that are not
		if err != nil {
			t.Fatal(err)
		}
		if f.Properties.MustString("code") == "310113000000" {
			baoshan = i
		}
		parts = append(parts, grids.Area{Code: f.Properties.MustString("name"), Geometry: o.MultiPolygon()})
	}
	if bad := append(plan.Overlaps(parts), plan.Enclosed(parts)...); len(bad) > 0 {
		t.Errorf("the outlines as published have faults: %v", bad)
	}
	ring := parts[baoshan].Geometry[0][0]
	thin := orb.Ring{}
	for i := 0; i < len(ring)-1; i += 2 {
		thin = append(thin, ring[i])
	}
	parts[baoshan].Geometry = orb.MultiPolygon{{append(thin, thin[0])}}
	overlaps, gaps := plan.Overlaps(parts), plan.Enclosed(parts)
	if len(overlaps) < 50 || len(gaps) < 50 {
		t.Errorf("%d overlaps and %d gaps; every second vertex of a border of 500 is gone", len(overlaps), len(gaps))
	}
	for _, v := range append(overlaps, gaps...) {
		if v.AreaM2 <= 0 || len(v.Codes) == 0 || v.At == (orb.Point{}) {
			t.Errorf("a violation without area, districts or place: %+v", v)
		}
	}
}
