package grids_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/grids"
)

func areas(outlines []geo.Outline) []grids.Area {
	out := make([]grids.Area, len(outlines))
	for i, o := range outlines {
		out[i] = grids.Area{Code: fmt.Sprintf("%03d", i), Geometry: o.MultiPolygon()}
	}
	return out
}

// TestAssignEqualsBruteForce compares a footprint's area with what the overlay
// of every face with it says.
func TestAssignEqualsBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		as := areas(geotest.Mesh(r, 3+r.IntN(5), 3+r.IntN(5), 1+r.IntN(6), geo.Point{X: 1214000000, Y: 313000000}, 20000))
		assigner, err := grids.NewAssigner(as)
		if err != nil {
			t.Fatal(err)
		}
		x, y := 121.4+r.Float64()*0.012, 31.3+r.Float64()*0.012
		w, h := 0.0001+r.Float64()*0.002, 0.0001+r.Float64()*0.002
		foot := orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}
		anchor, err := geo.Anchor(foot)
		if err != nil {
			t.Fatal(err)
		}
		key, err := geo.KeyAt(anchor)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := assigner.Assign(foot, anchor, key, nil)
		best, want := 1e-6, ""
		shape := grids.Shape(foot)
		for _, a := range as {
			cut, err := geom.Intersection(shape, grids.Shape(a.Geometry))
			if err != nil {
				t.Fatal(err)
			}
			if share := cut.Area() / shape.Area(); share > best+1e-6 {
				best, want = share, a.Code
			}
		}
		if ok != (want != "") || (ok && got.Code != want && float64(got.SharePPM)/1e6 < best-2e-6) {
			t.Fatalf("%v (%v), want %s with %f", got, ok, want, best)
		}
	})
}

func TestTiesGoToTheLowerCode(t *testing.T) {
	t.Parallel()
	square := func(x, y float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}, {x, y}}}}
	}
	a, err := grids.NewAssigner([]grids.Area{{Code: "b", Geometry: square(0, 0)}, {Code: "a", Geometry: square(1, 0)}, {Code: "c", Geometry: square(0, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want grids.Choice
	}{
		{"a point on the edge", orb.Point{1, 0.5}, grids.Choice{Code: "a", Reason: grids.OnBorder, SharePPM: 1e6}},
		{"a point on the node", orb.Point{1, 1}, grids.Choice{Code: "a", Reason: grids.OnBorder, SharePPM: 1e6}},
		{"a point inside", orb.Point{0.5, 0.5}, grids.Choice{Code: "b", Reason: grids.Inside, SharePPM: 1e6}},
		{"a footprint half and half", orb.Polygon{{{0.9, 0.4}, {1.1, 0.4}, {1.1, 0.6}, {0.9, 0.6}, {0.9, 0.4}}}, grids.Choice{Code: "a", Reason: grids.EqualShares, SharePPM: 500000}},
		{"a footprint mostly in b", orb.Polygon{{{0.6, 0.4}, {1.1, 0.4}, {1.1, 0.6}, {0.6, 0.6}, {0.6, 0.4}}}, grids.Choice{Code: "b", Reason: grids.LargestShare, SharePPM: 800000}},
		{"a footprint along the edge", orb.Polygon{{{0.9, 0.4}, {1, 0.4}, {1, 0.6}, {0.9, 0.6}, {0.9, 0.4}}}, grids.Choice{Code: "b", Reason: grids.Inside, SharePPM: 1e6}},
		{"outside", orb.Point{5, 5}, grids.Choice{}},
	} {
		anchor, err := geo.Anchor(c.g)
		if err != nil {
			t.Fatal(err)
		}
		key, err := geo.KeyAt(anchor)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := a.Assign(c.g, anchor, key, nil); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
