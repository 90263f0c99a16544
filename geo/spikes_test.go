package geo_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
)

func TestWithoutSpikes(t *testing.T) {
	t.Parallel()
	square := []geo.Point{{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 0, Y: 10000}}
	for name, ring := range map[string][]geo.Point{
		"beside an edge":  {{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 10000, Y: 18000}, {X: 9999, Y: 10000}, {X: 0, Y: 10000}},
		"at the seam":     {{X: -8000, Y: 1}, {X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 0, Y: 10000}, {X: 0, Y: 1}},
		"of two segments": {{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 14000, Y: 14000}, {X: 20000, Y: 20001}, {X: 14000, Y: 14001}, {X: 9999, Y: 10000}, {X: 0, Y: 10000}},
	} {
		got := geo.Outline{ring}.WithoutSpikes(4)
		if len(got) != 1 || len(got[0]) > len(square)+1 {
			t.Errorf("%s: left %v", name, got)
		}
		if box := got.Box(); box.Min.X < -1 || box.Max.X > 10001 || box.Max.Y > 10001 {
			t.Errorf("%s: a tip is left: %v", name, got)
		}
	}
	if got := (geo.Outline{square}).WithoutSpikes(4); len(got[0]) != 4 {
		t.Errorf("a square became %v", got)
	}
}

// TestWithoutSpikesKeepsLand: sound areas keep theirs.
func TestWithoutSpikesKeepsLand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 71))
		for _, o := range geotest.Mesh(r, 5, 5, 1+r.IntN(5), geo.Point{X: 1214000000, Y: 313000000}, 20000) {
			if a, b := o.Area(), o.WithoutSpikes(4).Area(); a-b > 1e-4*a || b-a > 1e-4*a {
				t.Fatalf("an area of %f m² is drawn with %f", a, b)
			}
		}
	})
}
