package forecast_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gridward/grids/coverage/forecast"
)

// oracle knows how the world is made, but not which of its units this is: by
// Bayes' rule over all that was seen of the unit, the running period with it, it
// says what nobody could say better.
func oracle(h *forecast.History, passed int) float64 {
	gone := float64(passed) / float64(h.Now.Days)
	all, chance := 0.0, 0.0
	best := math.Inf(-1)
	likely := make([]float64, len(misses))
	power := func(p float64, n int) float64 {
		if n == 0 {
			return 0
		}
		return float64(n) * math.Log(p)
	}
	for j, m := range misses {
		for _, c := range h.Past {
			likely[j] += power(m, c.Remaining()) + power(1-m, c.Met())
		}
		likely[j] += power((1-m)*gone, h.Now.Met()) + power(1-(1-m)*gone, h.Now.Remaining())
		best = max(best, likely[j])
	}
	for j, m := range misses {
		w, late := math.Exp(likely[j]-best), (1-m)*(1-gone)
		all += w
		chance += w * math.Pow(late/(late+m), float64(h.Now.Remaining()))
	}
	return chance / all
}

func TestAgainstTheOracle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		due     int
		lengths []int
		passed  int
	}{
		{"from one month", 100, []int{31, 30}, 15},
		{"from two months", 100, []int{28, 31, 30}, 15},
		{"from six months", 100, []int{31, 28, 31, 30, 31, 30, 31}, 15},
		{"late in the month", 100, []int{28, 31, 30}, 26},
		{"few obligations", 12, []int{31, 30, 31}, 10},
		{"half-years", 200, []int{181, 184, 181}, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			whole := world(rand.New(rand.NewPCG(7, uint64(c.passed))), 1500, c.due, c.lengths...)
			units := cut(whole, c.passed)
			m := forecast.Fit(units, float64(c.passed))
			var model, best score
			for i := range units {
				came := whole[i].Now.Remaining() == 0
				model.add(m.Of(units[i]).Chance, came)
				best.add(oracle(&units[i], c.passed), came)
			}
			model.calibrated(t, c.name, 1)
			t.Logf("of the oracle %.4f", best.mean())
			if model.mean() > best.mean()+0.015 {
				t.Errorf("Brier %.4f, of the oracle %.4f", model.mean(), best.mean())
			}
		})
	}
}

// TestUnitsThatChangeTheirWays: each month a unit is careful or careless anew, all
// of its misses together. Nobody can tell which before the month ends, so the
// chance must be near the share of careful months, whatever the past was.
func TestUnitsThatChangeTheirWays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var s score
	var units, whole []forecast.History
	for range 1200 {
		h := forecast.History{}
		for range 4 {
			c, miss := forecast.NewCourse(30), 0.0
			if r.IntN(10) < 4 {
				miss = 0.3
			}
			for range 60 {
				if r.Float64() < miss {
					c.Add(-1)
				} else {
					c.Add(r.IntN(30))
				}
			}
			h.Past = append(h.Past, c)
		}
		h.Past, h.Now = h.Past[:3], h.Past[3]
		whole = append(whole, h)
	}
	units = cut(whole, 12)
	m := forecast.Fit(units, 12)
	for i, h := range units {
		s.add(m.Of(h).Chance, whole[i].Now.Remaining() == 0)
	}
	s.calibrated(t, "units that change", 1)
	if m.Keep() > 0.2 || s.mean() > 1.02*s.base() {
		t.Errorf("keep %g, Brier %.4f, of the base rate %.4f: they are taken to be steady", m.Keep(), s.mean(), s.base())
	}
}
