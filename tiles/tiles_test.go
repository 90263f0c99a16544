package tiles_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/geo"
	"gridward/tiles"
)

func randomID(r *rand.Rand) (id uuid.UUID) {
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}

var layout = tiles.Layout{Layer: "x", Fields: []string{"name", "risk"}}

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
		risk := r.IntN(5)
		f := tiles.Feature{Ref: randomID(r), Key: key, Anchor: p, Geometry: at, Risk: int16(risk), Owner: tiles.Owner{Town: "west"}, Values: []any{fmt.Sprintf("place %d", i), risk}}
		if at[0] > 121.45 {
			f.Town = "east"
		}
		if i%3 == 0 {
			const d = 0.0004
			f.Geometry = geo.SnapGeometry(orb.Polygon{{at, {at[0] + d, at[1]}, {at[0] + d, at[1] + d}, {at[0], at[1] + d}, at}})
		}
		out[i] = f
	}
	return out
}

func only(town string) tiles.Sees { return func(t, _, _ string) bool { return t == town } }

// scopeOf is a scope of one town or both.
func scopeOf(sees tiles.Sees) tiles.Scope {
	if sees == nil {
		return tiles.Scope{}
	}
	return tiles.Scope{Key: fmt.Sprint(sees("west", "", ""), sees("east", "", "")), Sees: sees}
}

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

func drawn(s *tiles.Snapshot, t maptile.Tile, sees tiles.Sees) tiles.Tile {
	return tiles.Draw(tiles.Mercator(t), scopeOf(sees), tiles.Drawing{Name: s.Layer, Parts: []*tiles.Snapshot{s}})
}

func version(s *tiles.Snapshot, t maptile.Tile, sees tiles.Sees) uint64 {
	h := xxhash.New()
	tiles.AppendVersion(h, tiles.Mercator(t), scopeOf(sees), tiles.Drawing{Name: s.Layer, Parts: []*tiles.Snapshot{s}})
	return h.Sum64()
}

// TestForeignRowsLeaveNoTrace changes the other town's rows at random: tiles
// and versions of a town stay the same to the byte.
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
		whole, part := tiles.NewSnapshot(layout, all), tiles.NewSnapshot(layout, own)
		a, b := drawn(whole, tile, only("west")), drawn(part, tile, only("west"))
		if !bytes.Equal(a.Raw, b.Raw) || a.Reduced != b.Reduced || version(whole, tile, only("west")) != version(part, tile, only("west")) {
			rt.Fatalf("tile %v of the west depends on the east's rows", tile)
		}
	})
}

