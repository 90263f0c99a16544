package planar

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"

	"gridward/geo"
)

// ErrNothing says that an operation would change nothing.
var ErrNothing = errors.New("nothing would change")

// ErrUnknown says that a face, an edge or a vertex is not there.
var ErrUnknown = errors.New("it is not on the map")

// reach is how far the ends of a line are drawn out, in steps (5 m), so that a
// line that all but touches a border divides the face.
const reach = 500

// Split divides the faces that a line crosses. Of the pieces of a face the
// largest keeps its id, the others are new faces. only, unless nil, limits
// which faces may be divided.
func (m *Map) Split(path []geo.Point, only []Face) (Change, error) {
	return m.Dissect([][]geo.Point{path}, only)
}

// Dissect is [Map.Split] by many lines at once: by the streets of a community,
// say, into its blocks.
func (m *Map) Dissect(paths [][]geo.Point, only []Face) (Change, error) {
	lines := make([]line, 0, len(paths))
	for _, path := range paths {
		if len(path) < 2 {
			return Change{}, &Refusal{ErrNothing, geo.Point{}, Outside}
		}
		drawn := slices.Clone(path)
		drawn[0] = out(path[1], path[0])
		drawn[len(drawn)-1] = out(path[len(path)-2], path[len(path)-1])
		lines = append(lines, drawn)
	}
	return m.dissect(lines, only, manner{})
}

// Cut is [Map.Dissect] by lines that end where they are drawn, as the borders of
// cells do: what of them leads nowhere leaves no trace. The thinnest piece is a face too.
func (m *Map) Cut(paths [][]geo.Point, only []Face) (Change, error) {
	lines := make([]line, 0, len(paths))
	for _, path := range paths {
		if len(path) < 2 {
			return Change{}, &Refusal{ErrNothing, geo.Point{}, Outside}
		}
		lines = append(lines, path)
	}
	return m.dissect(lines, only, manner{exact: true})
}

func (m *Map) dissect(lines []line, only []Face, how manner) (Change, error) {
	zones := map[Zone]map[Face]bool{}
	for _, l := range lines {
		for f := range m.along(l) {
			if only == nil || slices.Contains(only, f) {
				z := m.zone(f)
				if zones[z] == nil {
					zones[z] = map[Face]bool{}
				}
				zones[z][f] = true
			}
		}
	}
	if len(lines) == 0 {
		return Change{}, &Refusal{ErrNothing, geo.Point{}, Outside}
	}
	var whole Change
	done := 0
	for _, z := range slices.Sorted(maps.Keys(zones)) {
		next := m.next
		c, err := m.reworkAs(zones[z], lines, how, func(pieces []piece) ([]Face, []Begun, error) { return m.divide(pieces, how.exact) })
		if errors.Is(err, ErrNothing) {
			m.next = next
			continue
		}
		if err != nil {
			m.next = next
			if done > 0 {
				m.Revert(whole)
			}
			return Change{}, err
		}
		whole = join(whole, c)
		done++
	}
	if done == 0 {
		return Change{}, &Refusal{ErrNothing, lines[0][0], Outside}
	}
	return whole, nil
}

// out draws a line's end out beyond b, away from a.
func out(a, b geo.Point) geo.Point {
	dx, dy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
	d := math.Hypot(dx, dy)
	if d == 0 {
		return b
	}
	return geo.Point{X: b.X + int32(math.Round(dx/d*reach)), Y: b.Y + int32(math.Round(dy/d*reach))}
}

// along lists the faces whose land or border a line meets.
func (m *Map) along(l line) map[Face]bool {
	faces := map[Face]bool{}
	if f := m.FaceAt(l[0]); f != Outside {
		faces[f] = true
	}
	for i := 1; i < len(l); i++ {
		s := Edge{l[i-1], l[i]}
		for _, e := range m.near.meeting(s.box()) {
			if geo.Meet(s.A, s.B, e.A, e.B) != geo.Apart {
				for _, f := range []Face{m.edges[e].Left, m.edges[e].Right} {
					if f != Outside {
						faces[f] = true
					}
				}
			}
		}
	}
	return faces
}

// divide lets the largest piece of each face keep its id; slivers begin no face
// unless they are wanted.
func (m *Map) divide(pieces []piece, slivers bool) ([]Face, []Begun, error) {
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(pieces[j].area, pieces[i].area) })
	owner := make([]Face, len(pieces))
	kept, parts := map[Face]int{}, map[Face]int{}
	var begun []Begun
	for _, i := range order {
		p := &pieces[i]
		owner[i] = p.parent
		if !slivers && p.sliver() {
			continue // what the line cut off by running all but along a border is no face
		}
		kept[p.parent]++
		if kept[p.parent] == 1 {
			parts[p.parent] = max(1, m.Parts(p.parent))
		}
		// A face that was in parts before keeps as many of them.
		if kept[p.parent] <= parts[p.parent] {
			continue
		}
		owner[i] = m.next
		begun = append(begun, Begun{m.next, m.zone(p.parent)})
		m.next++
	}
	if len(begun) == 0 {
		return nil, nil, ErrNothing
	}
	return owner, begun, nil
}
