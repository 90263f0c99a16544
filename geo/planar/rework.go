package planar

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gridward/geo"
)

// ErrDisconnected says that an operation would leave a face in several parts.
var ErrDisconnected = errors.New("a grid would fall into parts that do not hang together")

// Refusal is why an operation is not done, and where.
type Refusal struct {
	Reason error
	At     geo.Point
	Face   Face // the face concerned; Outside if none
}

func (r *Refusal) Error() string { return fmt.Sprintf("%v (at %v)", r.Reason, r.At) }

// Unwrap gives the reason.
func (r *Refusal) Unwrap() error { return r.Reason }

// rework brings lines into some faces of one zone and lets choose say to which
// face each piece belongs; choose may begin faces. Slivers go to their longest
// neighbour. Nothing is changed when it fails. A face that hung together must do
// so afterwards.
func (m *Map) rework(touched map[Face]bool, lines []line, choose func([]piece) ([]Face, []Begun, error)) (Change, error) {
	return m.reworkAs(touched, lines, manner{}, choose)
}

// reworkParts is rework that, with parts, lets faces fall into parts.
func (m *Map) reworkParts(touched map[Face]bool, lines []line, parts bool, choose func([]piece) ([]Face, []Begun, error)) (Change, error) {
	return m.reworkAs(touched, lines, manner{parts: parts}, choose)
}

// manner says in what faces are reworked otherwise than by [Map.rework].
type manner struct {
	parts  bool // faces may fall into parts
	forget bool // no notice is taken of the borders between the faces: all their land is given anew
	exact  bool // slivers stay with whom they are given to
}

func (m *Map) reworkAs(touched map[Face]bool, lines []line, how manner, choose func([]piece) ([]Face, []Begun, error)) (Change, error) {
	a, err := m.arrange(touched, lines, how.forget)
	if err != nil {
		return Change{}, m.refuse(err, lines)
	}
	in := a.classify()
	a.prune(in)
	halves := a.halves(in)
	pieces, err := assemble(trace(halves))
	if err != nil {
		return Change{}, m.refuse(err, lines)
	}
	owner, begun, err := choose(pieces)
	if err != nil {
		return Change{}, err
	}
	if len(lines) > 0 {
		if !how.exact {
			adopt(pieces, owner)
		}
		// A face that would have had nothing but slivers does not begin.
		begun = slices.DeleteFunc(begun, func(b Begun) bool { return !slices.Contains(owner, b.Face) })
	}
	allowed := map[Face]int{} // what was in parts already is forgiven
	for f := range touched {
		allowed[f] = m.Parts(f)
	}
	of := map[[2]geo.Point]Face{}
	for i, p := range pieces {
		for _, c := range append([]cycle{p.outer}, p.holes...) {
			for _, h := range c.halves {
				of[[2]geo.Point{h.from, h.to}] = owner[i]
			}
		}
	}
	old, fresh := map[Edge]Sides{}, map[Edge]Sides{}
	for f := range touched {
		for e := range m.faces[f].edges {
			old[e] = m.edges[e]
		}
	}
	for e := range a.beyond {
		old[e] = m.edges[e]
	}
	for e, s := range a.segments {
		sides := s.sides
		if !s.old {
			sides = Sides{Outside, Outside}
		}
		if f, ok := of[[2]geo.Point{e.A, e.B}]; ok {
			sides.Left = f
		}
		if f, ok := of[[2]geo.Point{e.B, e.A}]; ok {
			sides.Right = f
		}
		if sides.Left != sides.Right {
			fresh[e] = sides
		}
	}
	// Parts are counted after edges inside a face are gone.
	count, at := componentsOf(fresh, touched, begun)
	for _, f := range slices.Sorted(maps.Keys(count)) {
		if count[f] > max(1, allowed[f]) && !how.parts {
			return Change{}, &Refusal{ErrDisconnected, at[f], f}
		}
	}
	if at, ok := m.apart(old, fresh); !ok {
		return Change{}, &Refusal{ErrTight, at, Outside}
	}
	if maps.Equal(old, fresh) {
		return Change{}, m.refuse(ErrNothing, lines)
	}
	return m.commit(old, fresh, begun), nil
}

