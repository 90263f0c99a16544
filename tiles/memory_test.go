package tiles_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"gridward/geo"
	"gridward/tiles"
)

// fill is n places of 500 communities as a district has them: a category of ten,
// a name of its own, a risk, a class, and two attributes of few values.
func fill(b *testing.B, n, vertices int) []tiles.Feature {
	b.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 3))
	out := make([]tiles.Feature, n)
	for i := range out {
		c := i % 500
		at := geo.Snap(orb.Point{121.3 + 0.008*float64(c%25) + 0.008*r.Float64(), 31.3 + 0.008*float64(c/25) + 0.008*r.Float64()})
		key, err := geo.KeyAt(at)
		if err != nil {
			b.Fatal(err)
		}
		f := tiles.Feature{Ref: randomID(r), Key: key, Anchor: at, Geometry: at.Orb(), Risk: int16(i % 5),
			Owner:  tiles.Owner{Town: fmt.Sprintf("310113%03d000", c/50), Community: fmt.Sprintf("310113%03d%03d", c/50, c%50)},
			Values: []any{fmt.Sprint("category ", i%10), fmt.Sprintf("沿街商铺 %d", i), i % 5, i % 3, i % 7, fmt.Sprint("trade ", i%30)}}
		if vertices > 0 {
			ring := make(orb.Ring, 0, vertices+1)
			for k := range vertices {
				a := 2 * math.Pi * float64(k) / float64(vertices)
				ring = append(ring, geo.Snap(orb.Point{at.Orb()[0] + 1e-4*math.Cos(a), at.Orb()[1] + 1e-4*math.Sin(a)}).Orb())
			}
			f.Geometry = orb.Polygon{append(ring, ring[0])}
		}
		out[i] = f
	}
	return out
}

// BenchmarkSnapshot makes snapshots and says what a feature of them holds in
// memory, as Go's heap has it.
func BenchmarkSnapshot(b *testing.B) {
	layout := tiles.Layout{Layer: "x", Fields: []string{"category", "name", "risk", "class", "floors", "trade"}}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, c := range []struct {
		name        string
		n, vertices int
	}{{"points", 200_000, 0}, {"polygons", 100_000, 8}} {
		b.Run(c.name, func(b *testing.B) {
			features := fill(b, c.n, c.vertices)
			var held, said float64
			var took time.Duration
			for b.Loop() {
				before := heap()
				began := time.Now()
				s := tiles.NewSnapshot(layout, features)
				took = time.Since(began)
				held, said = float64(heap())-float64(before), float64(s.Size())
				runtime.KeepAlive(s)
			}
			runtime.KeepAlive(features)
			b.ReportMetric(held/float64(c.n), "B/feature")
			b.ReportMetric(said/float64(c.n), "B/feature-said")
			b.ReportMetric(float64(c.n)/took.Seconds(), "features/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
