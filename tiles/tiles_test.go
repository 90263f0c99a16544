package tiles_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/layers/hazard"
	"gridward/tiles"
)

var now = time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)

var weights = tiles.Weights{Severity: []float64{1, 2, 4, 8}, Closed: 0.25, HalfLifeDays: 30}

func randomID(r *rand.Rand) (id uuid.UUID) {
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}

// places are random points and small squares in two towns, west and east of 121.45.
func places(t testing.TB, r *rand.Rand, n int) []tiles.Feature {
	t.Helper()
	out := make([]tiles.Feature, n)
	for i := range out {
		p := geo.Snap(orb.Point{121.40 + 0.1*r.Float64(), 31.30 + 0.1*r.Float64()})
		key, err := geo.KeyAt(p)
		if err != nil {
			t.Fatal(err)
		}
		at := p.Orb()
		f := tiles.Feature{Ref: randomID(r), Key: key, Anchor: p, Geometry: at, Risk: int16(r.IntN(5)), Town: "west", Props: map[string]any{"name": fmt.Sprintf("place %d", i), "risk": r.IntN(5)}}
		if at[0] > 121.45 {
			f.Town = "east"
		}
		if i%3 == 0 {
			const d = 0.0004
			f.Geometry = orb.Polygon{{at, {at[0] + d, at[1]}, {at[0] + d, at[1] + d}, {at[0], at[1] + d}, at}}
		}
		out[i] = f
	}
	return out
}

func only(town string) tiles.Sees { return func(t, _, _ string) bool { return t == town } }

func decode(t testing.TB, raw []byte) map[string]*mvt.Layer {
	t.Helper()
	layers, err := mvt.Unmarshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*mvt.Layer{}
	for _, l := range layers {
		if out[l.Name] != nil {
			t.Fatalf("layer %s stands twice in a tile", l.Name)
		}
		out[l.Name] = l
	}
	return out
}

// TestForeignRowsLeaveNoTrace changes the other town's rows at random: tiles
// and tags of a town stay the same to the byte.
func TestForeignRowsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		all := places(t, r, 200)
		var own []tiles.Feature
		for _, f := range all {
			if f.Town == "west" {
				own = append(own, f)
			}
		}
		tile := maptile.At(orb.Point{121.40 + 0.1*r.Float64(), 31.30 + 0.1*r.Float64()}, maptile.Zoom(10+r.IntN(6)))
		a, err := tiles.NewSnapshot("x", all).Encode(tile, only("west"), nil)
		if err != nil {
			rt.Fatal(err)
		}
		b, err := tiles.NewSnapshot("x", own).Encode(tile, only("west"), nil)
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(a.Raw, b.Raw) || a.ETag() != b.ETag() {
			rt.Fatalf("tile %v of the west depends on the east's rows", tile)
		}
	})
}

