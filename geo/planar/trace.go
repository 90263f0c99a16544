package planar

import (
	"cmp"
	"slices"

	"gridward/geo"
)

// half is an edge walked one way, with what lies on its left.
type half struct {
	from, to geo.Point
	in       Face // the face on the left before the operation
	mark     mark // +1: a line runs this way here; -1: it runs the other way
	origin   Edge // the edge of the map that it is, or was cut from; none of a new line
}

// cycle is a closed walk around the inside (area positive) or a hole.
type cycle struct {
	halves []half
	area   int64 // doubled, square steps
}

// piece is a connected part of a face, cut out by lines.
type piece struct {
	parent Face
	outer  cycle
	holes  []cycle
	area   int64 // doubled, holes taken off
}

// trace follows half-edges around everything on their left; nil if a border
// does not close.
func trace(halves []half) []cycle {
	slices.SortFunc(halves, func(a, b half) int { return cmp.Or(compare(a.from, b.from), compare(a.to, b.to)) })
	out := map[geo.Point][]int{} // outgoing, counter-clockwise
	for i, h := range halves {
		out[h.from] = append(out[h.from], i)
	}
	for p, list := range out {
		slices.SortFunc(list, func(i, j int) int { return byAngle(p, halves[i].to, halves[j].to) })
	}
	used := make([]bool, len(halves))
	var cycles []cycle
	for i := range halves {
		if used[i] {
			continue
		}
		var c cycle
		for at := i; !used[at]; {
			used[at] = true
			h := halves[at]
			c.halves = append(c.halves, h)
			at = next(halves, out[h.to], h)
			if at < 0 {
				return nil
			}
		}
		c.area = c.doubleArea()
		cycles = append(cycles, c)
	}
	return cycles
}

// next is the outgoing half-edge that comes first clockwise from the way back.
func next(halves []half, outgoing []int, h half) int {
	if len(outgoing) == 0 {
		return -1
	}
	best := outgoing[len(outgoing)-1] // the last one counter-clockwise, when all lie before the way back
	for i := len(outgoing) - 1; i >= 0; i-- {
		if byAngle(h.to, halves[outgoing[i]].to, h.from) < 0 {
			return outgoing[i]
		}
	}
	return best
}

// byAngle orders the directions from p to a and to b counter-clockwise, from
// the east.
func byAngle(p, a, b geo.Point) int {
	if x, y := lower(p, a), lower(p, b); x != y {
		return cmp.Compare(x, y)
	}
	return -geo.Orientation(p, a, b)
}

// lower is 0 for directions from east to just before west, 1 for the others.
func lower(p, a geo.Point) int {
	if a.Y > p.Y || (a.Y == p.Y && a.X > p.X) {
		return 0
	}
	return 1
}

func (c *cycle) points() []geo.Point {
	out := make([]geo.Point, len(c.halves))
	for i, h := range c.halves {
		out[i] = h.from
	}
	return out
}

func (c *cycle) doubleArea() int64 { return geo.DoubleArea(c.points()) }

// holds reports whether another cycle lies in this one; they share no edge
// but may touch.
func (c *cycle) holds(o *cycle) bool {
	ring := c.points()
	for _, h := range o.halves {
		switch geo.InRing(h.from, ring) {
		case geo.Inside:
			return true
		case geo.Outside:
			return false
		}
	}
	for _, h := range o.halves { // every corner on this one: ask the middles
		if x2, y2 := int64(h.from.X)+int64(h.to.X), int64(h.from.Y)+int64(h.to.Y); !onCycle(x2, y2, ring) {
			return oddCrossings(x2, y2, func(fn func(a, b geo.Point)) {
				for i, p := range ring {
					fn(p, ring[(i+1)%len(ring)])
				}
			})
		}
	}
	return true
}

func onCycle(x2, y2 int64, ring []geo.Point) bool {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		if onDoubled(x2, y2, p, q) {
			return true
		}
	}
	return false
}

// onDoubled reports whether a point at half steps lies on an edge.
func onDoubled(x2, y2 int64, a, b geo.Point) bool {
	ax, ay, bx, by := 2*int64(a.X), 2*int64(a.Y), 2*int64(b.X), 2*int64(b.Y)
	return min(ax, bx) <= x2 && x2 <= max(ax, bx) && min(ay, by) <= y2 && y2 <= max(ay, by) &&
		(bx-ax)*(y2-ay) == (by-ay)*(x2-ax)
}

// crossesDoubled is crossesRay for a point at half steps.
func crossesDoubled(x2, y2 int64, a, b geo.Point) bool {
	if (2*int64(a.Y) > y2) == (2*int64(b.Y) > y2) {
		return false
	}
	if a.Y > b.Y {
		a, b = b, a
	}
	return 2*(int64(b.X)-int64(a.X))*(y2-2*int64(a.Y)) > 2*(int64(b.Y)-int64(a.Y))*(x2-2*int64(a.X))
}

func oddCrossings(x2, y2 int64, edges func(func(a, b geo.Point))) bool {
	odd := false
	edges(func(a, b geo.Point) {
		if crossesDoubled(x2, y2, a, b) {
			odd = !odd
		}
	})
	return odd
}
