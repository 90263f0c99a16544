package planar_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/geo/planar"
)

var origin = geo.Point{X: 1214000000, Y: 313000000}

// step is a mesh cell's size: some 200 m.
const step = 20000

// town is a map of random communities, one face each, and their outlines.
func town(t fatal, r *rand.Rand, communities int) (*planar.Map, []geo.Outline) {
	zones := geotest.Mesh(r, 6, 6, communities, origin, step)
	var in []planar.Input
	for z, o := range zones {
		in = append(in, planar.Input{Zone: planar.Zone(z), Outline: o})
	}
	m, err := planar.New(in)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return m, zones
}

// holds checks everything that must be true of a map at any moment.
func holds(t fatal, m *planar.Map, zones []geo.Outline) {
	area := make([]int64, len(zones))
	for _, f := range m.Faces() {
		z, _ := m.ZoneOf(f)
		a := m.DoubleArea(f)
		if a <= 0 {
			t.Fatalf("face %d has the area %d", f, a)
		}
		if o := m.Outline(f); o.DoubleArea() != a {
			t.Fatalf("face %d: its rings have the area %d, its edges %d", f, o.DoubleArea(), a)
		}
		area[z] += a
	}
	for z, o := range zones {
		if area[z] != o.DoubleArea() {
			t.Fatalf("zone %d: its faces have the area %d, it has %d", z, area[z], o.DoubleArea())
		}
	}
	// Euler: V - E + F = 1 + C, the land outside being one of the faces. A face in
	// several parts counts once a part.
	vertices := map[geo.Point]geo.Point{}
	var root func(geo.Point) geo.Point
	root = func(p geo.Point) geo.Point {
		if vertices[p] != p {
			vertices[p] = root(vertices[p])
		}
		return vertices[p]
	}
	edges := m.Edges()
	for _, e := range edges {
		if e.Left == e.Right {
			t.Fatalf("edge %v has face %d on both sides", e.Edge, e.Left)
		}
		for _, p := range []geo.Point{e.A, e.B} {
			if _, there := vertices[p]; !there {
				vertices[p] = p
			}
		}
	}
	for _, e := range edges {
		vertices[root(e.A)] = root(e.B)
	}
	components := 0
	for p := range vertices {
		if root(p) == p {
			components++
		}
	}
	parts := outsideParts(m)
	for _, f := range m.Faces() {
		n := m.Parts(f)
		if n < 1 {
			t.Fatalf("face %d has no part", f)
		}
		parts += n
	}
	if len(vertices)-len(edges)+parts != 1+components {
		t.Fatalf("Euler: %d vertices, %d edges, %d parts of faces, %d components", len(vertices), len(edges), parts, components)
	}
}

// TestFindingPoints compares the ways to find a point's face with each other and
// with the faces' outlines: anywhere, on edges and on corners.
func TestFindingPoints(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 9))
		m, _ := town(t, r, 1+r.IntN(4))
		for range 10 {
			random(r, m)
		}
		faces, edges := m.Faces(), m.Edges()
		r.Shuffle(len(faces), func(i, k int) { faces[i], faces[k] = faces[k], faces[i] })
		some := faces[:1+r.IntN(len(faces))]
		among := m.Among(some)
		for range 40 {
			p := geo.Point{X: origin.X - step/2 + r.Int32N(7*step), Y: origin.Y - step/2 + r.Int32N(7*step)}
			if r.IntN(3) == 0 {
				p = edges[r.IntN(len(edges))].A
			}
			want, few := planar.Outside, planar.Outside
			for _, f := range m.Faces() {
				if o := m.Outline(f); o.Side(p) != geo.Outside {
					if want == planar.Outside {
						want = f
					}
					if few == planar.Outside && slices.Contains(some, f) {
						few = f
					}
				}
			}
			if got := m.FaceAt(p); got != want {
				t.Fatalf("%v is in face %d, the map says %d", p, want, got)
			}
			if got := among.FaceAt(p); got != few {
				t.Fatalf("%v is in face %d among %v, found %d", p, few, some, got)
			}
		}
	})
}

