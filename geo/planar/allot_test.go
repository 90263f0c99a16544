package planar_test

import (
	"math/rand/v2"
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
		c, err := m.Allot(z, shares, true)
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
