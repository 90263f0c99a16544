package geo_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
)

// samples are points of every kind: anywhere in the box and a little beyond,
// on nodes, on edges (lattice points of them), and one step beside both.
func samples(r *rand.Rand, p *geo.Partition, n int) []geo.Point {
	box := p.Box()
	w, h := int64(box.Max.X)-int64(box.Min.X), int64(box.Max.Y)-int64(box.Min.Y)
	out := make([]geo.Point, 0, n)
	for len(out) < n {
		e := p.Edges[r.IntN(len(p.Edges))]
		switch r.IntN(4) {
		case 0:
			out = append(out, e.A)
		case 1: // the midpoint is on the edge when both sums are even, next to it otherwise
			out = append(out, geo.Point{X: int32((int64(e.A.X) + int64(e.B.X)) / 2), Y: int32((int64(e.A.Y) + int64(e.B.Y)) / 2)})
		case 2:
			out = append(out, geo.Point{X: e.B.X + int32(r.IntN(3)) - 1, Y: e.B.Y + int32(r.IntN(3)) - 1})
		default:
			out = append(out, geo.Point{
				X: int32(int64(box.Min.X) - w/10 + r.Int64N(w*12/10)),
				Y: int32(int64(box.Min.Y) - h/10 + r.Int64N(h*12/10)),
			})
		}
	}
	return out
}

func keys(t testing.TB, points []geo.Point) []geo.Key {
	t.Helper()
	out := make([]geo.Key, len(points))
	for i, p := range points {
		k, err := geo.KeyAt(p)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = k
	}
	return out
}

// sortByKey puts points in key order, as the database reads them.
func sortByKey(points []geo.Point, keys []geo.Key) ([]geo.Point, []geo.Key) {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	ps, ks := make([]geo.Point, len(points)), make([]geo.Key, len(points))
	for i, o := range order {
		ps[i], ks[i] = points[o], keys[o]
	}
	return ps, ks
}

func TestLocatorEqualsBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		// From blocks of 20 m to provinces, anywhere H3 has cells, pentagons included.
		step := int32(rapid.SampledFrom([]int{2000, 20000, 300000, 2000000}).Draw(t, "step"))
		origin := rapid.SampledFrom([]geo.Point{
			{X: 1214000000, Y: 313000000},
			{X: -1999999, Y: -1000000},
			{X: 105362488, Y: 646000000},  // a pentagon off Norway
			{X: 1223000000, Y: 392000000}, // a pentagon in the Yellow Sea
		}).Draw(t, "origin")
		p, err := geo.NewPartition(geotest.Mesh(r, 3+r.IntN(6), 3+r.IntN(6), 1+r.IntN(8), origin, step))
		if err != nil {
			t.Fatal(err)
		}
		l, err := geo.NewLocator(p)
		if err != nil {
			t.Fatal(err)
		}
		points := samples(r, p, 300)
		points, ks := sortByKey(points, keysOf(t, points))
		got := make([]int32, len(points))
		l.LocateSorted(ks, points, got)
		for i, q := range points {
			want := p.FaceAt(q)
			if one := l.Locate(ks[i], q); one != want {
				t.Fatalf("Locate(%v) = %d, brute force says %d", q, one, want)
			}
			if got[i] != want {
				t.Fatalf("LocateSorted: %v in %d, brute force says %d", q, got[i], want)
			}
		}
	})
}

func keysOf(t *rapid.T, points []geo.Point) []geo.Key {
	out := make([]geo.Key, len(points))
	for i, p := range points {
		k, err := geo.KeyAt(p)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = k
	}
	return out
}

// TestAnEdgeBesideTheCorner has an edge that passes within a step of a border
// cell's box, between it and the corner from which the cell is walked.
func TestAnEdgeBesideTheCorner(t *testing.T) {
	t.Parallel()
	at := func(x, y float64) geo.Point { return geo.Snap(orb.Point{x, y}) }
	a, b, c, d := at(121.3405166, 31.3603185), at(121.3407402, 31.3581175), at(121.3430409, 31.3605624), at(121.3428221, 31.3626594)
	sw, se, ne, nw := at(121.33, 31.35), at(121.35, 31.35), at(121.35, 31.37), at(121.33, 31.37)
	p, err := geo.NewPartition([]geo.Outline{{{b, sw, se, ne, d, c, a}}, {{a, c, d, ne, nw, sw, b}}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := geo.NewLocator(p)
	if err != nil {
		t.Fatal(err)
	}
	q := at(121.3429777, 31.3591528)
	if got, want := l.Locate(keys(t, []geo.Point{q})[0], q), p.FaceAt(q); got != want {
		t.Errorf("Locate(%v) = %d, brute force says %d", q, got, want)
	}
}
