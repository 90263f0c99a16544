package forecast

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// misses is the grid: the probability that an obligation open now is never met,
// from 0 to 96 %. Steps are of the root from 0.1 % on, where counts of thousands
// are told apart evenly, and of the logarithm below, for the chance that none of
// thousands is missed.
var misses = func() []float64 {
	out := []float64{0}
	for m := 2e-5; m < 1e-3; m *= 1.3 {
		out = append(out, m)
	}
	for root := 0.032; root < 0.985; root += 0.01 {
		out = append(out, root*root)
	}
	return out
}()

// logMeets and logMisses are the logarithms of both outcomes on the grid.
var logMeets, logMisses = func() (meets, missed []float64) {
	for _, m := range misses {
		meets, missed = append(meets, math.Log1p(-m)), append(missed, math.Log(m))
	}
	return meets, missed
}()

func compareTallies(a, b tally) int {
	return cmp.Or(cmp.Compare(a.met, b.met), cmp.Compare(a.missed, b.missed))
}

// likelihood is how likely a tally is at each point of the grid, up to a factor
// that makes the largest 1.
func (t tally) likelihood() []float64 {
	out := make([]float64, len(misses))
	best := math.Inf(-1)
	for j := range out {
		l := t.met * logMeets[j]
		if t.missed > 0 {
			l += t.missed * logMisses[j]
		}
		out[j] = l
		best = max(best, l)
	}
	for j, l := range out {
		out[j] = 0
		if l-best > -40 { // less is nothing beside 1
			out[j] = math.Exp(l - best)
		}
	}
	return out
}

// rounds of expectation-maximization; more hardly change what comes out.
const rounds = 25

// usual is the distribution over the grid under which the tallies of all units
// and periods are likeliest, from a flat beginning, made smooth.
func usual(all [][]tally, likelihood map[tally][]float64) []float64 {
	often := map[tally]float64{} // many units that missed nothing look alike
	n := 0.0
	for _, own := range all {
		for _, t := range own {
			often[t]++
			n++
		}
	}
	type row struct {
		from   int // the grid outside does not matter
		likely []float64
		often  float64
	}
	var rows []row
	for _, t := range slices.SortedFunc(maps.Keys(often), compareTallies) {
		from, to, l := 0, len(misses), likelihood[t]
		for l[from] < 1e-6 {
			from++
		}
		for l[to-1] < 1e-6 {
			to--
		}
		rows = append(rows, row{from, l[from:to], often[t] / n})
	}
	weights, next := make([]float64, len(misses)), make([]float64, len(misses))
	for j := range weights {
		weights[j] = 1 / float64(len(weights))
	}
	for range min(rounds, rounds*len(rows)) {
		clear(next)
		for _, r := range rows {
			old, sum := weights[r.from:][:len(r.likely)], 0.0
			for j, l := range r.likely {
				sum += old[j] * l
			}
			by, fresh := r.often/sum, next[r.from:][:len(r.likely)]
			for j, l := range r.likely {
				fresh[j] += old[j] * l * by
			}
		}
		weights, next = next, weights
	}
	return smooth(weights)
}

// smooth spreads each point's weight over its neighbours, the nearest most. The
// likeliest distribution is a few spikes; where units are few, each has one of
// its own, and would be taken to know itself better than it does. That none is
// ever missed stays apart.
func smooth(weights []float64) []float64 {
	const reach = 4
	out, last := make([]float64, len(weights)), len(weights)-1
	out[0] = weights[0]
	for j, w := range weights[1:] {
		for by := -reach; by <= reach; by++ {
			i := j + 1 + by
			if i < 1 {
				i = 1 - i
			}
			if i > last {
				i = 2*last + 1 - i
			}
			out[i] += w * float64(reach+1-max(by, -by)) / ((reach + 1) * (reach + 1))
		}
	}
	return out
}
