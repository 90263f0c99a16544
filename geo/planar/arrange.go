package planar

import (
	"errors"
	"maps"
	"math"
	"slices"

	"gridward/geo"
)

// ErrTight says that lines run so close to each other that the lattice cannot
// keep them apart.
var ErrTight = errors.New("the lines run closer to each other than the lattice of 1 cm can tell apart")

// mark says on which side of a new line's segment, seen from A to B, the
// line's own left lies; 0 for edges that were there before and lie on no line.
type mark int8

// segment is an edge while lines are being brought into the map.
type segment struct {
	Edge
	old    bool
	origin Edge  // of an old one: the edge that it is, or was cut from
	sides  Sides // of an old one
	fixed  bool
	mark   mark
}

// line is a path that an operation brings in.
type line []geo.Point

// arrangement is the edges around some faces and the lines brought into them,
// cut where they meet.
type arrangement struct {
	of       *Map
	segments map[Edge]*segment
	near     index
	fresh    []Edge // not yet cut at fixed edges
	dirty    []Edge // not yet cut at the others
	touched  map[Face]bool
	beyond   map[Edge]bool // edges of faces that are not worked on, drawn in since a border was bent near them
	as       Face          // whose land it all is, when the borders between the faces worked on are forgotten
}

// arrange cuts the edges around faces and the lines at each other. With forget,
// the borders between the faces are left out, and all their land is as one
// face's, the lowest.
func (m *Map) arrange(touched map[Face]bool, lines []line, forget bool) (*arrangement, error) {
	a := &arrangement{of: m, segments: map[Edge]*segment{}, near: index{}, touched: touched, beyond: map[Edge]bool{}, as: Outside}
	if forget {
		a.as = slices.Min(slices.Collect(maps.Keys(touched)))
	}
	for f := range touched {
		for e := range m.faces[f].edges {
			if s := m.edges[e]; !forget || !touched[s.Left] || !touched[s.Right] {
				a.draw(e)
			}
		}
	}
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			a.bring(l[i-1], l[i], 1)
		}
	}
	return a, a.settle()
}

// draw takes in an edge of the map, along which a line may run already.
func (a *arrangement) draw(e Edge) {
	t, there := a.segments[e]
	if there && t.old {
		return
	}
	s := a.of.edges[e]
	fixed := a.of.fixed(s)
	if a.as != Outside {
		if a.touched[s.Left] {
			s.Left = a.as
		}
		if a.touched[s.Right] {
			s.Right = a.as
		}
	}
	drawn := &segment{Edge: e, old: true, origin: e, sides: s, fixed: fixed}
	if there {
		drawn.mark = t.mark
	} else {
		a.near.put(e)
	}
	a.segments[e] = drawn
}

// works reports whether an old segment borders a face that is worked on.
func (a *arrangement) works(s *segment) bool {
	return a.touched[s.sides.Left] || a.touched[s.sides.Right]
}

// inside tells on which side of a fixed edge a point lies: +1 within the faces
// that are worked on, -1 beyond, 0 on the edge's line.
func (a *arrangement) inside(p geo.Point, fixed *segment) int {
	o := geo.Orientation(fixed.A, fixed.B, p)
	if a.touched[fixed.sides.Right] {
		o = -o
	}
	return o
}

// bring adds a segment of a line from p to q, its own left on the left.
func (a *arrangement) bring(p, q geo.Point, side mark) {
	if p == q {
		return
	}
	e := Edge{p, q}
	if before(q, p) {
		e, side = Edge{q, p}, -side
	}
	s, there := a.segments[e]
	switch {
	case !there:
		a.segments[e] = &segment{Edge: e, mark: side}
		a.near.put(e)
		a.fresh = append(a.fresh, e)
	case s.mark == side:
	case s.mark == 0:
		s.mark = side // along an edge that is there
	default:
		s.mark = 0 // there and back along it: the line has nothing to say
	}
}

func (a *arrangement) drop(e Edge) {
	delete(a.segments, e)
	a.near.take(e)
}

