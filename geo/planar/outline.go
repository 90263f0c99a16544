package planar

import (
	"gridward/geo"
)

// Outline is a face's land: simple rings, the outer ones counter-clockwise and
// holes clockwise; nil if there is no such face. Neighbours have the same
// vertices along their common border.
func (m *Map) Outline(f Face) geo.Outline {
	var out geo.Outline
	for _, c := range trace(m.around(f)) {
		out = append(out, simpleRings(c.points())...)
	}
	return out
}

// simpleRings takes a walk apart where it comes back to a vertex: a hole that
// touches its outer ring is a ring of its own.
func simpleRings(walk []geo.Point) geo.Outline {
	var out geo.Outline
	var open []geo.Point
	at := map[geo.Point]int{}
	for _, p := range walk {
		if i, again := at[p]; again {
			ring := append([]geo.Point(nil), open[i:]...)
			for _, q := range ring {
				delete(at, q)
			}
			open = open[:i]
			if len(ring) > 2 {
				out = append(out, ring)
			}
		}
		at[p] = len(open)
		open = append(open, p)
	}
	if len(open) > 2 {
		out = append(out, open)
	}
	return out
}

// DoubleArea is twice a face's area in square lattice steps, exactly.
func (m *Map) DoubleArea(f Face) int64 {
	var sum int64
	for _, h := range m.around(f) {
		sum += int64(h.from.X)*int64(h.to.Y) - int64(h.to.X)*int64(h.from.Y)
	}
	return sum
}

// Neighbours lists the faces that share an edge with a face, each with the
// length of the common border in metres; [Outside] may be among them.
func (m *Map) Neighbours(f Face) map[Face]float64 {
	out := map[Face]float64{}
	if at, ok := m.faces[f]; ok {
		for e := range at.edges {
			s := m.edges[e]
			other := s.Left
			if other == f {
				other = s.Right
			}
			out[other] += geo.Distance(e.A.Orb(), e.B.Orb())
		}
	}
	return out
}
