package balance

import (
	"math"

	"gridward/geo"
)

// nearby finds segments by place: a hash of square buckets.
type nearby struct {
	segments [][2]geo.Point
	of       []int // what the segment belongs to
	at       map[[2]int32][]int32
}

// nearbyShift makes a bucket 2^12 steps wide, some 40 m.
const nearbyShift = 12

func newNearby() *nearby { return &nearby{at: map[[2]int32][]int32{}} }

// put adds a segment; buckets that only its box touches are left out, so that
// a long slanting one costs no more than its length.
func (n *nearby) put(a, b geo.Point, of int) {
	i := int32(len(n.segments))
	n.segments = append(n.segments, [2]geo.Point{a, b})
	n.of = append(n.of, of)
	box := geo.EmptyBox().Extend(a).Extend(b)
	for x := box.Min.X >> nearbyShift; x <= box.Max.X>>nearbyShift; x++ {
		for y := box.Min.Y >> nearbyShift; y <= box.Max.Y>>nearbyShift; y++ {
			cell := geo.Box{Min: geo.Point{X: x << nearbyShift, Y: y << nearbyShift}}
			cell.Max = geo.Point{X: cell.Min.X + 1<<nearbyShift, Y: cell.Min.Y + 1<<nearbyShift}
			if geo.MeetsBox(a, b, cell) {
				n.at[[2]int32{x, y}] = append(n.at[[2]int32{x, y}], i)
			}
		}
	}
}

// around calls fn for the segments in the buckets that a box touches, some of
// them several times.
func (n *nearby) around(box geo.Box, fn func(i int32)) {
	for x := box.Min.X >> nearbyShift; x <= box.Max.X>>nearbyShift; x++ {
		for y := box.Min.Y >> nearbyShift; y <= box.Max.Y>>nearbyShift; y++ {
			for _, i := range n.at[[2]int32{x, y}] {
				fn(i)
			}
		}
	}
}

// away is the distance of a point from a segment, in metres.
func (p plane) away(q, a, b geo.Point) float64 {
	ax, ay := p.at(a)
	bx, by := p.at(b)
	x, y := p.at(q)
	dx, dy := bx-ax, by-ay
	t := 0.0
	if d := dx*dx + dy*dy; d > 0 {
		t = math.Max(0, math.Min(1, ((x-ax)*dx+(y-ay)*dy)/d))
	}
	return math.Hypot(x-ax-t*dx, y-ay-t*dy)
}

// along reports whether a segment runs along one of the set: both its ends and
// its middle within a distance in metres of the same one.
func (n *nearby) along(p plane, a, b geo.Point, within float64) bool {
	r := geo.Point{X: int32(within/p.kx) + 1, Y: int32(within/p.ky) + 1}
	mid := geo.Point{X: int32((int64(a.X) + int64(b.X)) / 2), Y: int32((int64(a.Y) + int64(b.Y)) / 2)}
	box := geo.Box{Min: geo.Point{X: mid.X - r.X, Y: mid.Y - r.Y}, Max: geo.Point{X: mid.X + r.X, Y: mid.Y + r.Y}}
	found := false
	n.around(box, func(i int32) {
		s := n.segments[i]
		found = found || (p.away(mid, s[0], s[1]) <= within && p.away(a, s[0], s[1]) <= within && p.away(b, s[0], s[1]) <= within)
	})
	return found
}
