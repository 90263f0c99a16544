package tiles_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"gridward/tiles"
)

func built(t testing.TB, all []tiles.Feature, most int) *tiles.Snapshot {
	t.Helper()
	slices.SortFunc(all, func(a, b tiles.Feature) int { return cmp.Compare(a.Key, b.Key) })
	b := tiles.NewBuilder(layout, most)
	for _, f := range all {
		if err := b.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Snapshot()
}

// TestBuilt features one by one are what they are all at once.
func TestBuilt(t *testing.T) {
	t.Parallel()
	all := places(t, rand.New(rand.NewPCG(8, 8)), 2000)
	whole, one := tiles.NewSnapshot(layout, all), built(t, slices.Clone(all), 0)
	if one.Slim() || one.Len() != whole.Len() || one.Size() != whole.Size() {
		t.Errorf("%d features in %d bytes, slim %v; want %d in %d", one.Len(), one.Size(), one.Slim(), whole.Len(), whole.Size())
	}
	for zoom := maptile.Zoom(8); zoom < 17; zoom++ {
		tile := maptile.At(orb.Point{121.45, 31.35}, zoom)
		if !bytes.Equal(drawn(one, tile, nil).Raw, drawn(whole, tile, nil).Raw) || version(one, tile, nil) != version(whole, tile, nil) {
			t.Errorf("tile %v differs", tile)
		}
	}
	b := tiles.NewBuilder(layout, 0)
	b.Add(all[len(all)-1])
	for i := range all {
		if err := b.Add(all[i]); err != nil {
			return // out of order
		}
	}
	t.Error("features out of order are taken")
}

// TestSlim snapshots tell the versions that whole ones tell and choose what those
// show, also after some features were replaced.
func TestSlim(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		all := places(t, r, 300)
		whole, slim := tiles.NewSnapshot(layout, all), built(t, slices.Clone(all), 2000)
		if !slim.Slim() || slim.Len() != whole.Len() || slim.Size() > whole.Size()/2 {
			rt.Fatalf("slim %v: %d features of %d in %d bytes of %d", slim.Slim(), slim.Len(), whole.Len(), slim.Size(), whole.Size())
		}
		byID := map[uuid.UUID]tiles.Feature{}
		for _, f := range all {
			byID[f.Ref] = f
		}
		// Some go, some move, some come.
		var gone []uuid.UUID
		for _, f := range all[:10] {
			gone = append(gone, f.Ref)
			delete(byID, f.Ref)
		}
		fresh := places(t, r, 20)
		for i := range 10 {
			fresh[i].Ref = all[10+i].Ref
		}
		ids := gone
		for _, f := range fresh {
			byID[f.Ref] = f
			ids = append(ids, f.Ref)
		}
		whole = whole.With(gone, fresh)
		mates := slim.Blockmates(ids, fresh)
		var anew []tiles.Feature
		for _, id := range slices.Compact(slices.SortedFunc(slices.Values(append(mates, ids...)), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })) {
			if f, ok := byID[id]; ok {
				anew = append(anew, f)
			}
		}
		slim = slim.With(append(mates, ids...), anew)
		for range 8 {
			tile := maptile.At(orb.Point{121.40 + 0.1*r.Float64(), 31.30 + 0.1*r.Float64()}, maptile.Zoom(9+r.IntN(8)))
			sees := []tiles.Sees{nil, only("west")}[r.IntN(2)]
			if version(slim, tile, sees) != version(whole, tile, sees) {
				rt.Fatalf("tile %v has another version", tile)
			}
			chosen, reduced := tiles.Chosen(tiles.Mercator(tile), scopeOf(sees), slim)
			var read []tiles.Feature
			for _, id := range chosen {
				read = append(read, byID[id])
			}
			got, want := tiles.DrawThose(tiles.Mercator(tile), layout, read, reduced), drawn(whole, tile, sees)
			if a, b := said(t, got.Raw), said(t, want.Raw); !slices.Equal(a, b) || got.Reduced != want.Reduced {
				rt.Fatalf("tile %v shows\n%v\nwhole it shows\n%v", tile, a, b)
			}
		}
	})
}

// TestSlimCrowd leaves out what a whole snapshot leaves out.
func TestSlimCrowd(t *testing.T) {
	t.Parallel()
	all := crowd(t, rand.New(rand.NewPCG(5, 5)), 30000)
	whole, slim := tiles.NewSnapshot(layout, all), built(t, slices.Clone(all), 1000)
	byID := map[uuid.UUID]tiles.Feature{}
	for _, f := range all {
		byID[f.Ref] = f
	}
	tile := maptile.At(orb.Point{121.445, 31.345}, 11)
	chosen, reduced := tiles.Chosen(tiles.Mercator(tile), tiles.Scope{}, slim)
	var read []tiles.Feature
	for _, id := range chosen {
		read = append(read, byID[id])
	}
	got, want := tiles.DrawThose(tiles.Mercator(tile), layout, read, reduced), drawn(whole, tile, nil)
	if !reduced || !got.Reduced || !want.Reduced || !slices.Equal(said(t, got.Raw), said(t, want.Raw)) {
		t.Errorf("%d features, reduced %v", len(chosen), reduced)
	}
}

// said is what a tile says, in an order of its own.
func said(t testing.TB, raw []byte) []string {
	t.Helper()
	var out []string
	if layer := decode(t, raw)["x"]; layer != nil {
		for _, f := range layer.Features {
			out = append(out, fmt.Sprint(f.ID, f.Properties, f.Geometry))
		}
	}
	slices.Sort(out)
	return out
}

// TestNumbers lead back to places, for those who see them.
func TestNumbers(t *testing.T) {
	t.Parallel()
	all := places(t, rand.New(rand.NewPCG(6, 6)), 500)
	snap := built(t, slices.Clone(all), 0)
	tile := maptile.At(orb.Point{121.45, 31.35}, 8)
	shown := map[uint64]string{}
	for _, f := range decode(t, drawn(snap, tile, nil).Raw)["x"].Features {
		shown[uint64(f.ID.(float64))] = f.Properties["name"].(string)
	}
	for i := range all {
		n := tiles.Number(all[i].Ref)
		if shown[n] != all[i].Values[0] {
			t.Errorf("number %d is of %q in the tile", n, shown[n])
		}
		if ref, ok := snap.ByNumber(n, nil); !ok || ref != all[i].Ref {
			t.Errorf("number %d leads to %v, %v", n, ref, ok)
		}
		if _, ok := snap.ByNumber(n, only("west")); ok != (all[i].Town == "west") {
			t.Errorf("the west sees %v of the %s", ok, all[i].Town)
		}
	}
	if _, ok := snap.ByNumber(17, nil); ok {
		t.Error("a number that nobody has leads somewhere")
	}
}
