package planar

import (
	"math"
	"slices"

	"gridward/geo"
)

// Outline is a face's land: simple rings, the outer ones counter-clockwise and
// holes clockwise; nil if there is no such face. Neighbours have the same
// vertices along their common border.
func (m *Map) Outline(f Face) geo.Outline {
	var out geo.Outline
	for _, c := range trace(m.around(f)) {
		out = append(out, geo.SimpleRings(c.points())...)
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

// Box is the smallest box around a face; empty if there is no such face.
func (m *Map) Box(f Face) geo.Box {
	b := geo.EmptyBox()
	if at, ok := m.faces[f]; ok {
		for e := range at.edges {
			b = b.Extend(e.A).Extend(e.B)
		}
	}
	return b
}

// FacesNear lists the faces beside the edges that meet a box, ascending; none
// when the box lies wholly in one face or outside all. [Outside] is not listed.
func (m *Map) FacesNear(box geo.Box) []Face {
	var out []Face
	for _, e := range m.near.meeting(box) {
		if !geo.MeetsBox(e.A, e.B, box) {
			continue
		}
		s := m.edges[e]
		for _, f := range [2]Face{s.Left, s.Right} {
			if f != Outside && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Among finds points among a few faces: it asks their edges alone, so that
// many points are found quickly. It is good until the map changes.
type Among struct {
	faces []Face // ascending
	edges []amongEdge
}

// amongEdge is an edge with its sides as places in faces; -1 for others.
type amongEdge struct {
	lo, hi      geo.Point // by Y
	left, right int
}

// Among prepares a search among faces.
func (m *Map) Among(faces []Face) *Among {
	a := &Among{faces: slices.Sorted(slices.Values(faces))}
	once := map[Edge]bool{}
	for _, f := range a.faces {
		at, ok := m.faces[f]
		if !ok {
			continue
		}
		for e := range at.edges {
			if once[e] {
				continue
			}
			once[e] = true
			s := m.edges[e]
			x := amongEdge{lo: e.A, hi: e.B, left: slices.Index(a.faces, s.Left), right: slices.Index(a.faces, s.Right)}
			if x.lo.Y > x.hi.Y {
				x.lo, x.hi = x.hi, x.lo
			}
			a.edges = append(a.edges, x)
		}
	}
	return a
}

// FaceAt is [Map.FaceAt] among the faces; [Outside] for a point in none of them.
func (a *Among) FaceAt(p geo.Point) Face {
	var few [16]bool
	odd := few[:]
	if len(a.faces) > len(few) {
		odd = make([]bool, len(a.faces))
	}
	lowest := len(a.faces)
	for i := range a.edges {
		e := &a.edges[i]
		if p.Y < e.lo.Y || p.Y > e.hi.Y {
			continue
		}
		o := geo.Orientation(e.lo, e.hi, p)
		if o == 0 && geo.OnSegment(p, e.lo, e.hi) {
			for _, f := range [2]int{e.left, e.right} {
				if f >= 0 {
					lowest = min(lowest, f)
				}
			}
			continue
		}
		if e.hi.Y > p.Y && o > 0 {
			if e.left >= 0 {
				odd[e.left] = !odd[e.left]
			}
			if e.right >= 0 {
				odd[e.right] = !odd[e.right]
			}
		}
	}
	if lowest < len(a.faces) {
		return a.faces[lowest]
	}
	for i, f := range a.faces {
		if odd[i] {
			return f
		}
	}
	return Outside
}

// Crossings lists where the segment from a to b meets edges: as parts of its
// length, ascending, between 0 and 1 exclusive.
func (m *Map) Crossings(a, b geo.Point) []float64 {
	var out []float64
	s := Edge{a, b}
	for _, e := range m.near.meeting(s.box()) {
		switch geo.Meet(a, b, e.A, e.B) {
		case geo.Crossing:
			x, y := crossing(s, e)
			out = append(out, fraction(a, b, x, y))
		case geo.Touching, geo.Along:
			for _, p := range [2]geo.Point{e.A, e.B} {
				if geo.OnSegment(p, a, b) {
					out = append(out, fraction(a, b, float64(p.X), float64(p.Y)))
				}
			}
		}
	}
	out = slices.DeleteFunc(out, func(t float64) bool { return t <= 0 || t >= 1 })
	slices.Sort(out)
	return slices.Compact(out)
}

// fraction is how far along the segment from a to b a point of it lies.
func fraction(a, b geo.Point, x, y float64) float64 {
	dx, dy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
	if math.Abs(dx) > math.Abs(dy) {
		return (x - float64(a.X)) / dx
	}
	return (y - float64(a.Y)) / dy
}

// Perimeter is the length of a face's whole border in metres. It is summed in
// micrometres, so that it is the same in whatever order the edges come.
func (m *Map) Perimeter(f Face) float64 {
	var sum int64
	if at, ok := m.faces[f]; ok {
		for e := range at.edges {
			sum += int64(math.Round(geo.Distance(e.A.Orb(), e.B.Orb()) * 1e6))
		}
	}
	return float64(sum) / 1e6
}

// Border is a chain of edges between two corners where borders meet, or a
// closed one, with the same faces all along.
type Border struct {
	Sides
	Fixed bool
	Path  []geo.Point
}

// Borders lists the borders of faces as chains, in the lattice's order; all of
// the map's if only is nil.
func (m *Map) Borders(only []Face) []Border {
	want := func(s Sides) bool {
		return only == nil || slices.Contains(only, s.Left) || slices.Contains(only, s.Right)
	}
	var edges []Edge
	take := func(e Edge) {
		if want(m.edges[e]) {
			edges = append(edges, e)
		}
	}
	if only == nil {
		for e := range m.edges {
			take(e)
		}
	} else {
		once := map[Edge]bool{}
		for _, f := range only {
			if at, ok := m.faces[f]; ok {
				for e := range at.edges {
					if !once[e] {
						once[e] = true
						take(e)
					}
				}
			}
		}
	}
	slices.SortFunc(edges, compareEdges)
	used := map[Edge]bool{}
	var out []Border
	walk := func(from geo.Point, e Edge) {
		s := m.edges[e]
		if e.A != from { // as seen the way it is walked
			s = Sides{s.Right, s.Left}
		}
		b := Border{Sides: s, Fixed: m.fixed(s), Path: []geo.Point{from}}
		for at := from; ; {
			used[e] = true
			at = otherEnd(e, at)
			b.Path = append(b.Path, at)
			star := m.at[at]
			if len(star) != 2 || at == from {
				break
			}
			next := star[0]
			if next == e {
				next = star[1]
			}
			if used[next] {
				break
			}
			e = next
		}
		out = append(out, b)
	}
	for _, e := range edges { // chains that begin at a corner of three or more
		for _, p := range [2]geo.Point{e.A, e.B} {
			if len(m.at[p]) != 2 && !used[e] {
				walk(p, e)
			}
		}
	}
	for _, e := range edges { // and closed ones
		if !used[e] {
			walk(e.A, e)
		}
	}
	return out
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
