package tiles_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/tiles"
	"gridward/tiles/mvt"
)

// mesh is n by n areas with bent borders that neighbours share vertex by vertex,
// and the one around them all.
func mesh(r *rand.Rand, n int) (areas []orb.Polygon, whole orb.Polygon) {
	const west, south, step = 121.30, 31.20, 0.03
	node := func(i, j int) orb.Point {
		return geo.Snap(orb.Point{west + step*float64(i), south + step*float64(j)}).Orb()
	}
	borders := map[[2]orb.Point][]orb.Point{}
	border := func(a, b orb.Point) []orb.Point { // from a, without b
		if line, ok := borders[[2]orb.Point{a, b}]; ok {
			return line
		}
		line := []orb.Point{a}
		bends := r.IntN(40)
		for k := 1; k <= bends; k++ {
			s := float64(k) / float64(bends+1)
			line = append(line, geo.Snap(orb.Point{a[0] + s*(b[0]-a[0]) + 0.003*(r.Float64()-0.5), a[1] + s*(b[1]-a[1]) + 0.003*(r.Float64()-0.5)}).Orb())
		}
		back := append(slices.Clone(line[1:]), b)
		slices.Reverse(back)
		borders[[2]orb.Point{a, b}], borders[[2]orb.Point{b, a}] = line, back
		return line
	}
	ring := func(nodes ...orb.Point) orb.Ring {
		var out orb.Ring
		for i, a := range nodes {
			out = append(out, border(a, nodes[(i+1)%len(nodes)])...)
		}
		return append(out, out[0])
	}
	for i := range n {
		for j := range n {
			areas = append(areas, orb.Polygon{ring(node(i, j), node(i+1, j), node(i+1, j+1), node(i, j+1))})
		}
	}
	var around []orb.Point
	for i := range n {
		around = append(around, node(i, 0))
	}
	for j := range n {
		around = append(around, node(n, j))
	}
	for i := range n {
		around = append(around, node(n-i, n))
	}
	for j := range n {
		around = append(around, node(0, n-j))
	}
	return areas, orb.Polygon{ring(around...)}
}

// TestNeighboursNeverPart draws areas that tile a whole at every zoom at which
// one tile holds it: their areas add up to the whole's, to the step, and the
// farther out, the fewer vertices.
func TestNeighboursNeverPart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 3))
		areas, whole := mesh(r, 4)
		var features []tiles.Feature
		for i, a := range append(areas, whole) {
			anchor, err := geo.Anchor(a)
			if err != nil {
				rt.Fatal(err)
			}
			features = append(features, tiles.Feature{Code: fmt.Sprint(i), Anchor: anchor, Geometry: a, Values: []any{i}})
		}
		snap := tiles.NewSnapshot(tiles.Layout{Layer: "x", Fields: []string{"n"}, Borders: true}, features)
		last := 0
		for z := maptile.Zoom(7); z <= 10; z++ {
			tile := maptile.At(orb.Point{121.36, 31.26}, z)
			drawn := decode(t, drawn(snap, tile, nil).Raw)["x"]
			if drawn == nil || len(drawn.Features) != len(features) || z > 8 && !tile.Bound(0.01).Contains(whole.Bound().Min) {
				continue
			}
			sum, vertices := int64(0), 0
			for _, f := range drawn.Features {
				polygon, ok := f.Geometry.(orb.Polygon)
				if !ok {
					rt.Fatalf("zoom %d: area %v became %v", z, f.Properties["n"], f.Geometry)
				}
				var xy [][2]int32
				for _, p := range polygon[0][1:] {
					xy = append(xy, [2]int32{int32(p[0]), int32(p[1])})
				}
				vertices += len(xy)
				if area := mvt.Area(xy); int(f.Properties["n"].(float64)) < len(areas) {
					sum += area
				} else {
					sum -= area
				}
			}
			if sum != 0 {
				rt.Fatalf("zoom %d: the areas and the whole differ by %d half steps", z, sum)
			}
			if 10*vertices < 9*last { // rounding may take a few
				rt.Fatalf("zoom %d has %d vertices, the one before %d", z, vertices, last)
			}
			last = vertices
		}
	})
}
