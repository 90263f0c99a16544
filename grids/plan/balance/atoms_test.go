package balance_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/grids/plan/balance"
)

// TestAtoms cuts random communities in every way: atoms and hems tile them to
// the last lattice step, each is of one piece, borders look the same from either
// side, and no work is lost or counted twice.
func TestAtoms(t *testing.T) {
	t.Parallel()
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		kind := rapid.SampledFrom([]balance.Kind{balance.Blocks, balance.H3r9, balance.H3r10, balance.H3r11}).Draw(t, "kind")
		zones := communities(t, r, 2+r.IntN(3))
		z := zones[r.IntN(len(zones))]
		if r.IntN(3) == 0 {
			for i := range z.Grids {
				z.Grids[i].Outline = nil // known by their places alone
			}
		}
		if r.IntN(2) == 0 {
			compounds(r, z)
		}
		a, err := balance.Cut(context.Background(), z, kind)
		if err != nil {
			t.Fatal(err)
		}
		left += len(a.Notes)
		t.Logf("%d atoms, %d hems, %v", len(a.Atoms), len(a.Hems), a.Notes)
		var all []geo.Outline
		for i := range a.Atoms {
			all = append(all, a.Atoms[i].Outline)
			if !onePart(a.Atoms[i].Outline) {
				t.Fatalf("atom %d is in parts: %v", i, a.Atoms[i].Outline)
			}
		}
		for _, h := range a.Hems {
			all = append(all, h.Outline)
		}
		if err := geo.Tiles(z.Outline, all); err != nil {
			t.Fatalf("the atoms do not tile the zone: %v", err)
		}
		want, places := 0.0, 0
		for _, p := range z.Places {
			want += p.Minutes
			places++
		}
		street := 0.0
		for _, s := range z.Streets {
			for i := 1; i < len(s); i++ {
				street += inside(z.Outline, s[i-1], s[i]) / 1000 * z.WalkMinutes
			}
		}
		got, area := 0.0, 0.0
		for i, at := range a.Atoms {
			got += at.Minutes
			places -= at.Places
			area += at.AreaM2
			for _, b := range at.Neighbours {
				back := borderOf(a, b.Atom, i)
				if math.Abs(back.Metres-b.Metres) > 1e-6 || math.Abs(back.StreetM-b.StreetM) > 1e-6 || back.Open != b.Open {
					t.Fatalf("the border of %d and %d is %v one way and %v the other", i, b.Atom, b, back)
				}
			}
		}
		if places != 0 || math.Abs(got-want-street) > 0.04*street+1 {
			t.Fatalf("%d places lost; %f minutes, want %f and %f of streets", places, got, want, street)
		}
		if whole := z.Outline.Area(); math.Abs(area-whole) > 1e-4*whole+5 {
			t.Fatalf("the atoms have %f m², the zone %f", area, whole)
		}
		for n, o := range z.Whole {
			wholeIn(t, n, o, z.Outline, all)
		}
	})
	t.Logf("%d notes", left)
}

func borderOf(a *balance.Atoms, i, j int) balance.Border {
	for _, b := range a.Atoms[i].Neighbours {
		if b.Atom == j {
			return b
		}
	}
	return balance.Border{Metres: math.NaN()}
}

// inside is how many metres of a segment's two sides, 2 m beside it, lie in an
// outline, halved: by asking many points.
func inside(o geo.Outline, a, b geo.Point) float64 {
	const n = 2000
	length := geo.Distance(a.Orb(), b.Orb())
	lon, lat := geo.MetersToDegrees(a.Orb()[1])
	nx, ny := -2*float64(b.Y-a.Y)*geo.Unit/lat/length*lon/geo.Unit, 2*float64(b.X-a.X)*geo.Unit/lon/length*lat/geo.Unit
	in := 0
	for i := range n {
		t := (float64(i) + 0.5) / n
		for _, side := range [2]float64{1, -1} {
			x, y := float64(a.X)+t*float64(b.X-a.X)+side*nx, float64(a.Y)+t*float64(b.Y-a.Y)+side*ny
			if o.Side(geo.Point{X: int32(x), Y: int32(y)}) == geo.Inside {
				in++
			}
		}
	}
	return length * float64(in) / n / 2
}

// wholeIn checks that a compound lies in one of some areas, but for slivers; what
// lies beyond the zone is not looked at.
func wholeIn(t fatal, n int, compound, zone geo.Outline, areas []geo.Outline) {
	total := geo.SharedArea(zone, compound)
	most := 0.0
	for _, o := range areas {
		if o.Box().Meets(compound.Box()) {
			most = math.Max(most, geo.SharedArea(o, compound))
		}
	}
	if most < total-math.Max(2, 0.004*compound.Area()) {
		t.Fatalf("compound %d of %.0f m² is cut: %.0f lie in one", n, total, most)
	}
}
