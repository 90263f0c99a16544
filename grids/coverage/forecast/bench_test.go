package forecast_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gridward/grids/coverage/forecast"
)

// misses are what units in the world may miss, each as likely.
var misses = [...]float64{0, 0, 0, 0.004, 0.004, 0.03, 0.03, 0.06, 0.25, 0.4}

// world makes units whose obligations are each missed with a probability of
// their unit's and otherwise met on any day alike.
func world(r *rand.Rand, n, due int, lengths ...int) (units []forecast.History) {
	for i := range n {
		m := misses[r.IntN(len(misses))]
		owes := 1 + r.IntN(2*due)
		h := forecast.History{Unit: fmt.Sprintf("%04d", i)}
		for _, days := range lengths {
			c := forecast.NewCourse(days)
			for range owes {
				if r.Float64() < m {
					c.Add(-1)
				} else {
					c.Add(r.IntN(days))
				}
			}
			h.Past = append(h.Past, c)
		}
		h.Past, h.Now = h.Past[:len(lengths)-1], h.Past[len(lengths)-1]
		units = append(units, h)
	}
	return units
}

// cut forgets what came after so many days of the running period.
func cut(units []forecast.History, passed int) []forecast.History {
	out := make([]forecast.History, len(units))
	for i, h := range units {
		h.Now.MetOn = h.Now.MetOn[:passed]
		out[i] = h
	}
	return out
}

// BenchmarkForecast is what a district asks at once: 600 units of each of three
// classes, with two past months each, fitted and every outlook given.
func BenchmarkForecast(b *testing.B) {
	units := world(rand.New(rand.NewPCG(1, 1)), 600, 230, 31, 30, 31)
	units = cut(units, 15)
	for b.Loop() {
		for range 3 {
			m := forecast.Fit(units, 15)
			for _, h := range units {
				m.Of(h)
			}
		}
	}
}

// BenchmarkBand is the chart of one town: 8,000 obligations.
func BenchmarkBand(b *testing.B) {
	units := world(rand.New(rand.NewPCG(1, 1)), 13, 8000, 31, 30, 31)
	units = cut(units, 10)
	m := forecast.Fit(units, 10)
	for b.Loop() {
		m.Band(units[5])
	}
}
