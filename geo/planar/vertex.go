package planar

import (
	"errors"
	"fmt"

	"gridward/geo"
)

// ErrFixed says that an edge is a community's border, which no operation moves.
var ErrFixed = errors.New("the border of a community is not moved by redrawing grids")

// ErrCrosses says that an edge would cross or touch another, or pass over a
// corner of another.
var ErrCrosses = errors.New("the border would run over another one")

// ErrNode says that more than two borders meet at a corner.
var ErrNode = errors.New("more than two borders meet there")

// MoveVertex moves a corner of free borders.
func (m *Map) MoveVertex(from, to geo.Point) (Change, error) {
	star := m.at[from]
	if len(star) == 0 {
		return Change{}, &Refusal{fmt.Errorf("%w: no border has a corner there", ErrUnknown), from, Outside}
	}
	if from == to {
		return Change{}, &Refusal{ErrNothing, from, Outside}
	}
	var swaps []swap
	for _, e := range star {
		s := m.edges[e]
		if m.fixed(s) {
			return Change{}, &Refusal{ErrFixed, from, s.Left}
		}
		far := e.A
		if far == from {
			far = e.B
			swaps = append(swaps, swap{Bordered{e, s}, far, s.Left, s.Right})
		} else {
			swaps = append(swaps, swap{Bordered{e, s}, far, s.Right, s.Left})
		}
		if far == to {
			return Change{}, &Refusal{ErrCrosses, to, Outside}
		}
	}
	old, fresh := map[Edge]Sides{}, map[Edge]Sides{}
	for _, w := range swaps {
		old[w.old.Edge] = w.old.Sides
		b := ordered(to, w.far, w.left, w.right)
		fresh[b.Edge] = b.Sides
	}
	var swept []sweep
	for _, w := range swaps {
		swept = append(swept, sweep{from, to, w.far})
	}
	// The corner's own way must be free too, or a face would turn inside out
	// without any two borders crossing.
	way := Edge{from, to}
	if before(to, from) {
		way = Edge{to, from}
	}
	for _, e := range m.near.meeting(way.box()) {
		if _, own := old[e]; !own && geo.Meet(way.A, way.B, e.A, e.B) != geo.Apart {
			return Change{}, &Refusal{ErrCrosses, nearestEnd(e, to), m.edges[e].Left}
		}
	}
	if err := m.clear(old, fresh, swept); err != nil {
		return Change{}, err
	}
	return m.bend(old, fresh)
}

// swap is an edge at a moving corner: its far end, and its sides seen from the corner.
type swap struct {
	old         Bordered
	far         geo.Point
	left, right Face
}

// sweep is the triangle that an edge passes over.
type sweep struct{ a, b, c geo.Point }

// holds reports whether the closed triangle holds a point that is none of its corners.
func (t sweep) holds(p geo.Point) bool {
	if p == t.a || p == t.b || p == t.c {
		return false
	}
	if geo.Orientation(t.a, t.b, t.c) == 0 {
		return geo.OnSegment(p, t.a, t.b) || geo.OnSegment(p, t.b, t.c) || geo.OnSegment(p, t.a, t.c)
	}
	return geo.InRing(p, []geo.Point{t.a, t.b, t.c}) != geo.Outside
}

// clear makes sure that edges can be replaced: the new ones meet nothing but at
// shared ends, and no corner lies in what they pass over. Then the map is the
// same in everything but the place of that border.
func (m *Map) clear(old, fresh map[Edge]Sides, swept []sweep) error {
	box := geo.EmptyBox()
	for e := range old {
		box = box.Union(e.box())
	}
	for e := range fresh {
		box = box.Union(e.box())
	}
	var others []Edge
	for _, e := range m.near.meeting(box) {
		if _, going := old[e]; !going {
			others = append(others, e)
		}
	}
	for e := range fresh {
		if e.A == e.B {
			return &Refusal{ErrCrosses, e.A, Outside}
		}
		for _, o := range others {
			if o == e || !onlyEnds(e, o) {
				return &Refusal{ErrCrosses, nearestEnd(o, e.A), m.edges[o].Left}
			}
		}
		for o := range fresh {
			if o != e && !onlyEnds(e, o) {
				return &Refusal{ErrCrosses, e.A, Outside}
			}
		}
	}
	corners := map[geo.Point]bool{}
	for _, e := range others {
		corners[e.A], corners[e.B] = true, true
	}
	for e := range old {
		corners[e.A], corners[e.B] = true, true
	}
	for _, t := range swept {
		for p := range corners {
			if t.holds(p) {
				return &Refusal{ErrCrosses, p, Outside}
			}
		}
	}
	return nil
}

