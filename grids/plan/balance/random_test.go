package balance_test

import (
	"math/rand/v2"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/geo/planar"
	"gridward/grids/plan/balance"
)

var origin = geo.Point{X: 1214000000, Y: 313000000}

// step is a mesh cell's size: some 200 m.
const step = 20000

// fatal is what checks need of a test.
type fatal interface {
	Fatalf(string, ...any)
	Logf(string, ...any)
}

// communities are random zones of a town, with places in clusters, streets along
// no border in particular, and present grids that somebody drew with random lines.
func communities(t fatal, r *rand.Rand, n int) []*balance.Zone {
	var out []*balance.Zone
	for i, o := range geotest.Mesh(r, 6, 6, n, origin, step) {
		z := &balance.Zone{Code: string(rune('a' + i)), Outline: o, WalkMinutes: 30}
		m, err := planar.New([]planar.Input{{Outline: o}})
		if err != nil {
			t.Fatalf("%v", err)
		}
		point := func() geo.Point { return somewhere(r) }
		for range r.IntN(4) {
			_, _ = m.Split([]geo.Point{point(), point(), point()}, nil)
		}
		for k, f := range m.Faces() {
			z.Grids = append(z.Grids, balance.Grid{Ref: z.Code + string(rune('0'+k)), Outline: m.Outline(f)})
		}
		number := map[planar.Face]int{planar.Outside: -1}
		for k, f := range m.Faces() {
			number[f] = k
		}
		for range r.IntN(5) { // clusters
			c, many := point(), r.IntN(80)
			for range many {
				p := geo.Point{X: c.X + int32(r.NormFloat64()*step/2), Y: c.Y + int32(r.NormFloat64()*step/2)}
				if z.Outline.Side(p) != geo.Outside {
					z.Places = append(z.Places, balance.Place{At: p, Minutes: r.ExpFloat64() * 10, Grid: number[m.FaceAt(p)]})
				}
			}
		}
		for range r.IntN(6) {
			z.Streets = append(z.Streets, []geo.Point{point(), point(), point()})
		}
		if r.IntN(3) == 0 {
			z.Water = append(z.Water, []geo.Point{point(), point()})
		}
		out = append(out, z)
	}
	return out
}

func somewhere(r *rand.Rand) geo.Point {
	return geo.Point{X: origin.X - step/2 + r.Int32N(7*step), Y: origin.Y - step/2 + r.Int32N(7*step)}
}

// compounds are boxes in a zone that must stay whole.
func compounds(r *rand.Rand, z *balance.Zone) {
	for range 1 + r.IntN(4) {
		c, w, h := somewhere(r), 2000+r.Int32N(12000), 2000+r.Int32N(12000)
		z.Whole = append(z.Whole, geo.Outline{{c, {X: c.X + w, Y: c.Y}, {X: c.X + w, Y: c.Y + h}, {X: c.X, Y: c.Y + h}}})
	}
}

// connected reports whether the land of some atoms hangs together, asking nothing
// of the package but its outlines: two atoms touch if they have an edge in common.
func connected(a *balance.Atoms, atoms []int) bool {
	at := map[[2]geo.Point]int{}
	for _, i := range atoms {
		for _, ring := range a.Atoms[i].Outline {
			for k, p := range ring {
				at[[2]geo.Point{p, ring[(k+1)%len(ring)]}] = i
			}
		}
	}
	reached := map[int]bool{atoms[0]: true}
	for queue := []int{atoms[0]}; len(queue) > 0; queue = queue[1:] {
		for _, ring := range a.Atoms[queue[0]].Outline {
			for k, p := range ring {
				if j, ok := at[[2]geo.Point{ring[(k+1)%len(ring)], p}]; ok && !reached[j] {
					reached[j] = true
					queue = append(queue, j)
				}
			}
		}
	}
	return len(reached) == len(atoms)
}

// onePart reports whether an outline's land hangs together.
func onePart(o geo.Outline) bool {
	n := 0
	for _, r := range o {
		if geo.DoubleArea(r) > 0 {
			n++
		}
	}
	return n == 1
}
