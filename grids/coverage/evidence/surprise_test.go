package evidence

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// chance is how often exactly so many hits come of looks at a rate.
func chance(hits, looks int, rate float64) float64 {
	a, _ := math.Lgamma(float64(looks + 1))
	b, _ := math.Lgamma(float64(hits + 1))
	c, _ := math.Lgamma(float64(looks - hits + 1))
	return math.Exp(a - b - c + float64(hits)*math.Log(rate) + float64(looks-hits)*math.Log1p(-rate))
}

// days are so many with a share, and the others with none.
func days(hits, all int, share float64) []float64 {
	out := make([]float64, all)
	for i := range hits {
		out[i] = share
	}
	return out
}

// TestAScoreMeansWhatItSays sums over everything that chance can bring: for a
// rate that is nothing to remark, s or more comes in at most one case in 10^s,
// be it that a hit comes alone or takes a whole day.
func TestAScoreMeansWhatItSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 250).Draw(t, "days")
		remarkable := rapid.Float64Range(0.001, 0.9).Draw(t, "remarkable")
		rate := remarkable * rapid.Float64Range(0.1, 1).Draw(t, "part")
		share := rate + (1-rate)*rapid.Float64Range(0.001, 1).Draw(t, "share of a day with hits")
		score := make([]float64, n+1)
		for hits := range score {
			score[hits] = surprise(days(hits, n, share), remarkable)
		}
		for _, s := range []float64{0.5, 1, 2, 3, 4} {
			p := 0.0
			for hits := range score {
				if score[hits] >= s {
					p += chance(hits, n, rate/share)
				}
			}
			if p > math.Pow(10, -s)*(1+1e-9) {
				t.Fatalf("%d days at %.3f against %.3f: a score of %v or more has chance %.3g", n, rate, remarkable, s, p)
			}
		}
	})
}

func TestSurprise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hits, days int
		share      float64
		rate       float64
		from, to   float64
	}{
		{0, 0, 0, 0.03, 0, 0},
		{0, 60, 0, 0.03, 0, 0},
		{1, 1, 1, 0.03, 0.5, 1.2},  // whatever a newcomer does on the first day
		{3, 3, 1, 0.03, 3, 3.5},    // nor do three days reach the list
		{4, 4, 1, 0.03, 4, 5},      // four do
		{1, 20, 1, 0.03, 0, 0.1},   // one bad day of a month
		{20, 20, 0.03, 0.03, 0, 0}, // as is usual
		{20, 20, 0.3, 0.03, 12, 18},
		{20, 20, 0.3, 0.1, 6, 8},
		{20, 20, 1, 0.5, 4, 6},
	} {
		if got := surprise(days(c.hits, c.days, c.share), c.rate); got < c.from || got > c.to {
			t.Errorf("%d of %d days with %v at %v: %.2f is not between %v and %v", c.hits, c.days, c.share, c.rate, got, c.from, c.to)
		}
	}
}

func TestMoreHitsAreMoreSurprising(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shares := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 200).Draw(t, "shares")
		rate := rapid.Float64Range(0.001, 0.9).Draw(t, "rate")
		before := surprise(shares, rate)
		i := rapid.IntRange(0, len(shares)-1).Draw(t, "day")
		shares[i] += (1 - shares[i]) * rapid.Float64Range(0, 1).Draw(t, "more")
		if after := surprise(shares, rate); after < before-1e-9 || math.IsNaN(after) || math.IsInf(after, 0) {
			t.Fatalf("more hits: %v after %v", after, before)
		}
	})
}

func TestRemarkable(t *testing.T) {
	t.Parallel()
	p := DefaultRules().Pattern
	for _, c := range []struct {
		sum  float64
		days int
		want float64
	}{
		{0, 0, 0.0294},         // nobody else is there: the floor, three times in odds
		{0, 10000, 0.0294},     // the others never have it
		{1000, 10000, 0.2486},  // a tenth of theirs do
		{9000, 10000, 0.9609},  // nearly all do: nothing much is left to remark
		{10000, 10000, 0.9967}, // all do
	} {
		if got := p.remarkable(c.sum, c.days); math.Abs(got-c.want) > 0.001 {
			t.Errorf("%v over %d days: %.4f, want %.4f", c.sum, c.days, got, c.want)
		}
	}
}
