package planar

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gridward/geo"
)

// Face is a face's id in its map; ids are never used again.
type Face int32

// Outside is the land that no face of the map covers.
const Outside Face = -1

// Zone is an area whose borders no operation moves: a community.
type Zone int32

// Edge is one straight piece of a border, its ends in the lattice's order
// (by X, then Y).
type Edge struct{ A, B geo.Point }

// Sides are the faces on either side of an edge, seen from A to B.
type Sides struct{ Left, Right Face }

// Bordered is an edge with its sides.
type Bordered struct {
	Edge
	Sides
}

// Map is a planar map. It is not safe for concurrent use; [Map.Clone] is cheap
// enough for a reader of its own.
type Map struct {
	edges map[Edge]Sides
	faces map[Face]*face
	at    map[geo.Point][]Edge // edges that end there
	near  index
	east  int32 // no edge reaches beyond it
	next  Face
}

type face struct {
	zone  Zone
	edges map[Edge]struct{}
}

// ErrNotPartition says that what a map was to be made of is no partition.
var ErrNotPartition = errors.New("the faces are no partition")

// Input is one face for [New].
type Input struct {
	Zone    Zone
	Outline geo.Outline
}

// New makes a map of faces that share no interior point; they get the ids 0, 1,
// 2 … in their order. The error of a broken partition wraps [ErrNotPartition]
// and [*geo.PartitionError], which names the places.
func New(faces []Input) (*Map, error) {
	outlines := make([]geo.Outline, len(faces))
	for i, f := range faces {
		outlines[i] = f.Outline
	}
	p, err := geo.NewPartition(outlines)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPartition, err)
	}
	m := empty()
	for _, f := range faces {
		m.addFace(m.next, f.Zone)
		m.next++
	}
	for _, e := range p.Edges {
		m.put(ordered(e.A, e.B, Face(e.Left), Face(e.Right)))
	}
	return m, nil
}

func empty() *Map {
	return &Map{edges: map[Edge]Sides{}, faces: map[Face]*face{}, at: map[geo.Point][]Edge{}, near: index{}, east: math.MinInt32}
}

// Clone is a copy that shares nothing.
func (m *Map) Clone() *Map {
	out := empty()
	out.next = m.next
	for id, f := range m.faces {
		out.addFace(id, f.zone)
	}
	for e, s := range m.edges {
		out.put(Bordered{e, s})
	}
	return out
}

// ordered is an edge from a to b in the lattice's order, its sides turned with it.
func ordered(a, b geo.Point, left, right Face) Bordered {
	if before(b, a) {
		return Bordered{Edge{b, a}, Sides{right, left}}
	}
	return Bordered{Edge{a, b}, Sides{left, right}}
}

// before orders points by X, then Y.
func before(a, b geo.Point) bool { return a.X < b.X || (a.X == b.X && a.Y < b.Y) }

func compare(a, b geo.Point) int {
	switch {
	case before(a, b):
		return -1
	case a == b:
		return 0
	}
	return 1
}

func compareEdges(a, b Edge) int {
	if c := compare(a.A, b.A); c != 0 {
		return c
	}
	return compare(a.B, b.B)
}

func (m *Map) addFace(id Face, z Zone) { m.faces[id] = &face{z, map[Edge]struct{}{}} }

func (m *Map) put(b Bordered) {
	m.edges[b.Edge] = b.Sides
	for _, f := range []Face{b.Left, b.Right} {
		if at, ok := m.faces[f]; ok {
			at.edges[b.Edge] = struct{}{}
		}
	}
	m.at[b.A] = append(m.at[b.A], b.Edge)
	m.at[b.B] = append(m.at[b.B], b.Edge)
	m.near.put(b.Edge)
	m.east = max(m.east, b.A.X, b.B.X)
}

func (m *Map) take(e Edge) {
	s := m.edges[e]
	delete(m.edges, e)
	for _, f := range []Face{s.Left, s.Right} {
		if at, ok := m.faces[f]; ok {
			delete(at.edges, e)
		}
	}
	for _, p := range []geo.Point{e.A, e.B} {
		rest := m.at[p]
		if i := slices.Index(rest, e); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		}
		if len(rest) == 0 {
			delete(m.at, p)
		} else {
			m.at[p] = rest
		}
	}
	m.near.take(e)
}

// zone is the zone of a face; -1 for the land outside.
func (m *Map) zone(f Face) Zone {
	if at, ok := m.faces[f]; ok {
		return at.zone
	}
	return -1
}

// fixed reports whether an edge with these sides may not be moved.
func (m *Map) fixed(s Sides) bool { return m.zone(s.Left) != m.zone(s.Right) }

// Faces lists the map's faces, ascending.
func (m *Map) Faces() []Face {
	out := make([]Face, 0, len(m.faces))
	for f := range m.faces {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// ZoneOf is the zone of a face; false if there is no such face.
func (m *Map) ZoneOf(f Face) (Zone, bool) {
	at, ok := m.faces[f]
	if !ok {
		return 0, false
	}
	return at.zone, true
}

// Edges lists every edge with its sides, in the lattice's order.
func (m *Map) Edges() []Bordered {
	out := make([]Bordered, 0, len(m.edges))
	for e, s := range m.edges {
		out = append(out, Bordered{e, s})
	}
	slices.SortFunc(out, func(a, b Bordered) int { return compareEdges(a.Edge, b.Edge) })
	return out
}

// FaceAt is the face in whose interior a point lies, or the lowest of the faces
// on whose border it lies; [Outside] if none.
func (m *Map) FaceAt(p geo.Point) Face {
	odd := map[Face]bool{}
	lowest := Outside
	m.near.east(p, m.east, func(e Edge) {
		s := m.edges[e]
		if geo.OnSegment(p, e.A, e.B) {
			for _, f := range []Face{s.Left, s.Right} {
				if f != Outside && (lowest == Outside || f < lowest) {
					lowest = f
				}
			}
		} else if crossesRay(p.X, p.Y, e) {
			odd[s.Left] = !odd[s.Left]
			odd[s.Right] = !odd[s.Right]
		}
	})
	if lowest != Outside {
		return lowest
	}
	for f, in := range odd {
		if in && f != Outside {
			return f
		}
	}
	return Outside
}

// crossesRay reports whether the ray from a point to the east crosses an edge
// that the point does not lie on.
func crossesRay(x, y int32, e Edge) bool {
	if (e.A.Y > y) == (e.B.Y > y) {
		return false
	}
	lo, hi := e.A, e.B
	if lo.Y > hi.Y {
		lo, hi = hi, lo
	}
	return geo.Orientation(lo, hi, geo.Point{X: x, Y: y}) > 0
}
