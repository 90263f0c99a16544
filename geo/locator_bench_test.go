package geo_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"gridward/geo"
	"gridward/geo/geotest"
)

// district is a partition of a district's size: 365 km² in about 3,000 grids.
func district(b testing.TB) *geo.Partition {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	p, err := geo.NewPartition(geotest.Mesh(r, 180, 180, 3000, geo.Point{X: 1213000000, Y: 312800000}, 10600))
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func inside(r *rand.Rand, p *geo.Partition, n int) []geo.Point {
	box := p.Box()
	out := make([]geo.Point, n)
	for i := range out {
		out[i] = geo.Point{
			X: box.Min.X + int32(r.Int64N(int64(box.Max.X)-int64(box.Min.X))),
			Y: box.Min.Y + int32(r.Int64N(int64(box.Max.Y)-int64(box.Min.Y))),
		}
	}
	return out
}

func BenchmarkNewLocator(b *testing.B) {
	p := district(b)
	for b.Loop() {
		if _, err := geo.NewLocator(p); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkLocate(b *testing.B, l *geo.Locator, keys []geo.Key, points []geo.Point) float64 {
	out := make([]int32, len(points))
	var busy time.Duration
	n := 0
	for b.Loop() {
		start := time.Now()
		l.LocateSorted(keys, points, out)
		busy += time.Since(start)
		n += len(points)
	}
	rate := float64(n) / busy.Seconds()
	b.ReportMetric(rate, "points/s")
	return rate
}
