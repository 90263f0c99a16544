package forecast_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"gridward/grids/coverage/forecast"
)

// score gathers forecasts and what became of them.
type score struct {
	n, brier, came float64
	bins           [10]struct{ n, chance, came float64 }
}

func (s *score) add(chance float64, came bool) {
	y := 0.0
	if came {
		y = 1
	}
	s.n, s.came = s.n+1, s.came+y
	s.brier += (chance - y) * (chance - y)
	b := &s.bins[min(9, int(chance*10))]
	b.n, b.chance, b.came = b.n+1, b.chance+chance, b.came+y
}

// mean is the Brier score; base is that of the base rate, known in hindsight:
// the best that a constant can do.
func (s *score) mean() float64 { return s.brier / s.n }
func (s *score) base() float64 { r := s.came / s.n; return r * (1 - r) }

// calibrated prints the table and fails where what came is further from what was
// said than three standard errors, in bins of a hundred and more. Forecasts that
// belong together, as those of one unit on several days, count as one.
func (s *score) calibrated(t *testing.T, name string, together float64) {
	t.Helper()
	table := ""
	for k, b := range s.bins {
		if b.n == 0 {
			continue
		}
		said, came := b.chance/b.n, b.came/b.n
		table += fmt.Sprintf("\n%3d-%3d %%  n %5.0f  said %5.1f %%  came %5.1f %%", k*10, k*10+10, b.n, 100*said, 100*came)
		if off := math.Abs(said - came); b.n >= 100 && off > 3*math.Sqrt(said*(1-said)*together/b.n) {
			t.Errorf("%s: where %.1f %% was said, %.1f %% came (n %.0f)", name, 100*said, 100*came, b.n)
		}
	}
	t.Logf("%s: n %.0f, Brier %.4f, of the base rate %.4f%s", name, s.n, s.mean(), s.base(), table)
}

var moments = []int{10, 15, 20, 25} // days of the month that had passed

// histories are a class's units when so many days of a month had passed.
func histories(units map[string]*[3]forecast.Course, target, passed int) []forecast.History {
	var out []forecast.History
	for _, name := range slices.Sorted(maps.Keys(units)) {
		out = append(out, history(name, units[name], target, passed))
	}
	return out
}

// TestBacktestCommunities forecasts the demo's September from August, and
// October from both, for class I, and looks at what came.
func TestBacktestCommunities(t *testing.T) {
	t.Parallel()
	all, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	units := courses(all, 1)
	var whole score
	var within, ended, inside, ahead float64
	for target := 1; target <= 2; target++ {
		var month score
		for _, passed := range moments {
			hs := histories(units, target, passed)
			m := forecast.Fit(hs, float64(passed))
			var day score
			strained := 0
			for _, h := range hs {
				o := m.Of(h)
				if o.Reason == forecast.NothingDue || o.Reason == forecast.NoPast {
					continue
				}
				if !o.Known {
					t.Fatalf("%s is %+v", h.Unit, o)
				}
				truth := &units[h.Unit][target]
				for _, s := range []*score{&day, &month, &whole} {
					s.add(o.Chance, truth.Remaining() == 0)
				}
				if o.Strained {
					strained++
				}
				if o.Remaining == 0 {
					continue
				}
				if ended++; o.LowMet <= truth.Met() && truth.Met() <= o.HighMet {
					within++
				}
				const later = 4 // the fifth day from now on
				if band := m.Band(h); len(band) > later+1 {
					met := 0
					for _, n := range truth.MetOn[:band[later].Day+1] {
						met += int(n)
					}
					if ahead++; band[later].Low <= met && met <= band[later].High {
						inside++
					}
				}
			}
			t.Logf("from %d months, day %d: Brier %.4f, of the base rate %.4f; keep %.2f; %d of %d strained", target, passed, day.mean(), day.base(), m.Keep(), strained, len(hs))
			if day.mean() > 0.7*day.base() {
				t.Errorf("from %d months, day %d: Brier %.4f is not clearly below the base rate's %.4f", target, passed, day.mean(), day.base())
			}
		}
		month.calibrated(t, fmt.Sprintf("communities, from %d months", target), float64(len(moments)))
	}
	whole.calibrated(t, "communities, both months", float64(len(moments)))
	within, inside = within/ended, inside/ahead
	t.Logf("the final number lay in the band of 80 %% in %.1f %% of %.0f, that of the fifth day in %.1f %% of %.0f", 100*within, ended, 100*inside, ahead)
	// Counts are whole numbers, so a band of small ones holds more than it says.
	if within < 0.77 || within > 0.95 || inside < 0.75 || inside > 0.9 {
		t.Errorf("the bands hold %.3f and %.3f, want some 0.8", within, inside)
	}
}

// TestBacktestTowns does the same for class II: a town has thousands of places
// and none completes a month, which must be said from the tenth day on.
func TestBacktestTowns(t *testing.T) {
	t.Parallel()
	all, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	units := courses(all, 2)
	var within, n, sum float64
	completed := 0
	for target := 1; target <= 2; target++ {
		for _, passed := range moments {
			hs := histories(units, target, passed)
			m := forecast.Fit(hs, float64(passed))
			for _, h := range hs {
				o, truth := m.Of(h), &units[h.Unit][target]
				if !o.Known {
					t.Fatalf("%s is %+v", h.Unit, o)
				}
				sum += o.Chance
				if truth.Remaining() == 0 {
					completed++
				}
				if n++; o.LowMet <= truth.Met() && truth.Met() <= o.HighMet {
					within++
				}
			}
		}
	}
	t.Logf("%d towns: %d of %.0f completed, the mean chance given is %.4f; the final number lay in the band of 80 %% in %.1f %%", len(units), completed, n, sum/n, 100*within/n)
	// Eight looks at a dozen towns: the share may well be 20 points off.
	if math.Abs(sum-float64(completed))/n > 0.1 || within/n < 0.55 {
		t.Errorf("%d of %.0f completed, the mean chance is %.4f, the band holds %.3f", completed, n, sum/n, within/n)
	}
}
