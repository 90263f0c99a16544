package geo_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/peterstace/simplefeatures/geom"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
)

// shape is an outline as the overlay library takes it.
func shape(t *rapid.T, o geo.Outline) geom.Geometry {
	var polygons []geom.Polygon
	for _, p := range o.MultiPolygon() {
		var rings []geom.LineString
		for _, r := range p {
			var flat []float64
			for _, v := range r {
				flat = append(flat, v[0], v[1])
			}
			rings = append(rings, geom.NewLineString(geom.NewSequence(flat, geom.DimXY)))
		}
		polygons = append(polygons, geom.NewPolygon(rings))
	}
	g := geom.NewMultiPolygon(polygons).AsGeometry()
	if err := g.Validate(); err != nil {
		t.Skipf("the overlay library does not take it: %v", err)
	}
	return g
}

// TestSharedAreaEqualsOverlay compares with an overlay library on faces of
// random meshes, which have holes and parts, on footprints across their borders,
// and on faces of one mesh, which share edges and nothing else.
func TestSharedAreaEqualsOverlay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 9))
		origin := geo.Point{X: 1214000000, Y: 313000000}
		one := geotest.Mesh(r, 4, 4, 1+r.IntN(4), origin, 20000)
		two := geotest.Mesh(r, 2+r.IntN(4), 2+r.IntN(4), 1+r.IntN(4), geo.Point{X: origin.X + r.Int32N(60000) - 30000, Y: origin.Y + r.Int32N(60000) - 30000}, 1000+r.Int32N(20000))
		a, b := one[r.IntN(len(one))], two[r.IntN(len(two))]
		if r.IntN(3) == 0 {
			b = one[r.IntN(len(one))]
		}
		cut, err := geom.Intersection(shape(t, a), shape(t, b))
		if err != nil {
			t.Skipf("the overlay library failed: %v", err)
		}
		lat := (float64(a.Box().Min.Y) + float64(a.Box().Max.Y)) / 2 * geo.Unit
		lon, north := geo.MetersToDegrees(lat)
		got, want := geo.SharedArea(a, b), cut.Area()/(lon*north)
		if math.Abs(got-want) > 1e-6*(a.Area()+b.Area()) {
			t.Fatalf("%f m² shared, the overlay says %f", got, want)
		}
		if back := geo.SharedArea(b, a); math.Abs(got-back) > 1e-4*(got+1) { // two middle latitudes
			t.Fatalf("%f one way, %f the other", got, back)
		}
	})
}

func TestSharedAreaOfItself(t *testing.T) {
	t.Parallel()
	o := geo.Outline{{{X: 1214000000, Y: 313000000}, {X: 1214010000, Y: 313000000}, {X: 1214010000, Y: 313010000}, {X: 1214000000, Y: 313010000}},
		{{X: 1214004000, Y: 313004000}, {X: 1214004000, Y: 313006000}, {X: 1214006000, Y: 313006000}, {X: 1214006000, Y: 313004000}}}
	if got, want := geo.SharedArea(o, o), o.Area(); math.Abs(got-want) > 1e-5*want {
		t.Errorf("%f m², its area is %f", got, want)
	}
}

// BenchmarkSharedArea measures a footprint's share in a grid, beside the overlay.
func BenchmarkSharedArea(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	grid := geotest.Mesh(r, 12, 12, 4, geo.Point{X: 1214000000, Y: 313000000}, 20000)[0]
	at := grid[0][0]
	foot := geo.Outline{{{X: at.X - 1000, Y: at.Y - 1000}, {X: at.X + 1000, Y: at.Y - 1000}, {X: at.X + 1000, Y: at.Y + 1000}, {X: at.X - 1000, Y: at.Y + 1000}}}
	for b.Loop() {
		geo.SharedArea(foot, grid)
	}
}
