package tiles_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
	"gridward/tiles"
)

// crowd are points of which most stand close together in one corner of the towns.
func crowd(t testing.TB, r *rand.Rand, n int) []tiles.Feature {
	t.Helper()
	all := places(t, r, n)
	for i := range all {
		if i%4 > 0 {
			at := all[i].Anchor.Orb()
			all[i].Anchor = geo.Snap(orb.Point{121.44 + (at[0]-121.40)/8, 31.34 + (at[1]-31.30)/8})
			all[i].Town = "west"
			if all[i].Anchor.Orb()[0] > 121.45 {
				all[i].Town = "east"
			}
			key, err := geo.KeyAt(all[i].Anchor)
			if err != nil {
				t.Fatal(err)
			}
			all[i].Key = key
		}
		all[i].Geometry = all[i].Anchor.Orb()
	}
	return all
}

// TestACrowdedZoomHasOneRule draws every tile of crowded zooms: a feature is in
// all of them that reach it or in none, no tile has too many, the fullest is all
// but full, and what is left out is nowhere riskier than what is shown.
func TestACrowdedZoomHasOneRule(t *testing.T) {
	t.Parallel()
	all := crowd(t, rand.New(rand.NewPCG(3, 3)), 50000)
	snap := tiles.NewSnapshot(layout, all)
	byName := map[string]*tiles.Feature{}
	for i := range all {
		byName[all[i].Values[0].(string)] = &all[i]
	}
	for _, zoom := range []maptile.Zoom{8, 11, 13, 16} {
		shown := map[string]bool{}
		fullest, reduced := 0, false
		var drawings []maptile.Tile
		for _, tile := range tiles.Covering(orb.Bound{Min: orb.Point{121.39, 31.29}, Max: orb.Point{121.51, 31.41}}, zoom) {
			drawings = append(drawings, tile)
			out := drawn(snap, tile, nil)
			reduced = reduced || out.Reduced
			layer := decode(t, out.Raw)["x"]
			if layer == nil {
				continue
			}
			fullest = max(fullest, len(layer.Features))
			for _, f := range layer.Features {
				shown[f.Properties["name"].(string)] = true
			}
		}
		if fullest > 20000 || reduced && fullest < 19500 {
			t.Errorf("zoom %d: the fullest tile has %d features, reduced %v", zoom, fullest, reduced)
		}
		if wants := zoom < 16; reduced != wants {
			t.Errorf("zoom %d is reduced: %v", zoom, reduced)
		}
		least, gravest := int16(9), int16(-1)
		for name, f := range byName {
			if shown[name] {
				least = min(least, f.Risk)
			} else {
				gravest = max(gravest, f.Risk)
			}
		}
		if gravest > least {
			t.Errorf("zoom %d shows places of risk %d and leaves out some of %d", zoom, least, gravest)
		}
		for _, tile := range drawings { // all that is shown somewhere is shown wherever it reaches
			layer := decode(t, drawn(snap, tile, nil).Raw)["x"]
			got := map[string]bool{}
			if layer != nil {
				for _, f := range layer.Features {
					got[f.Properties["name"].(string)] = true
				}
			}
			inside := tile.Bound()
			for name := range shown {
				if inside.Contains(byName[name].Anchor.Orb()) && !got[name] {
					t.Fatalf("zoom %d: %s is shown by a neighbour of %v and not by it", zoom, name, tile)
				}
			}
		}
	}
}

// TestACrowdElsewhereLeavesNoTrace crowds the other town: what a town sees is as if
// it were alone.
func TestACrowdElsewhereLeavesNoTrace(t *testing.T) {
	t.Parallel()
	all := crowd(t, rand.New(rand.NewPCG(4, 4)), 60000)
	var own []tiles.Feature
	for _, f := range all {
		if f.Town == "west" {
			own = append(own, f)
		}
	}
	whole, part := tiles.NewSnapshot(layout, all), tiles.NewSnapshot(layout, own)
	for zoom := maptile.Zoom(8); zoom <= 13; zoom++ {
		tile := maptile.At(orb.Point{121.449, 31.35}, zoom)
		drawn(whole, tile, nil) // the district's rule is known
		a, b := drawn(whole, tile, only("west")), drawn(part, tile, only("west"))
		if !bytes.Equal(a.Raw, b.Raw) || a.Reduced != b.Reduced || version(whole, tile, only("west")) != version(part, tile, only("west")) {
			t.Errorf("tile %v of the west depends on the east's rows", tile)
		}
		if zoom == 8 && !a.Reduced {
			t.Error("the west is not crowded itself")
		}
	}
}
