package balance

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gridward/geo"
)

// clip cuts lines off at a zone's outline, and says where on it they end.
//
// The outline's edges belong to two communities and are bent by nobody, and
// hardly any lattice point lies exactly on one. So a line that ends between two
// corners ends just inside, at the nearest lattice point, and from there a hem
// runs along the edge: one chain of all such points from corner to corner, a step
// beside it. The strip between hem and edge goes whole to the grid that has most
// of the edge. It has no width that anybody could see, but it is border: see
// [Hem].
type clip struct {
	zone  geo.Outline
	plane plane
	fixed *nearby // the outline's edges, land on the left
	hems  map[int32][]stitch
	// corner is how near to a corner, in metres, a line to be added ends in the corner
	// itself.
	corner float64
	lines  [][]geo.Point
	once   map[[2]geo.Point]bool
}

// stitch is a point of a hem, and how far along its edge it lies in steps.
type stitch struct {
	at    geo.Point
	along float64
}

func newClip(zone geo.Outline, p plane, corner float64) *clip {
	c := &clip{zone: zone, plane: p, fixed: newNearby(), hems: map[int32][]stitch{}, corner: corner, once: map[[2]geo.Point]bool{}}
	for _, ring := range zone {
		for i, q := range ring {
			c.fixed.put(q, ring[(i+1)%len(ring)], 0)
		}
	}
	return c
}

// near is the distance in steps from the outline within which a line's end or
// course counts as being on it.
const near = 3

// add brings in a line, as far as it lies in the zone.
func (c *clip) add(path []geo.Point) {
	for i := 1; i < len(path); i++ {
		if path[i-1] != path[i] {
			c.segment(path[i-1], path[i])
		}
	}
}

// knot is where a segment meets the outline: a part of its length, and the point
// at which it is cut.
type knot struct {
	t  float64
	at geo.Point
}

func (c *clip) segment(a, b geo.Point) {
	box := geo.EmptyBox().Extend(a).Extend(b)
	box.Min.X, box.Min.Y, box.Max.X, box.Max.Y = box.Min.X-near, box.Min.Y-near, box.Max.X+near, box.Max.Y+near
	knots := []knot{{0, a}, {1, b}}
	met := map[int32]bool{}
	c.fixed.around(box, func(i int32) {
		if met[i] {
			return
		}
		met[i] = true
		f := c.fixed.segments[i]
		switch geo.Meet(a, b, f[0], f[1]) {
		case geo.Crossing:
			x, y := crossing(a, b, f[0], f[1])
			knots = append(knots, knot{part(a, b, x, y), c.end(i, x, y)})
		case geo.Touching, geo.Along:
			for _, p := range f {
				if geo.OnSegment(p, a, b) {
					knots = append(knots, knot{part(a, b, float64(p.X), float64(p.Y)), p})
				}
			}
		default:
			for k, p := range [2]geo.Point{a, b} { // an end that all but touches
				if lattice.away(p, f[0], f[1]) <= near && geo.Orientation(f[0], f[1], p) > 0 {
					knots[k].at = c.stitch(i, p)
				}
			}
		}
	})
	slices.SortStableFunc(knots, func(p, q knot) int { return cmp.Compare(p.t, q.t) })
	for i := 1; i < len(knots); i++ {
		p, q := knots[i-1], knots[i]
		x, y := float64(a.X)+(p.t+q.t)/2*(float64(b.X)-float64(a.X)), float64(a.Y)+(p.t+q.t)/2*(float64(b.Y)-float64(a.Y))
		mid := geo.Point{X: int32(math.Round(x)), Y: int32(math.Round(y))}
		if p.at == q.at || c.zone.Side(mid) != geo.Inside || c.hugs(p.at, q.at) {
			continue
		}
		c.draw(p.at, q.at)
	}
}