// TestVersionsTellTilesApart changes features one after the other: a snapshot
// made of another is the one made anew, a tile that differs has another version,
// and one whose area nothing changed in keeps its version.
func TestVersionsTellTilesApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		all := places(t, r, 120)
		snap := tiles.NewSnapshot(layout, all)
		for range 6 {
			i := r.IntN(len(all))
			changed := all[i]
			switch r.IntN(4) {
			case 0:
				changed.Values = []any{"other", nil}
			case 1:
				changed.Geometry, changed.Anchor, changed.Key = all[r.IntN(len(all))].Anchor.Orb(), all[i].Anchor, all[i].Key
				changed.Geometry = changed.Anchor.Orb()
			case 2:
				changed.Town = []string{"west", "east"}[r.IntN(2)]
			case 3:
				changed.Risk, changed.Values = 4, []any{changed.Values[0], 4}
			}
			before := snap
			all[i] = changed
			snap = snap.With([]uuid.UUID{changed.Ref}, []tiles.Feature{changed})
			anew := tiles.NewSnapshot(layout, all)
			if snap.Len() != anew.Len() {
				rt.Fatalf("%d features, want %d", snap.Len(), anew.Len())
			}
			for range 8 {
				tile := maptile.At(orb.Point{121.40 + 0.1*r.Float64(), 31.30 + 0.1*r.Float64()}, maptile.Zoom(11+r.IntN(6)))
				a, b, c := drawn(before, tile, nil), drawn(snap, tile, nil), drawn(anew, tile, nil)
				if !bytes.Equal(b.Raw, c.Raw) || version(snap, tile, nil) != version(anew, tile, nil) {
					rt.Fatalf("tile %v is another one than that made anew", tile)
				}
				if same := version(before, tile, nil) == version(snap, tile, nil); same && !bytes.Equal(a.Raw, b.Raw) {
					rt.Fatalf("tile %v changed and kept its version", tile)
				}
			}
		}
		far := maptile.At(orb.Point{121.9, 31.9}, 14)
		if version(snap, far, nil) != version(tiles.NewSnapshot(layout, nil), far, nil) {
			rt.Fatal("an empty tile's version depends on what lies elsewhere")
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
		names[f.Values[0].(string)] = f.Anchor.Orb()
	}
	snap := tiles.NewSnapshot(layout, all)
	ids := map[string]float64{}
	for _, z := range []maptile.Zoom{10, 12, 14, 16} {
		for name, at := range names {
			tile := maptile.At(at, z)
			found := false
			inTile := map[float64]bool{}
			for _, f := range decode(t, drawn(snap, tile, nil).Raw)["x"].Features {
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

// TestFeaturesComeBackAsTheyWere takes features out of a snapshot again.
func TestFeaturesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 2))
	all := places(t, r, 300)
	all[0].Geometry = orb.LineString{{121.4, 31.3}, {121.41, 31.32}, {121.42, 31.3}}
	all[1].Geometry = orb.MultiPolygon{
		{{{121.4, 31.3}, {121.41, 31.3}, {121.41, 31.31}, {121.4, 31.31}, {121.4, 31.3}}, {{121.402, 31.302}, {121.402, 31.304}, {121.404, 31.304}, {121.404, 31.302}, {121.402, 31.302}}},
		{{{121.42, 31.3}, {121.43, 31.3}, {121.43, 31.31}, {121.42, 31.3}}}}
	all[2].Values = []any{nil, 2.5}
	want := map[uuid.UUID]tiles.Feature{}
	for _, f := range all {
		want[f.Ref] = f
	}
	snap := tiles.NewSnapshot(layout, all)
	snap.All(nil, func(f *tiles.Feature) {
		w := want[f.Ref]
		delete(want, f.Ref)
		if f.Key != w.Key || f.Anchor != w.Anchor || f.Owner != w.Owner || f.Risk != w.Risk || fmt.Sprint(f.Values) != fmt.Sprint(w.Values) {
			t.Errorf("%+v, was %+v", f, w)
		}
		if _, isPoint := w.Geometry.(orb.Point); !isPoint && !sameArea(f.Geometry, w.Geometry) {
			t.Errorf("%v, was %v", f.Geometry, w.Geometry)
		}
	})
	if len(want) > 0 {
		t.Errorf("%d features did not come back", len(want))
	}
	found := 0
	snap.Within(orb.Bound{Min: orb.Point{121.40, 31.30}, Max: orb.Point{121.43, 31.32}}, func(*tiles.Feature) { found++ })
	if found < 3 || found > 100 {
		t.Errorf("%d features within a corner", found)
	}
}

// sameArea compares geometries whose rings may begin elsewhere.
func sameArea(a, b orb.Geometry) bool {
	vertices := func(g orb.Geometry) map[orb.Point]bool {
		out := map[orb.Point]bool{}
		switch g := g.(type) {
		case orb.LineString:
			for _, p := range g {
				out[p] = true
			}
		case orb.Polygon:
			for _, r := range g {
				for _, p := range r {
					out[p] = true
				}
			}
		case orb.MultiPolygon:
			for _, p := range g {
				for _, r := range p {
					for _, q := range r {
						out[q] = true
					}
				}
			}
		}
		return out
	}
	x, y := vertices(a), vertices(b)
	for p := range x {
		if !y[p] {
			return false
		}
	}
	return len(x) == len(y) && a.GeoJSONType() == b.GeoJSONType()
}

func TestParseTile(t *testing.T) {
	t.Parallel()
	if got, err := tiles.ParseTile(tiles.WebMercatorQuad, "3", "7", "0"); err != nil || got != tiles.Mercator(maptile.New(7, 0, 3)) {
		t.Errorf("3/7/0 is %v, %v", got, err)
	}
	for _, c := range []struct {
		z, x, y string
		want    error
	}{{"3", "8", "0", tiles.ErrOutside}, {"23", "0", "0", tiles.ErrOutside}, {"x", "0", "0", tiles.ErrAddress}, {"-1", "0", "0", tiles.ErrAddress}, {"3", "1.5", "0", tiles.ErrAddress}} {
		if _, err := tiles.ParseTile(tiles.WebMercatorQuad, c.z, c.x, c.y); !errors.Is(err, c.want) {
			t.Errorf("%s/%s/%s: %v, want %v", c.z, c.x, c.y, err, c.want)
		}
	}
}
