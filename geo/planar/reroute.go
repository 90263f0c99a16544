package planar

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gridward/geo"
)

// ErrPath says that a path does not divide two faces.
var ErrPath = errors.New("the path does not run between the two grids")

// Reroute lets the border between two faces follow a path (streets, say). The
// path begins and ends at corners of their common border; the stretch of border
// between the two is given up.
func (m *Map) Reroute(a, b Face, path []geo.Point) (Change, error) {
	for _, f := range []Face{a, b} {
		if _, there := m.faces[f]; !there {
			return Change{}, &Refusal{ErrUnknown, geo.Point{}, f}
		}
	}
	if m.zone(a) != m.zone(b) {
		return Change{}, &Refusal{ErrZones, m.somewhere(a), a}
	}
	if len(path) < 2 {
		return Change{}, &Refusal{ErrNothing, m.somewhere(a), a}
	}
	given, err := m.stretch(a, b, path[0], path[len(path)-1])
	if err != nil {
		return Change{}, err
	}
	touched := map[Face]bool{a: true, b: true}
	// The stretch with a on its left; the path runs the same way, so what lies
	// on its left becomes a's.
	return m.rework(touched, []line{path}, func(pieces []piece) ([]Face, []Begun, error) {
		return sides(pieces, a, b, path, given)
	})
}

// stretch is the common border of two faces from one corner to another, with a
// on its left when walked from the first to the last.
func (m *Map) stretch(a, b Face, from, to geo.Point) ([]half, error) {
	step := map[geo.Point]half{}
	for _, h := range m.around(a) {
		s := m.edges[ordered(h.from, h.to, 0, 0).Edge]
		if s.Left == b || s.Right == b {
			step[h.from] = h
		}
	}
	walk := func(from, to geo.Point) []half {
		var out []half
		for at := from; at != to; {
			h, ok := step[at]
			if !ok || len(out) > len(step) {
				return nil
			}
			out = append(out, h)
			at = h.to
		}
		return out
	}
	if w := walk(from, to); len(w) > 0 {
		return w, nil
	}
	if w := walk(to, from); len(w) > 0 {
		return w, nil
	}
	return nil, &Refusal{fmt.Errorf("%w: it must begin and end at corners of one stretch of their common border", ErrPath), from, a}
}

// sides floods from piece to piece over the border that is given up and finds
// on which side of the path each lies.
func sides(pieces []piece, a, b Face, path []geo.Point, given []half) ([]Face, []Begun, error) {
	left, right := a, b
	if given[0].from != path[0] { // the path runs the other way
		left, right = b, a
	}
	open := map[Edge]bool{}
	for _, h := range given {
		open[ordered(h.from, h.to, 0, 0).Edge] = true
	}
	group := make([]int, len(pieces))
	for i := range group {
		group[i] = i
	}
	var root func(int) int
	root = func(i int) int {
		if group[i] != i {
			group[i] = root(group[i])
		}
		return group[i]
	}
	across := map[Edge][]int{}
	vote := make([]Face, len(pieces))
	for i := range vote {
		vote[i] = Outside
	}
	for i, p := range pieces {
		for _, c := range append([]cycle{p.outer}, p.holes...) {
			for _, h := range c.halves {
				e := ordered(h.from, h.to, 0, 0).Edge
				side := Outside
				switch h.mark {
				case 1:
					side = left
				case -1:
					side = right
				default:
					if open[h.origin] {
						across[e] = append(across[e], i)
					}
				}
				if side == Outside {
					continue
				}
				if vote[i] != Outside && vote[i] != side {
					return nil, nil, &Refusal{ErrPath, h.from, a}
				}
				vote[i] = side
			}
		}
	}
	for _, list := range across {
		for _, i := range list[1:] {
			group[root(i)] = root(list[0])
		}
	}
	say := map[int]Face{}
	for i := range pieces {
		if vote[i] == Outside {
			continue
		}
		if f, ok := say[root(i)]; ok && f != vote[i] {
			return nil, nil, &Refusal{ErrPath, pieces[i].outer.halves[0].from, a}
		}
		say[root(i)] = vote[i]
	}
	owner, changed := make([]Face, len(pieces)), false
	for i := range pieces {
		owner[i] = pieces[i].parent
		if f, ok := say[root(i)]; ok {
			owner[i] = f
		} else if len(across) > 0 && slices.ContainsFunc(pieces[i].outer.halves, func(h half) bool { return open[h.origin] }) {
			return nil, nil, &Refusal{ErrPath, pieces[i].outer.halves[0].from, a}
		}
		changed = changed || owner[i] != pieces[i].parent
	}
	if !changed {
		return nil, nil, &Refusal{ErrNothing, path[0], a}
	}
	return owner, nil, nil
}

// Straighten takes corners out of the border between two faces as long as the
// border moves by no more than a tolerance in metres there, least first. Corners
// that cannot go (three faces meet, or another border is in the way) stay.
func (m *Map) Straighten(a, b Face, tolerance float64) (Change, error) {
	var whole Change
	done := 0
	gone := map[Edge][]geo.Point{} // corners taken out, by the edge that stands for them
	for {
		type corner struct {
			at   geo.Point
			move float64
		}
		var corners []corner
		for _, h := range m.around(a) {
			s := m.edges[ordered(h.from, h.to, 0, 0).Edge]
			if s.Left != b && s.Right != b {
				continue
			}
			if star := m.at[h.from]; len(star) == 2 {
				p, q := otherEnd(star[0], h.from), otherEnd(star[1], h.from)
				if d := height(h.from, p, q); d <= tolerance {
					corners = append(corners, corner{h.from, d})
				}
			}
		}
		slices.SortFunc(corners, func(x, y corner) int { return cmp.Or(cmp.Compare(x.move, y.move), compare(x.at, y.at)) })
		went := false
		for _, k := range corners {
			star := m.at[k.at]
			p, q := otherEnd(star[0], k.at), otherEnd(star[1], k.at)
			lost := slices.Concat([]geo.Point{k.at}, gone[star[0]], gone[star[1]])
			if slices.ContainsFunc(lost, func(v geo.Point) bool { return height(v, p, q) > tolerance }) {
				continue // together with those before it, the border would move too far
			}
			if c, err := m.DeleteVertex(k.at); err == nil {
				gone[ordered(p, q, 0, 0).Edge] = lost
				whole, went = join(whole, c), true
				done++
				break // its neighbours' figures are others now
			}
		}
		if !went {
			break
		}
	}
	if done == 0 {
		return Change{}, &Refusal{ErrNothing, m.somewhere(a), a}
	}
	return whole, nil
}

func otherEnd(e Edge, p geo.Point) geo.Point {
	if e.A == p {
		return e.B
	}
	return e.A
}

// height is how far in metres a point lies from the line through two others.
func height(at, p, q geo.Point) float64 {
	base := geo.Distance(p.Orb(), q.Orb())
	if base == 0 {
		return geo.Distance(at.Orb(), p.Orb())
	}
	o := geo.Outline{{p, at, q}}
	if o.DoubleArea() < 0 {
		o = geo.Outline{{q, at, p}}
	}
	return 2 * o.Area() / base
}
