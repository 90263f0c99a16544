package planar

import (
	"slices"

	"gridward/geo"
)

// index finds edges by place: a grid of square buckets.
type index map[bucket][]Edge

type bucket struct{ x, y int32 }

// shift makes a bucket 2^14 steps wide, some 170 m.
const shift = 14

func (e Edge) box() geo.Box { return geo.EmptyBox().Extend(e.A).Extend(e.B) }

// each calls fn for every bucket that a box touches.
func each(b geo.Box, fn func(bucket)) {
	for x := b.Min.X >> shift; x <= b.Max.X>>shift; x++ {
		for y := b.Min.Y >> shift; y <= b.Max.Y>>shift; y++ {
			fn(bucket{x, y})
		}
	}
}

func (ix index) put(e Edge) {
	each(e.box(), func(k bucket) { ix[k] = append(ix[k], e) })
}

func (ix index) take(e Edge) {
	each(e.box(), func(k bucket) {
		list := ix[k]
		if i := slices.Index(list, e); i >= 0 {
			list[i] = list[len(list)-1]
			ix[k] = list[:len(list)-1]
		}
		if len(ix[k]) == 0 {
			delete(ix, k)
		}
	})
}

// meeting lists the edges whose box meets a box, each once, in no order.
func (ix index) meeting(b geo.Box) []Edge {
	seen := map[Edge]struct{}{}
	var out []Edge
	each(b, func(k bucket) {
		for _, e := range ix[k] {
			if _, again := seen[e]; !again && e.box().Meets(b) {
				seen[e] = struct{}{}
				out = append(out, e)
			}
		}
	})
	return out
}

// east calls fn once for every edge that may meet the ray from a point to the
// east, which ends at X = until.
func (ix index) east(p geo.Point, until int32, fn func(Edge)) {
	y, first := p.Y>>shift, p.X>>shift
	for x := first; x <= until>>shift; x++ {
		for _, e := range ix[bucket{x, y}] {
			if max(e.A.X>>shift, first) == x { // an edge's A is its west end: count it where it comes in
				fn(e)
			}
		}
	}
}