// hugs reports whether a segment runs along an edge of the outline, where it
// would part nothing.
func (c *clip) hugs(a, b geo.Point) bool {
	found := false
	c.fixed.around(geo.EmptyBox().Extend(a), func(i int32) {
		f := c.fixed.segments[i]
		found = found || (lattice.away(a, f[0], f[1]) <= near && lattice.away(b, f[0], f[1]) <= near)
	})
	return found
}

func (c *clip) draw(a, b geo.Point) {
	if b.X < a.X || (b.X == a.X && b.Y < a.Y) {
		a, b = b, a
	}
	if a != b && !c.once[[2]geo.Point{a, b}] {
		c.once[[2]geo.Point{a, b}] = true
		c.lines = append(c.lines, []geo.Point{a, b})
	}
}

// end is where a line ends that crosses an edge of the outline at x, y.
func (c *clip) end(i int32, x, y float64) geo.Point {
	f := c.fixed.segments[i]
	for _, p := range f {
		if math.Hypot((x-float64(p.X))*c.plane.kx, (y-float64(p.Y))*c.plane.ky) <= c.corner {
			return p
		}
	}
	best, away := geo.Point{}, math.Inf(1)
	for dx := int32(-2); dx <= 2; dx++ {
		for dy := int32(-2); dy <= 2; dy++ {
			q := geo.Point{X: int32(math.Round(x)) + dx, Y: int32(math.Round(y)) + dy}
			if d := math.Hypot(float64(q.X)-x, float64(q.Y)-y); d < away && geo.Orientation(f[0], f[1], q) > 0 {
				best, away = q, d
			}
		}
	}
	return c.stitch(i, best)
}

// stitch makes a point one of an edge's hem, or returns one that is there within
// a few steps. An end of the edge stands for what is as near to it.
func (c *clip) stitch(i int32, p geo.Point) geo.Point {
	const apart = 2 * near
	f := c.fixed.segments[i]
	for _, q := range f {
		if steps(p, q) <= apart {
			return q
		}
	}
	for _, s := range c.hems[i] {
		if steps(p, s.at) <= apart {
			return s.at
		}
	}
	c.hems[i] = append(c.hems[i], stitch{p, part(f[0], f[1], float64(p.X), float64(p.Y))})
	return p
}

// sewn is all lines, with the hems, in the lattice's order.
func (c *clip) sewn() [][]geo.Point {
	all := *c
	all.lines, all.once = slices.Clone(c.lines), maps.Clone(c.once)
	for _, i := range slices.Sorted(maps.Keys(c.hems)) {
		f, hem := c.fixed.segments[i], slices.Clone(c.hems[i])
		slices.SortFunc(hem, func(a, b stitch) int { return cmp.Compare(a.along, b.along) })
		at := f[0]
		for _, s := range hem {
			all.draw(at, s.at)
			at = s.at
		}
		all.draw(at, f[1])
	}
	slices.SortFunc(all.lines, func(p, q []geo.Point) int {
		return cmp.Or(cmp.Compare(p[0].X, q[0].X), cmp.Compare(p[0].Y, q[0].Y), cmp.Compare(p[1].X, q[1].X), cmp.Compare(p[1].Y, q[1].Y))
	})
	return all.lines
}

// crossing is where two segments that cross do so.
func crossing(a, b, p, q geo.Point) (x, y float64) {
	dx, dy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
	ex, ey := float64(q.X)-float64(p.X), float64(q.Y)-float64(p.Y)
	u := ((float64(p.X)-float64(a.X))*ey - (float64(p.Y)-float64(a.Y))*ex) / (dx*ey - dy*ex)
	return float64(a.X) + u*dx, float64(a.Y) + u*dy
}

// part is how far along the segment from a to b a point of it lies, from 0 to 1.
func part(a, b geo.Point, x, y float64) float64 {
	dx, dy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
	return ((x-float64(a.X))*dx + (y-float64(a.Y))*dy) / (dx*dx + dy*dy)
}

// lattice measures in lattice steps.
var lattice = plane{kx: 1, ky: 1}

func steps(a, b geo.Point) float64 { return lattice.length(a, b) }