// apart proves that edges can take the place of others: they meet nothing but
// at common ends, and around each of their ends the faces follow each other.
// Bending on the lattice may push one border over another where the two are less
// than a step apart.
func (m *Map) apart(old, fresh map[Edge]Sides) (geo.Point, bool) {
	near := index{}
	at := map[geo.Point][]Edge{}
	for e := range fresh {
		near.put(e)
		at[e.A], at[e.B] = append(at[e.A], e), append(at[e.B], e)
	}
	ends := map[geo.Point]bool{}
	for e, s := range old {
		if now, stays := fresh[e]; !stays || now != s {
			ends[e.A], ends[e.B] = true, true
		}
	}
	for _, e := range slices.SortedFunc(maps.Keys(fresh), compareEdges) {
		if was, stayed := old[e]; stayed && was == fresh[e] {
			continue
		}
		ends[e.A], ends[e.B] = true, true
		if _, stayed := old[e]; stayed {
			continue
		}
		for _, o := range near.meeting(e.box()) {
			if o != e && !onlyEnds(e, o) {
				return e.A, false
			}
		}
		for _, o := range m.near.meeting(e.box()) {
			if _, going := old[o]; !going && !onlyEnds(e, o) {
				return e.A, false
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(ends), compare) {
		star := slices.Clone(at[p])
		for _, e := range m.at[p] {
			if _, going := old[e]; !going {
				star = append(star, e)
			}
		}
		slices.SortFunc(star, func(a, b Edge) int { return byAngle(p, otherEnd(a, p), otherEnd(b, p)) })
		seen := func(e Edge) (left, right Face) { // from the corner outwards
			s, changed := fresh[e]
			if !changed {
				s = m.edges[e]
			}
			if e.A == p {
				return s.Left, s.Right
			}
			return s.Right, s.Left
		}
		for i, e := range star {
			left, _ := seen(e)
			_, right := seen(star[(i+1)%len(star)])
			if left != right {
				return p, false
			}
		}
	}
	return geo.Point{}, true
}

// refuse gives an error without a place the place where the first line begins.
func (m *Map) refuse(err error, lines []line) error {
	if _, ok := errors.AsType[*Refusal](err); ok || len(lines) == 0 || len(lines[0]) == 0 {
		return err
	}
	return &Refusal{err, lines[0][0], Outside}
}

// Parts is how many connected parts a face has; of the land outside, how many
// holes no face covers, and one for what lies around the map.
func (m *Map) Parts(f Face) int {
	n := 0
	if f == Outside {
		n = 1
	}
	for _, c := range trace(m.around(f)) {
		if c.area > 0 {
			n++
		}
	}
	return n
}

// around is a face's border, walked with the face on the left.
func (m *Map) around(f Face) []half {
	var out []half
	take := func(e Edge, s Sides) {
		if s.Left == f {
			out = append(out, half{from: e.A, to: e.B, in: f})
		} else if s.Right == f {
			out = append(out, half{from: e.B, to: e.A, in: f})
		}
	}
	if at, ok := m.faces[f]; ok {
		for e := range at.edges {
			take(e, m.edges[e])
		}
	} else if f == Outside {
		for e, s := range m.edges {
			take(e, s)
		}
	}
	return out
}

// componentsOf counts the connected parts of faces by their new edges.
func componentsOf(edges map[Edge]Sides, touched map[Face]bool, begun []Begun) (map[Face]int, map[Face]geo.Point) {
	of := map[Face][]half{}
	for e, s := range edges {
		of[s.Left] = append(of[s.Left], half{from: e.A, to: e.B})
		of[s.Right] = append(of[s.Right], half{from: e.B, to: e.A})
	}
	count, at := map[Face]int{}, map[Face]geo.Point{}
	look := slices.Sorted(maps.Keys(touched))
	for _, b := range begun {
		look = append(look, b.Face)
	}
	for _, f := range look {
		least := int64(0)
		for _, c := range trace(of[f]) {
			if c.area > 0 {
				count[f]++
				if least == 0 || c.area < least {
					least, at[f] = c.area, c.halves[0].from // the smallest part is the one to look at
				}
			}
		}
	}
	return count, at
}

// classify says in which face each new segment lies; those that lie in none of
// the faces worked on are left out.
func (a *arrangement) classify() map[Edge]Face {
	in := map[Edge]Face{}
	var old []*segment
	for _, s := range a.segments {
		if s.old {
			old = append(old, s)
		}
	}
	for e, s := range a.segments {
		if s.old {
			continue
		}
		x2, y2 := int64(e.A.X)+int64(e.B.X), int64(e.A.Y)+int64(e.B.Y)
		odd := map[Face]bool{}
		for _, t := range old {
			if crossesDoubled(x2, y2, t.A, t.B) {
				odd[t.sides.Left] = !odd[t.sides.Left]
				odd[t.sides.Right] = !odd[t.sides.Right]
			}
		}
		for f, is := range odd {
			if is && a.touched[f] {
				in[e] = f
			}
		}
	}
	return in
}

// prune removes new segments that lie outside or lead nowhere.
func (a *arrangement) prune(in map[Edge]Face) {
	degree := map[geo.Point]int{}
	ends := map[geo.Point][]Edge{}
	for e, s := range a.segments {
		if _, ok := in[e]; !s.old && !ok {
			a.drop(e)
			continue
		}
		degree[e.A]++
		degree[e.B]++
		if !s.old {
			ends[e.A] = append(ends[e.A], e)
			ends[e.B] = append(ends[e.B], e)
		}
	}
	var loose []geo.Point
	for p, n := range degree {
		if n == 1 {
			loose = append(loose, p)
		}
	}
	for len(loose) > 0 {
		p := loose[len(loose)-1]
		loose = loose[:len(loose)-1]
		for _, e := range ends[p] {
			if _, there := a.segments[e]; !there {
				continue
			}
			a.drop(e)
			delete(in, e)
			for _, q := range []geo.Point{e.A, e.B} {
				if degree[q]--; degree[q] == 1 {
					loose = append(loose, q)
				}
			}
		}
	}
}

// halves are both ways along every segment, as far as a face worked on lies
// there on the left.
func (a *arrangement) halves(in map[Edge]Face) []half {
	var out []half
	for e, s := range a.segments {
		left, right := s.sides.Left, s.sides.Right
		if !s.old {
			left, right = in[e], in[e]
		}
		if a.touched[left] {
			out = append(out, half{e.A, e.B, left, s.mark, s.origin})
		}
		if a.touched[right] {
			out = append(out, half{e.B, e.A, right, -s.mark, s.origin})
		}
	}
	return out
}

// assemble gives each hole to the piece around it and each piece its parent.
func assemble(cycles []cycle) ([]piece, error) {
	if cycles == nil {
		return nil, ErrTight
	}
	slices.SortFunc(cycles, func(a, b cycle) int {
		return cmp.Or(cmp.Compare(b.area, a.area), compare(a.halves[0].from, b.halves[0].from), compare(a.halves[0].to, b.halves[0].to))
	})
	var pieces []piece
	for _, c := range cycles {
		if c.area > 0 {
			pieces = append(pieces, piece{parent: c.halves[0].in, outer: c, area: c.area})
			for _, h := range c.halves {
				if h.in != c.halves[0].in {
					return nil, ErrTight // lines bent a border over another
				}
			}
		}
	}
	for _, c := range cycles {
		if c.area >= 0 {
			if c.area == 0 {
				return nil, ErrTight
			}
			continue
		}
		best := -1
		for i := range pieces { // largest first: the last that holds it is the smallest
			if p := &pieces[i]; p.parent == c.halves[0].in && p.outer.area > -c.area && p.outer.holds(&c) {
				best = i
			}
		}
		if best < 0 {
			return nil, ErrTight
		}
		pieces[best].holes = append(pieces[best].holes, c)
		pieces[best].area += c.area
	}
	return pieces, nil
}