// settle cuts until no two segments meet but at their ends. What crosses a
// fixed edge is cut there before anything is cut at another line, since cutting
// moves lines and fixed edges do not move.
func (a *arrangement) settle() error {
	limit := 1000 + 20*len(a.segments) // lines that the lattice cannot part may go round for ever
	for steps := 0; len(a.fresh)+len(a.dirty) > 0; {
		onlyFixed := len(a.fresh) > 0
		queue := &a.dirty
		if onlyFixed {
			queue = &a.fresh
		}
		e := (*queue)[len(*queue)-1]
		*queue = (*queue)[:len(*queue)-1]
		s, there := a.segments[e]
		if !there {
			continue
		}
		if onlyFixed {
			a.dirty = append(a.dirty, e)
		}
		others := a.near.meeting(e.box())
		slices.SortFunc(others, compareEdges) // the same answer every time
		for _, o := range others {
			t := a.segments[o]
			if o == e || t == nil || (onlyFixed && !t.fixed) || (!s.old && t.old && !a.works(t)) || (s.old && !t.old && !a.works(s)) {
				continue // lines run over land that is not worked on and leave no trace there
			}
			cut, err := a.meet(s, t)
			if err != nil {
				return err
			}
			if cut {
				if steps++; steps > limit {
					return ErrTight
				}
				if _, still := a.segments[e]; still {
					a.fresh = append(a.fresh, e)
				}
				break
			}
		}
	}
	return nil
}

// meet cuts two segments at each other if they meet other than at ends of both.
func (a *arrangement) meet(s, t *segment) (cut bool, err error) {
	switch geo.Meet(s.A, s.B, t.A, t.B) {
	case geo.Apart:
		return false, nil
	case geo.Crossing:
		return true, a.cross(s, t)
	}
	// Touching or along: at most the four ends, each exactly on the other.
	for _, c := range []struct {
		on *segment
		p  geo.Point
	}{{t, s.A}, {t, s.B}, {s, t.A}, {s, t.B}} {
		if c.p != c.on.A && c.p != c.on.B && geo.OnSegment(c.p, c.on.A, c.on.B) {
			return true, a.split(c.on, c.p)
		}
	}
	return false, nil
}

// cross cuts two segments that cross inside both.
func (a *arrangement) cross(s, t *segment) error {
	if s.fixed && t.fixed {
		return ErrTight // an old edge was bent over a fixed one
	}
	if t.fixed {
		s, t = t, s
	}
	x, y := crossing(s.Edge, t.Edge)
	if s.fixed {
		if t.old {
			return ErrTight
		}
		return a.stop(t, s, x, y)
	}
	q := geo.Point{X: int32(math.Round(x)), Y: int32(math.Round(y))}
	nearest := math.Inf(1)
	for _, p := range []geo.Point{s.A, s.B, t.A, t.B} { // no edges of a step's length
		if d := math.Hypot(float64(p.X)-x, float64(p.Y)-y); d <= 1.5 && d < nearest {
			q, nearest = p, d
		}
	}
	if err := a.split(s, q); err != nil {
		return err
	}
	return a.split(t, q)
}

// crossing is where two crossing edges meet.
func crossing(s, t Edge) (x, y float64) {
	dx, dy := float64(s.B.X)-float64(s.A.X), float64(s.B.Y)-float64(s.A.Y)
	ex, ey := float64(t.B.X)-float64(t.A.X), float64(t.B.Y)-float64(t.A.Y)
	fx, fy := float64(t.A.X)-float64(s.A.X), float64(t.A.Y)-float64(s.A.Y)
	u := (fx*ey - fy*ex) / (dx*ey - dy*ex)
	return float64(s.A.X) + u*dx, float64(s.A.Y) + u*dy
}