// outsideParts counts the land outside: one, and one for each hole that no face covers.
func outsideParts(m *planar.Map) int { return m.Parts(planar.Outside) }

// proves asks package geo's own proof, which knows nothing of this package.
func proves(t fatal, m *planar.Map, zones []geo.Outline) {
	of := map[planar.Zone][]geo.Outline{}
	for _, f := range m.Faces() {
		z, _ := m.ZoneOf(f)
		of[z] = append(of[z], m.Outline(f))
	}
	for z, o := range zones {
		if err := geo.Tiles(o, of[planar.Zone(z)]); err != nil {
			t.Fatalf("zone %d is not tiled: %v", z, err)
		}
	}
}

// random does one random operation; the error is why it was refused.
func random(r *rand.Rand, m *planar.Map) (string, planar.Change, error) {
	point := func() geo.Point {
		return geo.Point{X: origin.X - step/2 + r.Int32N(7*step), Y: origin.Y - step/2 + r.Int32N(7*step)}
	}
	faces, edges := m.Faces(), m.Edges()
	face := faces[r.IntN(len(faces))]
	near := func(p geo.Point, d int32) geo.Point {
		return geo.Point{X: p.X - d + r.Int32N(2*d+1), Y: p.Y - d + r.Int32N(2*d+1)}
	}
	region := func() geo.Outline {
		c, n := point(), 3+r.IntN(6)
		var ring []geo.Point
		size := int32(500 + r.IntN(step*2))
		for range n {
			ring = append(ring, near(c, size))
		}
		if r.IntN(3) == 0 { // corners that are there
			for i := range ring {
				ring[i] = edges[r.IntN(len(edges))].A
			}
		}
		slices.SortFunc(ring, func(a, b geo.Point) int { return angle(c, a, b) })
		ring = slices.Compact(ring)
		if geo.DoubleArea(ring) < 0 {
			slices.Reverse(ring)
		}
		return geo.Outline{ring}
	}
	usable := func(o geo.Outline) bool { return len(o[0]) > 2 && geo.DoubleArea(o[0]) > 0 && simple(o[0]) }
	switch k := r.IntN(20); {
	case k < 6:
		path := []geo.Point{point(), point()}
		for r.IntN(2) == 0 {
			path = append(path, point())
		}
		if r.IntN(3) == 0 {
			path[0] = edges[r.IntN(len(edges))].A
		}
		c, err := m.Split(path, nil)
		return fmt.Sprint("split ", path), c, err
	case k < 8:
		var others []planar.Face
		z, _ := m.ZoneOf(face)
		for f := range m.Neighbours(face) {
			if fz, ok := m.ZoneOf(f); ok && fz == z {
				others = append(others, f)
			}
		}
		slices.Sort(others)
		if len(others) == 0 {
			return "merge", planar.Change{}, planar.ErrNothing
		}
		other := others[r.IntN(len(others))]
		c, err := m.Merge(false, face, other)
		return fmt.Sprint("merge ", face, other), c, err
	case k < 11:
		o := region()
		if !usable(o) {
			return "give", planar.Change{}, planar.ErrNothing
		}
		c, err := m.Give(o, face, nil, false)
		return fmt.Sprint("give ", o, " to ", face), c, err
	case k < 13:
		o := region()
		if !usable(o) {
			return "carve", planar.Change{}, planar.ErrNothing
		}
		z, _ := m.ZoneOf(face)
		c, err := m.Carve(o, z, nil, false)
		return fmt.Sprint("carve ", o, " in ", z), c, err
	case k < 16:
		p := edges[r.IntN(len(edges))].B
		q := near(p, int32(1+r.IntN(step)))
		c, err := m.MoveVertex(p, q)
		return fmt.Sprint("move ", p, q), c, err
	case k < 17:
		e := edges[r.IntN(len(edges))].Edge
		q := near(geo.Point{X: e.A.X/2 + e.B.X/2, Y: e.A.Y/2 + e.B.Y/2}, 3000)
		c, err := m.InsertVertex(e, q)
		return fmt.Sprint("insert ", e, q), c, err
	case k < 18:
		p := edges[r.IntN(len(edges))].B
		c, err := m.DeleteVertex(p)
		return fmt.Sprint("delete ", p), c, err
	case k < 19:
		e := edges[r.IntN(len(edges))]
		c, err := m.Reroute(e.Left, e.Right, []geo.Point{e.A, near(e.A, step), near(e.B, step), e.B})
		return fmt.Sprint("reroute ", e), c, err
	}
	e := edges[r.IntN(len(edges))]
	c, err := m.Straighten(e.Left, e.Right, 30*r.Float64())
	return fmt.Sprint("straighten ", e), c, err
}