// bend puts edges in the place of others, unless that would leave a face as
// thin as a sliver.
func (m *Map) bend(old, fresh map[Edge]Sides) (Change, error) {
	c := m.commit(old, fresh, nil)
	for _, f := range c.Touched {
		around := 0.0
		for e := range m.faces[f].edges {
			around += steps(e.A, e.B)
		}
		if float64(m.DoubleArea(f)) < thin*around/2 {
			m.Revert(c)
			return Change{}, &Refusal{ErrTight, m.somewhere(f), f}
		}
	}
	return c, nil
}

// onlyEnds reports whether two edges meet nowhere but at an end of both.
func onlyEnds(a, b Edge) bool {
	switch geo.Meet(a.A, a.B, b.A, b.B) {
	case geo.Apart:
		return true
	case geo.Touching:
		return a.A == b.A || a.A == b.B || a.B == b.A || a.B == b.B
	}
	return false
}

func nearestEnd(e Edge, p geo.Point) geo.Point {
	if geo.Distance(e.A.Orb(), p.Orb()) < geo.Distance(e.B.Orb(), p.Orb()) {
		return e.A
	}
	return e.B
}

// InsertVertex bends a free edge to a point.
func (m *Map) InsertVertex(on Edge, at geo.Point) (Change, error) {
	if before(on.B, on.A) {
		on.A, on.B = on.B, on.A
	}
	s, there := m.edges[on]
	switch {
	case !there:
		return Change{}, &Refusal{fmt.Errorf("%w: no border runs there", ErrUnknown), on.A, Outside}
	case m.fixed(s):
		return Change{}, &Refusal{ErrFixed, at, s.Left}
	case at == on.A || at == on.B:
		return Change{}, &Refusal{ErrNothing, at, s.Left}
	}
	one, two := ordered(on.A, at, s.Left, s.Right), ordered(at, on.B, s.Left, s.Right)
	old, fresh := map[Edge]Sides{on: s}, map[Edge]Sides{one.Edge: one.Sides, two.Edge: two.Sides}
	if err := m.clear(old, fresh, []sweep{{on.A, at, on.B}}); err != nil {
		return Change{}, err
	}
	return m.bend(old, fresh)
}

// DeleteVertex straightens a free border at a corner where only two edges meet.
func (m *Map) DeleteVertex(at geo.Point) (Change, error) {
	star := m.at[at]
	if len(star) == 0 {
		return Change{}, &Refusal{fmt.Errorf("%w: no border has a corner there", ErrUnknown), at, Outside}
	}
	if len(star) != 2 {
		return Change{}, &Refusal{ErrNode, at, Outside}
	}
	old := map[Edge]Sides{}
	var ends []geo.Point
	var left, right Face
	for i, e := range star {
		s := m.edges[e]
		if m.fixed(s) {
			return Change{}, &Refusal{ErrFixed, at, s.Left}
		}
		old[e] = s
		far := e.A
		if far == at {
			far = e.B
		}
		if ends = append(ends, far); i == 0 { // sides as seen from the first end to the corner
			left, right = s.Left, s.Right
			if e.A == at {
				left, right = s.Right, s.Left
			}
		}
	}
	b := ordered(ends[0], ends[1], left, right)
	if err := m.clear(old, map[Edge]Sides{b.Edge: b.Sides}, []sweep{{ends[0], at, ends[1]}}); err != nil {
		return Change{}, err
	}
	return m.bend(old, map[Edge]Sides{b.Edge: b.Sides})
}
