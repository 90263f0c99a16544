package geo_test

import (
	"testing"

	"pgregory.net/rapid"

	"gridward/geo"
)

// TestRingsTile: cells around each other share their corners on the lattice, so
// that what they cover together has exactly their areas' sum and no hole.
func TestRingsTile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := geo.Point{X: rapid.Int32Range(1200000000, 1220000000).Draw(t, "x"), Y: rapid.Int32Range(300000000, 320000000).Draw(t, "y")}
		res := rapid.IntRange(8, 12).Draw(t, "resolution")
		seen := map[geo.Cell]bool{}
		var cells []geo.Cell
		for dx := int32(-3); dx <= 3; dx++ {
			for dy := int32(-3); dy <= 3; dy++ {
				key, err := geo.KeyAt(geo.Point{X: p.X + dx*2000, Y: p.Y + dy*2000})
				if err != nil {
					t.Fatal(err)
				}
				if c := key.Parent(res); !seen[c] {
					seen[c] = true
					cells = append(cells, c)
				}
			}
		}
		var sum int64
		for _, c := range cells {
			r, err := c.Ring()
			if err != nil {
				t.Fatal(err)
			}
			if len(r) != 6 || geo.DoubleArea(r) <= 0 {
				t.Fatalf("cell %s has the ring %v", c, r)
			}
			sum += geo.DoubleArea(r)
		}
		o, err := geo.CellsOutline(cells)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.DoubleArea(); got != sum {
			t.Fatalf("%d cells cover %d, their areas' sum is %d", len(cells), got, sum)
		}
	})
	if _, err := geo.ParseCell("8a2a1072b59ffff"); err != nil {
		t.Error(err)
	}
	for _, s := range []string{"", "zz", "ffffffffffffffff", "8a2a1072b59fff"} {
		if c, err := geo.ParseCell(s); err == nil {
			t.Errorf("%q is taken for %v", s, c)
		}
	}
}