func angle(c, a, b geo.Point) int {
	half := func(p geo.Point) int {
		if p.Y > c.Y || (p.Y == c.Y && p.X > c.X) {
			return 0
		}
		return 1
	}
	if x, y := half(a), half(b); x != y {
		return x - y
	}
	return -geo.Orientation(c, a, b)
}

// simple reports whether a ring crosses itself nowhere.
func simple(ring []geo.Point) bool {
	n := len(ring)
	for i := range ring {
		for k := i + 1; k < n; k++ {
			meets := geo.Meet(ring[i], ring[(i+1)%n], ring[k], ring[(k+1)%n])
			if neighbours := k == i+1 || (i == 0 && k == n-1); neighbours && meets != geo.Touching || !neighbours && meets != geo.Apart {
				return false
			}
		}
	}
	return true
}

// TestRandomRedraws runs random operations, undoes and redoes some, and never
// finds a gap, an overlap, or a map that an undo did not bring back.
func TestRandomRedraws(t *testing.T) {
	t.Parallel()
	refused := map[string]int{}
	done := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		m, zones := town(t, r, 1+r.IntN(4))
		type past struct {
			edges  []planar.Bordered
			change planar.Change
		}
		var undo, redo []past
		for range 50 {
			before := m.Edges()
			switch {
			case len(undo) > 0 && r.IntN(6) == 0:
				p := undo[len(undo)-1]
				undo = undo[:len(undo)-1]
				m.Revert(p.change)
				if !slices.Equal(m.Edges(), p.edges) {
					t.Fatalf("an undo did not bring the map back")
				}
				redo = append(redo, past{before, p.change})
			case len(redo) > 0 && r.IntN(2) == 0:
				p := redo[len(redo)-1]
				redo = redo[:len(redo)-1]
				m.Apply(p.change)
				if !slices.Equal(m.Edges(), p.edges) {
					t.Fatalf("a redo did not do it again")
				}
				undo = append(undo, past{before, p.change})
			default:
				what, c, err := random(r, m)
				t.Logf("%s: %v", what, err)
				if err != nil {
					if !slices.Equal(m.Edges(), before) {
						t.Fatalf("%s was refused (%v) and changed the map", what, err)
					}
					refused[reason(err)]++
					continue
				}
				done++
				undo, redo = append(undo, past{before, c}), nil
				if len(c.Added)+len(c.Removed) == 0 {
					t.Fatalf("%s did nothing and said nothing", what)
				}
			}
			holds(t, m, zones)
		}
		proves(t, m, zones)
	})
	t.Logf("%d operations done, refused: %v", done, refused)
	if done < 100 || refused["tight"]*40 > done {
		t.Errorf("%d operations done, %v refused", done, refused)
	}
}

func reason(err error) string {
	for name, e := range map[string]error{"tight": planar.ErrTight, "nothing": planar.ErrNothing, "disconnected": planar.ErrDisconnected, "fixed": planar.ErrFixed,
		"crosses": planar.ErrCrosses, "path": planar.ErrPath, "zones": planar.ErrZones, "unknown": planar.ErrUnknown, "node": planar.ErrNode} {
		if errors.Is(err, e) {
			return name
		}
	}
	return err.Error()
}

// fatal is what checks need of a test.
type fatal interface{ Fatalf(string, ...any) }
