package geo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
)

func TestPartitionAreasSumExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		outlines := geotest.Mesh(r, 4+r.IntN(8), 4+r.IntN(8), 1+r.IntN(9), geo.Point{X: 1214000000, Y: 313000000}, 10000)
		p, err := geo.NewPartition(outlines)
		if err != nil {
			t.Fatal(err)
		}
		var sum, border int64
		for _, o := range outlines {
			sum += o.DoubleArea()
		}
		for _, e := range p.Border() {
			a, b := e.A, e.B
			if e.Left == geo.None {
				a, b = b, a
			}
			// Shoelace about a nearby origin keeps the terms small.
			ax, ay := int64(a.X)-1214000000, int64(a.Y)-313000000
			bx, by := int64(b.X)-1214000000, int64(b.Y)-313000000
			border += ax*by - bx*ay
		}
		if sum != border {
			t.Fatalf("faces' doubled areas sum to %d, the border's is %d", sum, border)
		}
	})
}

func TestPartitionRefusesWhatOverlaps(t *testing.T) {
	t.Parallel()
	square := func(x, y, size float64) orb.Polygon {
		return orb.Polygon{{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}}
	}
	cases := []struct {
		name  string
		areas []orb.Polygon
		want  geo.FaultKind // empty: a sound partition
	}{
		{"neighbours", []orb.Polygon{square(0, 0, 1), square(1, 0, 1)}, ""},
		{"a vertex in the middle of a neighbour's edge", []orb.Polygon{square(0, 0, 2), square(2, 0, 1), square(2, 1, 1)}, ""},
		{"apart", []orb.Polygon{square(0, 0, 1), square(3, 0, 1)}, ""},
		{"touching in a corner", []orb.Polygon{square(0, 0, 1), square(1, 1, 1)}, ""},
		{"an island in a hole", []orb.Polygon{{square(0, 0, 3)[0], square(1, 1, 1)[0]}, square(1, 1, 1)}, ""},
		{"a smaller island in a hole", []orb.Polygon{{square(0, 0, 9)[0], square(1, 1, 5)[0]}, square(2, 2, 1)}, ""},
		{"crossing", []orb.Polygon{square(0, 0, 2), square(1, 1, 2)}, geo.CrossingEdges},
		{"one step over a neighbour", []orb.Polygon{square(0, 0, 1), {{{0.9999999, 0}, {2, 0}, {2, 1}, {0.9999999, 1}, {0.9999999, 0}}}}, geo.DoubleCover},
		{"the same twice", []orb.Polygon{square(0, 0, 1), square(0, 0, 1)}, geo.DoubleCover},
		{"inside without a hole", []orb.Polygon{square(0, 0, 3), square(1, 1, 1)}, geo.Nested},
		{"inside, touching the edge", []orb.Polygon{square(0, 0, 3), square(0, 1, 1)}, geo.DoubleCover},
		{"inside from corner to corner", []orb.Polygon{square(0, 0, 2), {{{0, 0}, {1, 0.5}, {2, 2}, {0.5, 1}, {0, 0}}}}, geo.DoubleCover},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var outlines []geo.Outline
			for _, a := range c.areas {
				o, err := geo.NewOutline(a)
				if err != nil {
					t.Fatal(err)
				}
				outlines = append(outlines, o)
			}
			_, err := geo.NewPartition(outlines)
			var fault *geo.PartitionError
			switch {
			case c.want == "" && err != nil:
				t.Fatalf("a sound partition is refused: %v", err)
			case c.want != "" && !errors.As(err, &fault):
				t.Fatalf("got %v, want a fault %q", err, c.want)
			case c.want != "" && !slices.ContainsFunc(fault.Faults, func(f geo.Fault) bool { return f.Kind == c.want }):
				t.Fatalf("got %v, want a fault %q", err, c.want)
			}
		})
	}
}

func TestOrientationIsExactAtTheEnds(t *testing.T) {
	t.Parallel()
	const x, y = 1800000000, 900000000
	a, b := geo.Point{X: -x, Y: -y}, geo.Point{X: x, Y: y}
	for _, c := range []struct {
		p    geo.Point
		want int
	}{{geo.Point{}, 0}, {geo.Point{X: 2, Y: 1}, 0}, {geo.Point{X: 1}, -1}, {geo.Point{X: x, Y: -y}, -1}, {geo.Point{X: -x, Y: y}, 1}, {geo.Point{X: 1, Y: 1}, 1}} {
		if got := geo.Orientation(a, b, c.p); got != c.want {
			t.Errorf("Orientation(%v, %v, %v) = %d, want %d", a, b, c.p, got, c.want)
		}
	}
}

func ExampleOrientation() {
	a, b := geo.Snap(orb.Point{121.4, 31.3}), geo.Snap(orb.Point{121.5, 31.3})
	fmt.Println(geo.Orientation(a, b, geo.Snap(orb.Point{121.45, 31.4})))
	// Output: 1
}
