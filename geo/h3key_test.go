package geo_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
	"pgregory.net/rapid"

	"gridward/geo"
)

// TestKeysEqualH3 holds the bit arithmetic to the H3 library: parents at every
// resolution, child ranges and compact ids, for random cells and all pentagons.
func TestKeysEqualH3(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, r *rand.Rand, leaf h3.Cell) {
		k := geo.Key(leaf)
		for res := 0; res <= 15; res++ {
			want, err := leaf.Parent(res)
			if err != nil {
				t.Fatal(err)
			}
			got := k.Parent(res)
			if got != geo.Cell(want) {
				t.Fatalf("parent of %v at %d is %v, h3 says %v", leaf, res, got, want)
			}
			if got.Resolution() != res {
				t.Fatalf("resolution of %v is %d, want %d", got, got.Resolution(), res)
			}
			lo, hi := got.Keys()
			if k < lo || k > hi {
				t.Fatalf("key %v outside the range [%x, %x] of its parent %v", leaf, lo, hi, got)
			}
			first, err := want.CenterChild(15)
			if err != nil {
				t.Fatal(err)
			}
			if geo.Key(first) != lo {
				t.Fatalf("first key of %v is %x, h3's centre child is %v", got, lo, first)
			}
			last, err := h3.ChildPosToCell(children(want)-1, want, 15)
			if err != nil {
				t.Fatal(err)
			}
			if geo.Key(last) != hi {
				t.Fatalf("last key of %v is %x, h3's last child is %v", got, hi, last)
			}
			if c := got.Compact(); c >= 1<<53 {
				t.Fatalf("compact id %d of %v is above 2^53", c, got)
			}
			// A neighbour at the same resolution must lie outside the range.
			near, err := want.GridDisk(1)
			if err != nil {
				t.Fatal(err)
			}
			other := near[r.IntN(len(near))]
			if other != want && other != 0 {
				olo, ohi := geo.Cell(other).Keys()
				if !(ohi < lo || olo > hi) {
					t.Fatalf("ranges of %v and %v overlap", got, other)
				}
				if geo.Cell(other).Compact() == got.Compact() {
					t.Fatalf("%v and %v share a compact id", got, other)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		leaf, err := h3.LatLngToCell(h3.NewLatLng(r.Float64()*180-90, r.Float64()*360-180), 15)
		if err != nil {
			t.Fatal(err)
		}
		check(t, r, leaf)
	}
	for _, res := range []int{0, 1, 5, 9} {
		pentagons, err := h3.Pentagons(res)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pentagons {
			for _, pos := range []float64{0, 0.1, 0.5, 0.999} {
				leaf, err := h3.ChildPosToCell(int(float64(children(p)-1)*pos), p, 15)
				if err != nil {
					t.Fatal(err)
				}
				check(t, r, leaf)
			}
		}
	}
}

// children counts a cell's descendants at resolution 15: seven a step for a
// hexagon, five hexagons and a pentagon in a pentagon's first step.
func children(c h3.Cell) int {
	n := 1
	for range 15 - c.Resolution() {
		n *= 7
	}
	if c.IsPentagon() {
		return 1 + 5*(n-1)/6
	}
	return n
}

func TestSnapKeepsWithinHalfAStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
		q := geo.Snap(p).Orb()
		for i := range p {
			if d := p[i] - q[i]; d > 0.50001e-7 || d < -0.50001e-7 {
				t.Fatalf("%v snaps to %v", p, q)
			}
		}
		if geo.Snap(q) != geo.Snap(p) {
			t.Fatalf("snapping %v twice moves it", p)
		}
	})
}