// stop ends a line at a fixed edge that it crosses: at a lattice point on the
// edge if one is there, at the edge's end if that is near, else just inside and
// along the edge to its nearer end. What lies beyond the edge is dropped later.
func (a *arrangement) stop(l, fixed *segment, x, y float64) error {
	end := fixed.A
	if math.Hypot(x-float64(fixed.B.X), y-float64(fixed.B.Y)) < math.Hypot(x-float64(fixed.A.X), y-float64(fixed.A.Y)) {
		end = fixed.B
	}
	const nearEnd = 50 // steps: half a metre
	if math.Hypot(x-float64(end.X), y-float64(end.Y)) <= nearEnd {
		return a.split(l, end)
	}
	var nearest [3]geo.Point // just beyond, on the edge, just inside
	far := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}
	for dx := int32(-2); dx <= 2; dx++ {
		for dy := int32(-2); dy <= 2; dy++ {
			q := geo.Point{X: int32(math.Round(x)) + dx, Y: int32(math.Round(y)) + dy}
			side := a.inside(q, fixed)
			if side == 0 && !geo.OnSegment(q, fixed.A, fixed.B) {
				continue
			}
			if d := math.Hypot(float64(q.X)-x, float64(q.Y)-y); d < far[side+1] {
				nearest[side+1], far[side+1] = q, d
			}
		}
	}
	if q := nearest[1]; !math.IsInf(far[1], 1) {
		if err := a.split(fixed, q); err != nil {
			return err
		}
		return a.split(l, q)
	}
	beyond, within := nearest[0], nearest[2]
	if math.IsInf(far[0], 1) || math.IsInf(far[2], 1) {
		return ErrTight
	}
	p, r, side := l.A, l.B, l.mark
	if a.inside(p, fixed) < 0 {
		p, r, side = r, p, -side
	}
	// An end that is as near already stands for the point: a new one beside it
	// would be cut off again and again.
	if math.Hypot(float64(p.X)-x, float64(p.Y)-y) <= 2 {
		within = p
	}
	if math.Hypot(float64(r.X)-x, float64(r.Y)-y) <= 2 {
		beyond = r
	}
	a.drop(l.Edge)
	a.bring(p, within, side)
	a.bring(within, end, side)
	a.bring(beyond, r, side)
	return nil
}

// split cuts a segment at a point, bending it there if the point lies beside it.
func (a *arrangement) split(s *segment, q geo.Point) error {
	if q == s.A || q == s.B {
		return nil
	}
	bent := !geo.OnSegment(q, s.A, s.B)
	if s.fixed && bent {
		return ErrTight
	}
	a.drop(s.Edge)
	for _, part := range [][2]geo.Point{{s.A, q}, {q, s.B}} {
		if !s.old {
			a.bring(part[0], part[1], s.mark)
			continue
		}
		b := ordered(part[0], part[1], s.sides.Left, s.sides.Right)
		side := s.mark
		if b.A != part[0] {
			side = -side
		}
		if t, there := a.segments[b.Edge]; there {
			if t.old {
				return ErrTight // two old edges fall together
			}
			if t.mark != 0 && side != 0 && t.mark != side {
				side = 0
			} else if side == 0 {
				side = t.mark
			}
			a.drop(b.Edge)
		}
		if bent {
			if err := a.lookBeyond(b.Edge); err != nil {
				return err
			}
		}
		a.segments[b.Edge] = &segment{Edge: b.Edge, old: true, origin: s.origin, sides: b.Sides, fixed: s.fixed, mark: side}
		a.near.put(b.Edge)
		a.fresh = append(a.fresh, b.Edge)
	}
	return nil
}

// lookBeyond draws in the edges of faces that are not worked on where a bent
// border comes near them.
func (a *arrangement) lookBeyond(bent Edge) error {
	for _, e := range a.of.near.meeting(bent.box()) {
		s := a.of.edges[e]
		if a.beyond[e] || a.touched[s.Left] || a.touched[s.Right] {
			continue
		}
		if e == bent {
			return ErrTight // it would fall on another border
		}
		a.beyond[e] = true
		a.draw(e)
	}
	return nil
}