// TestEveryPlaceIsOnItsTile looks for every place in the tile under it, and
// wants ids that are unique, stable and safe for browsers.
func TestEveryPlaceIsOnItsTile(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	all := places(t, r, 500)
	names := map[string]orb.Point{}
	for _, f := range all {
		names[f.Props["name"].(string)] = f.Anchor.Orb()
	}
	snap := tiles.NewSnapshot("x", all)
	ids := map[string]float64{}
	for _, z := range []maptile.Zoom{10, 12, 14, 16} {
		for name, at := range names {
			tile := maptile.At(at, z)
			out, err := snap.Encode(tile, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			inTile := map[float64]bool{}
			for _, f := range decode(t, out.Raw)["x"].Features {
				id := f.ID.(float64)
				if inTile[id] || id <= 0 || id >= 1<<53 {
					t.Fatalf("id %v", id)
				}
				inTile[id] = true
				n := f.Properties["name"].(string)
				if known, ok := ids[n]; ok && known != id {
					t.Fatalf("%s has ids %v and %v", n, known, id)
				}
				ids[n] = id
				found = found || n == name
			}
			if !found {
				t.Fatalf("%s is not on its tile %v", name, tile)
			}
		}
	}
}

func TestACrowdedTileKeepsTheRiskiestAndSaysSo(t *testing.T) {
	t.Parallel()
	all := places(t, rand.New(rand.NewPCG(3, 3)), 20500)
	risky := 0
	for _, f := range all {
		if f.Risk == 4 {
			risky++
		}
	}
	tile := maptile.At(orb.Point{121.45, 31.35}, 8)
	out, err := tiles.NewSnapshot("x", all).Encode(tile, nil, func(f *tiles.Feature) map[string]any { return map[string]any{"risk": int(f.Risk)} })
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, f := range decode(t, out.Raw)["x"].Features {
		if f.Properties["risk"] == 4.0 {
			got++
		}
	}
	if !out.Reduced || got < risky-risky/3-1 { // a third are squares, which vanish at this zoom
		t.Errorf("reduced %v; %d of %d riskiest places are left", out.Reduced, got, risky)
	}
}

func hazards(t testing.TB, r *rand.Rand, n int) []hazard.Hazard {
	t.Helper()
	out := make([]hazard.Hazard, n)
	for i := range out {
		p := geo.Snap(orb.Point{121.40 + 0.1*r.Float64(), 31.30 + 0.1*r.Float64()})
		key, err := geo.KeyAt(p)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = hazard.Hazard{ID: randomID(r), Type: []string{"a", "b"}[r.IntN(2)], Severity: int16(1 + r.IntN(4)), State: hazard.States[r.IntN(6)], Point: p.Orb(), Key: key,
			DiscoveredAt: now.Add(-time.Duration(r.IntN(90*24)) * time.Hour), Town: []string{"west", "east"}[r.IntN(2)]}
	}
	return out
}

// TestHeatIsWholeAcrossTiles adds up the hexagons of all tiles of a zoom, each
// once: the sum is that of the hazards, and a hexagon that two tiles share has
// the same figures and the same class in both.
func TestHeatIsWholeAcrossTiles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	all := hazards(t, r, 800)
	heat, err := tiles.NewHeat(all, weights)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []tiles.HeatFilter{{}, {Types: []string{"a"}}, {Severity: 3}, {States: []string{"closed"}}, {Since: now.AddDate(0, 0, -30)}} {
		wantCount, wantWeight := 0, 0.0
		for i := range all {
			h := &all[i]
			if (len(f.Types) == 0 || h.Type == "a") && int(h.Severity) >= f.Severity && (len(f.States) == 0 || h.State == hazard.Closed) && (f.Since.IsZero() || !h.DiscoveredAt.Before(f.Since)) && h.Town == "west" {
				wantCount++
				wantWeight += weights.Of(h, now)
			}
		}
		for _, z := range []maptile.Zoom{9, 11, 13} {
			cells := map[string]map[string]any{}
			lo, hi := maptile.At(orb.Point{121.39, 31.41}, z), maptile.At(orb.Point{121.51, 31.29}, z)
			for x := lo.X; x <= hi.X; x++ {
				for y := lo.Y; y <= hi.Y; y++ {
					out, err := heat.Encode(maptile.New(x, y, z), f, only("west"), now)
					if err != nil {
						t.Fatal(err)
					}
					if len(out.Raw) == 0 {
						continue
					}
					for _, c := range decode(t, out.Raw)["heat"].Features {
						key := c.Properties["h3"].(string)
						if known := cells[key]; known != nil && (known["count"] != c.Properties["count"] || known["level"] != c.Properties["level"] || known["weight"] != c.Properties["weight"]) {
							t.Fatalf("hexagon %s differs between tiles: %v and %v", key, known, c.Properties)
						}
						cells[key] = c.Properties
					}
				}
			}
			count, weight := 0.0, 0.0
			for _, c := range cells {
				count += c["count"].(float64)
				weight += c["weight"].(float64)
			}
			if int(count) != wantCount || math.Abs(weight-wantWeight) > 0.001*float64(len(cells)+1) {
				t.Errorf("zoom %d, filter %+v: %v hazards of weight %.3f, want %d of %.3f", z, f, count, weight, wantCount, wantWeight)
			}
		}
	}
}

func TestParseTile(t *testing.T) {
	t.Parallel()
	if got, err := tiles.ParseTile("3", "7", "0"); err != nil || got != maptile.New(7, 0, 3) {
		t.Errorf("3/7/0 is %v, %v", got, err)
	}
	for _, c := range []struct {
		z, x, y string
		want    error
	}{{"3", "8", "0", tiles.ErrOutside}, {"23", "0", "0", tiles.ErrOutside}, {"x", "0", "0", tiles.ErrAddress}, {"-1", "0", "0", tiles.ErrAddress}, {"3", "1.5", "0", tiles.ErrAddress}} {
		if _, err := tiles.ParseTile(c.z, c.x, c.y); !errors.Is(err, c.want) {
			t.Errorf("%s/%s/%s: %v, want %v", c.z, c.x, c.y, err, c.want)
		}
	}
}

// BenchmarkEncode makes a tile of 4,000 places and one of heat.
func BenchmarkEncode(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	snap := tiles.NewSnapshot("x", places(b, r, 4000))
	heat, err := tiles.NewHeat(hazards(b, r, 9000), weights)
	if err != nil {
		b.Fatal(err)
	}
	tile := maptile.At(orb.Point{121.45, 31.35}, 11)
	b.Run("places", func(b *testing.B) {
		for b.Loop() {
			if _, err := snap.Encode(tile, nil, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("heat", func(b *testing.B) {
		for b.Loop() {
			if _, err := heat.Encode(tile, tiles.HeatFilter{}, nil, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}
