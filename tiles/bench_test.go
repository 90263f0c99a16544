package tiles_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"gridward/geo"
	"gridward/tiles"
)

// BenchmarkDraw makes tiles of 4,000 places and of 5,000 hexagons, beside the
// same places encoded by orb in the same run.
func BenchmarkDraw(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	all := places(b, r, 4000)
	snap := tiles.NewSnapshot(layout, all)
	tile := maptile.At(orb.Point{121.45, 31.35}, 8)
	var byOrb, own float64
	b.Run("places-orb", func(b *testing.B) {
		for b.Loop() {
			fc := geojson.NewFeatureCollection()
			for i := range all {
				f := &all[i]
				fc.Append(&geojson.Feature{ID: float64(i), Geometry: orb.Clone(f.Geometry), Properties: geojson.Properties{"name": f.Values[0], "risk": f.Values[1]}})
			}
			l := mvt.NewLayer("x", fc)
			l.ProjectToTile(tile)
			l.Clip(orb.Bound{Min: orb.Point{-64, -64}, Max: orb.Point{4160, 4160}})
			l.RemoveEmpty(0, 0)
			if _, err := mvt.Marshal(mvt.Layers{l}); err != nil {
				b.Fatal(err)
			}
		}
		byOrb = float64(b.Elapsed()) / float64(b.N)
	})
	b.Run("places", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n = len(drawn(snap, tile, nil).Raw)
		}
		own = float64(b.Elapsed()) / float64(b.N)
		b.ReportMetric(float64(n), "bytes")
		b.ReportMetric(byOrb/own, "x-orb")
	})
	sparks := make([]tiles.Spark, 0, 5000)
	for i := range 5000 { // each in a hexagon of its own
		p := geo.Snap(orb.Point{121.40 + 0.0016*float64(i%70), 31.30 + 0.0014*float64(i/70)})
		key, err := geo.KeyAt(p)
		if err != nil {
			b.Fatal(err)
		}
		sparks = append(sparks, tiles.Spark{ID: randomID(r), Key: key, Point: p, Day: today - int32(r.IntN(90)), Kind: tiles.SparkKind{Type: "a", Severity: int8(1 + r.IntN(4)), State: "filed"}})
	}
	heat, err := tiles.NewHeat(sparks, weights)
	if err != nil {
		b.Fatal(err)
	}
	s := surface(b, heat, 13, tiles.HeatFilter{Today: today}, nil)
	for _, z := range []maptile.Zoom{10, 8} {
		around := maptile.At(orb.Point{121.45, 31.35}, z)
		b.Run(fmt.Sprintf("hexagons-z%d", z), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = len(s.Draw(tiles.Mercator(around)).Raw)
			}
			b.ReportMetric(float64(s.Len()), "hexagons")
			b.ReportMetric(float64(n), "bytes")
		})
	}
	b.Run("surface", func(b *testing.B) { // what the first tile of a filter pays
		for n := int32(0); b.Loop(); n++ {
			surface(b, heat, 13, tiles.HeatFilter{Today: today, First: today - 60 - n}, nil)
		}
	})
}
