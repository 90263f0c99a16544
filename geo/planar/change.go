package planar

import (
	"slices"

	"gridward/geo"
)

// Change is what an operation did: edges that went and came with their sides,
// and faces that ended and began. It is whole: [Map.Revert] restores the map
// from it exactly, and [Map.Apply] does it again.
type Change struct {
	Removed, Added []Bordered
	Ended, Begun   []Begun
	// Touched are the faces that are there after the change and whose land is
	// another than before, ascending.
	Touched []Face
}

// Begun is a face with its zone.
type Begun struct {
	Face Face
	Zone Zone
}

// Box is the smallest box around what changed.
func (c *Change) Box() geo.Box {
	b := geo.EmptyBox()
	for _, list := range [][]Bordered{c.Removed, c.Added} {
		for _, e := range list {
			b = b.Extend(e.A).Extend(e.B)
		}
	}
	return b
}

// Apply does a change on the map that it was made on.
func (m *Map) Apply(c Change) {
	for _, f := range c.Begun {
		m.addFace(f.Face, f.Zone)
		m.next = max(m.next, f.Face+1)
	}
	for _, e := range c.Removed {
		m.take(e.Edge)
	}
	for _, e := range c.Added {
		m.put(e)
	}
	for _, f := range c.Ended {
		delete(m.faces, f.Face)
	}
}

// Revert takes back the last change. Ids of faces that it began stay used.
func (m *Map) Revert(c Change) {
	for _, f := range c.Ended {
		m.addFace(f.Face, f.Zone)
	}
	for _, e := range c.Added {
		m.take(e.Edge)
	}
	for _, e := range c.Removed {
		m.put(e)
	}
	for _, f := range c.Begun {
		delete(m.faces, f.Face)
	}
}

// notIn are the edges of one map that another has not, or between other faces,
// in order.
func notIn(edges, others map[Edge]Sides) []Bordered {
	var out []Bordered
	for e, s := range edges {
		if o, there := others[e]; !there || o != s {
			out = append(out, Bordered{e, s})
		}
	}
	slices.SortFunc(out, func(a, b Bordered) int { return compareEdges(a.Edge, b.Edge) })
	return out
}

// commit works out the change from the edges around the touched faces to new
// ones, and applies it.
func (m *Map) commit(old map[Edge]Sides, fresh map[Edge]Sides, begun []Begun) Change {
	c := Change{Begun: begun, Removed: notIn(old, fresh), Added: notIn(fresh, old)}
	m.Apply(c)
	for f := range m.touched(&c) {
		at, there := m.faces[f]
		if there && len(at.edges) == 0 {
			c.Ended = append(c.Ended, Begun{f, at.zone})
			delete(m.faces, f)
		} else if there {
			c.Touched = append(c.Touched, f)
		}
	}
	slices.SortFunc(c.Ended, func(a, b Begun) int { return int(a.Face) - int(b.Face) })
	slices.Sort(c.Touched)
	return c
}

// touched are the faces whose land a change alters. Beyond a fixed edge the land
// is as it was, although the edge has another face on this side now, or corners
// more: such a face stands beside fixed edges that went and beside some that came.
func (m *Map) touched(c *Change) map[Face]bool {
	out, went, came := map[Face]bool{}, map[Face]bool{}, map[Face]bool{}
	look := func(list []Bordered, fixed map[Face]bool) {
		for _, e := range list {
			for _, f := range [2]Face{e.Left, e.Right} {
				if f == Outside {
					continue
				}
				if m.fixed(e.Sides) {
					fixed[f] = true
				} else {
					out[f] = true
				}
			}
		}
	}
	look(c.Removed, went)
	look(c.Added, came)
	for f := range went {
		if !came[f] {
			out[f] = true
		}
	}
	for f := range came {
		if !went[f] {
			out[f] = true
		}
	}
	return out
}

// join is two changes, one after the other, as one.
func join(one, two Change) Change {
	now := map[Edge]Sides{} // what the first left behind
	was := map[Edge]Sides{} // what was there before both
	for _, e := range one.Removed {
		was[e.Edge] = e.Sides
	}
	for _, e := range one.Added {
		now[e.Edge] = e.Sides
	}
	for _, e := range two.Removed {
		if _, fresh := now[e.Edge]; fresh {
			delete(now, e.Edge)
		} else {
			was[e.Edge] = e.Sides
		}
	}
	for _, e := range two.Added {
		now[e.Edge] = e.Sides
	}
	out := Change{Removed: notIn(was, now), Added: notIn(now, was)}
	has := func(list []Begun, f Face) bool {
		return slices.ContainsFunc(list, func(b Begun) bool { return b.Face == f })
	}
	pick := func(from []Begun, not []Begun) (out []Begun) {
		for _, f := range from {
			if !has(not, f.Face) {
				out = append(out, f)
			}
		}
		return out
	}
	// A face that the first ended and the second began again was there all along.
	out.Begun = append(pick(one.Begun, two.Ended), pick(two.Begun, one.Ended)...)
	out.Ended = append(pick(one.Ended, two.Begun), pick(two.Ended, one.Begun)...)
	for _, list := range [][]Bordered{out.Removed, out.Added} {
		for _, e := range list {
			for _, f := range [2]Face{e.Left, e.Right} {
				if !has(out.Ended, f) && (slices.Contains(one.Touched, f) || slices.Contains(two.Touched, f)) {
					out.Touched = append(out.Touched, f)
				}
			}
		}
	}
	slices.Sort(out.Touched)
	out.Touched = slices.Compact(out.Touched)
	return out
}
