package tiles_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/tiles"
)

// TestColumnsSayWhatTheTileSays compares column tiles with vector tiles, hexagon by
// hexagon, and their sizes.
func TestColumnsSayWhatTheTileSays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 9))
	heat, err := tiles.NewHeat(hazards(t, r, 2000), weights)
	if err != nil {
		t.Fatal(err)
	}
	heat = heat.Among([]*tiles.Snapshot{tiles.NewSnapshot(layout, places(t, r, 900))})
	for _, f := range []tiles.HeatFilter{{Today: today}, {Today: today, First: today - 20, Last: today, Previous: true}, {Today: today, PerPlaces: true}} {
		for z := maptile.Zoom(8); z <= 14; z++ {
			s := surface(t, heat, int(z), f, nil)
			tile := maptile.At(orb.Point{121.45, 31.35}, z)
			raw := s.Columns(tiles.Mercator(tile)).Raw
			got, err := tiles.DecodeColumns(raw)
			if err != nil {
				t.Fatal(err)
			}
			vector := s.Draw(tiles.Mercator(tile)).Raw
			features := decode(t, vector)["heat"].Features
			if len(features) > len(got.Cells) || got.Resolution != tiles.HeatResolution(int(z)) {
				t.Fatalf("zoom %d: %d hexagons at resolution %d, the tile has %d", z, len(got.Cells), got.Resolution, len(features))
			}
			if len(features) > 100 && len(raw)*5 > len(vector) {
				t.Errorf("zoom %d: %d bytes, the vector tile has %d", z, len(raw), len(vector))
			}
			at := map[uint64]int{}
			for i, c := range got.Cells {
				at[c] = i
			}
			for _, c := range features {
				i, ok := at[uint64(c.ID.(float64))]
				if !ok {
					t.Fatalf("zoom %d: hexagon %v is missing", z, c.ID)
				}
				for name, v := range c.Properties {
					if got.Columns[name] == nil {
						t.Fatalf("zoom %d: no column %s", z, name)
					}
					if math.Abs(got.Columns[name][i]-v.(float64)) > 1e-9 {
						t.Errorf("zoom %d: hexagon %v has %s %v, the tile %v", z, c.ID, name, got.Columns[name][i], v)
					}
				}
			}
		}
	}
	if empty := surface(t, heat, 12, tiles.HeatFilter{Today: today}, nil).Columns(tiles.Mercator(maptile.At(orb.Point{10, 10}, 12))); len(empty.Raw) != 0 {
		t.Errorf("%d bytes where nothing is", len(empty.Raw))
	}
}

// FuzzDecodeColumns: whatever is read has values for each cell.
func FuzzDecodeColumns(f *testing.F) {
	heat, err := tiles.NewHeat(hazards(f, rand.New(rand.NewPCG(8, 9)), 50), weights)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(surface(f, heat, 10, tiles.HeatFilter{Today: today}, nil).Columns(tiles.Mercator(maptile.At(orb.Point{121.45, 31.35}, 10))).Raw)
	f.Add([]byte("H3T\x01\x08\x00\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := tiles.DecodeColumns(raw)
		if err != nil {
			return
		}
		for name, values := range c.Columns {
			if len(values) != len(c.Cells) {
				t.Fatalf("column %s has %d values of %d", name, len(values), len(c.Cells))
			}
		}
	})
}
