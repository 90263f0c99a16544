package planar_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/geo/geotest"
	"gridward/geo/planar"
)

// TestAllot hands out a zone by the faces of another mesh: each face gets what
// lies in its share, to the width of a sliver along the share's border.
func TestAllot(t *testing.T) {
	t.Parallel()
	done := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 6))
		m, zones := town(t, r, 1+r.IntN(3))
		z := planar.Zone(r.IntN(len(zones)))
		regions := geotest.Mesh(r, 8, 8, 2+r.IntN(5), geo.Point{X: origin.X - step, Y: origin.Y - step}, step)
		var shares []planar.Share
		for i, o := range regions {
			to := planar.Outside
			if i == 0 {
				to = m.Faces()[z]
			}
			shares = append(shares, planar.Share{To: to, Region: o})
		}
		before := m.Edges()
		c, err := m.Allot(z, shares, nil, true)
		if err != nil {
			if len(before) != len(m.Edges()) {
				t.Fatalf("refused (%v) and changed the map", err)
			}
			return
		}
		done++
		holds(t, m, zones)
		proves(t, m, zones)
		var most float64
		for i, s := range shares {
			want := geo.SharedArea(zones[z], s.Region)
			got := 0.0
			for _, f := range m.Faces() {
				if fz, _ := m.ZoneOf(f); fz == z && geo.SharedArea(m.Outline(f), s.Region) > m.Outline(f).Area()/2 {
					got += m.Outline(f).Area()
				}
			}
			most = max(most, want)
			if want > 2000 && (got < want*0.97-300 || got > want*1.03+300) {
				t.Fatalf("share %d: %f m² of the zone lie in it, its face has %f", i, want, got)
			}
		}
		m.Revert(c)
		if after := m.Edges(); len(after) != len(before) {
			t.Fatalf("undone, the map has %d edges, it had %d", len(after), len(before))
		}
	})
	if done < 50 {
		t.Errorf("only %d allotments were done", done)
	}
}

// TestDissect cuts a face by many lines at once, as by streets, and finds as
// many parts as cutting by one after the other.
func TestDissect(t *testing.T) {
	t.Parallel()
	square := geo.Outline{{{X: 0, Y: 0}, {X: 100000, Y: 0}, {X: 100000, Y: 100000}, {X: 0, Y: 100000}}}
	var paths [][]geo.Point
	for i := int32(1); i < 10; i++ {
		paths = append(paths, []geo.Point{{X: i * 10000, Y: 0}, {X: i * 10000, Y: 100000}}, []geo.Point{{X: 0, Y: i * 10000}, {X: 100000, Y: i * 10000}})
	}
	m, err := planar.New([]planar.Input{{Outline: square}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Dissect(paths, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(m.Faces()); n != 100 {
		t.Errorf("%d faces, want 100", n)
	}
	for _, f := range m.Faces() {
		if a := m.DoubleArea(f); a != 2*10000*10000 {
			t.Errorf("face %d has the doubled area %d", f, a)
		}
	}
}

// TestAllotWhole hands out a zone by shares that tile it exactly, drawn without
// knowing the borders that are there: none is refused, and each face is its
// share to the last vertex.
func TestAllotWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		m, zones := town(t, r, 1+r.IntN(3))
		redrawn := m.Clone()
		for range 8 { // two planners, who draw different borders
			_, _, _ = random(r, m)
			_, _, _ = random(r, redrawn)
		}
		z := planar.Zone(r.IntN(len(zones)))
		var shares []planar.Share
		old := facesOf(m, z)
		parts := false
		for i, f := range facesOf(redrawn, z) {
			s := planar.Share{To: planar.Outside, Region: redrawn.Outline(f)}
			if i < len(old) {
				s.To = old[i]
			}
			parts = parts || redrawn.Parts(f) > 1
			shares = append(shares, s)
		}
		before := m.Edges()
		c, err := m.Allot(z, shares, nil, parts)
		if errors.Is(err, planar.ErrNothing) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		holds(t, m, zones)
		proves(t, m, zones)
		for i, f := range facesOf(m, z) {
			want := shares[i].Region
			if got := m.Outline(f); got.DoubleArea() != want.DoubleArea() || geo.Tiles(want, []geo.Outline{got}) != nil {
				t.Fatalf("face %d is not its share", f)
			}
		}
		m.Revert(c)
		if !slices.Equal(before, m.Edges()) {
			t.Fatal("an undo did not bring the map back")
		}
	})
}

func facesOf(m *planar.Map, z planar.Zone) (out []planar.Face) {
	for _, f := range m.Faces() {
		if of, _ := m.ZoneOf(f); of == z {
			out = append(out, f)
		}
	}
	return out
}

// TestCut divides a face by cells whose sides end where they meet, and leaves
// no trace of a line that leads nowhere.
func TestCut(t *testing.T) {
	t.Parallel()
	square := geo.Outline{{{X: 0, Y: 0}, {X: 1000, Y: 0}, {X: 1000, Y: 1000}, {X: 0, Y: 1000}}}
	m, err := planar.New([]planar.Input{{Outline: square}})
	if err != nil {
		t.Fatal(err)
	}
	mid := geo.Point{X: 500, Y: 500}
	if _, err := m.Cut([][]geo.Point{{mid, {X: 0, Y: 0}}, {mid, {X: 1000, Y: 0}}, {mid, {X: 500, Y: 1000}}, {{X: 100, Y: 500}, {X: 100, Y: 600}}}, nil); err != nil {
		t.Fatal(err)
	}
	if n, e := len(m.Faces()), len(m.Edges()); n != 3 || e != 8 {
		t.Errorf("%d faces and %d edges, want 3 and 8", n, e)
	}
	// A line that stops short of the border divides nothing, though drawn out by Dissect's reach it would.
	m, _ = planar.New([]planar.Input{{Outline: square}})
	if _, err := m.Cut([][]geo.Point{{{X: 500, Y: 0}, {X: 500, Y: 900}}}, nil); !errors.Is(err, planar.ErrNothing) {
		t.Errorf("a line that stops short: %v", err)
	}
}

// TestAllotAllToOne gives a zone of several grids to one of them.
func TestAllotAllToOne(t *testing.T) {
	t.Parallel()
	m, zones := town(t, rand.New(rand.NewPCG(1, 1)), 1)
	if _, err := m.Split([]geo.Point{{X: origin.X + 3*step, Y: origin.Y - step}, {X: origin.X + 3*step, Y: origin.Y + 7*step}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Allot(0, []planar.Share{{To: 0, Region: zones[0]}}, nil, false); err != nil {
		t.Fatal(err)
	}
	if n := len(m.Faces()); n != 1 {
		t.Errorf("%d faces, want 1", n)
	}
	if _, err := m.Allot(0, []planar.Share{{To: 0, Region: zones[0]}}, nil, false); !errors.Is(err, planar.ErrNothing) {
		t.Errorf("again: %v", err)
	}
}
