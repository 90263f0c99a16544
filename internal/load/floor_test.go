package load_test

import (
	"fmt"
	"testing"
	"time"

	"gridward/internal/load"
)

// BenchmarkFloor is [load.Floor] of nothing and of 5 kB, to few clients and to many.
func BenchmarkFloor(b *testing.B) {
	for name, size := range map[string]int{"304": 0, "5kB": 5000} {
		for _, clients := range []int{8, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
				var rate float64
				for b.Loop() {
					r, err := load.Floor(b.Context(), clients, size, 2*time.Second)
					if err != nil {
						b.Fatal(err)
					}
					rate = r.Rate()
				}
				b.ReportMetric(rate, "req/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
